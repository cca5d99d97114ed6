//! The connection against a daemon made of a pipe.

use super::*;
use crate::{EventKind, Lifecycle};
use tokio::io::{AsyncReadExt, DuplexStream};

const SOON: Duration = Duration::from_secs(5);

/// A connection and the daemon's end of it.
fn pair() -> (Connection, DuplexStream) {
    let (ours, theirs) = tokio::io::duplex(1 << 16);
    (Connection::over(ours, "test".into()), theirs)
}

/// A call's serial and body, as the daemon sees them.
async fn taken(daemon: &mut DuplexStream) -> (u32, Vec<u8>) {
    let length = daemon.read_u32().await.unwrap();
    let mut rest = vec![0; usize::try_from(length).unwrap() - 4];
    daemon.read_exact(&mut rest).await.unwrap();
    (u32::from_be_bytes(rest[16..20].try_into().unwrap()), rest.split_off(24))
}

async fn send(daemon: &mut DuplexStream, header: [u32; 5], body: &[u8]) {
    let [program, procedure, kind, serial, status] = header;
    let length = u32::try_from(28 + body.len()).unwrap();
    let packet = Encoder::default().u32(length).u32(program).u32(1).u32(procedure).u32(kind).u32(serial);
    daemon.write_all(&packet.u32(status).into_bytes()).await.unwrap();
    daemon.write_all(body).await.unwrap();
}

async fn reply(daemon: &mut DuplexStream, serial: u32, status: u32, body: Encoder) {
    send(daemon, [packet::REMOTE, 59, 1, serial, status], &body.into_bytes()).await;
}

#[tokio::test]
async fn answers_find_their_calls_in_any_order() {
    let (connection, mut daemon) = pair();
    let first = tokio::spawn({
        let connection = connection.clone();
        async move { connection.hostname(SOON).await }
    });
    let (one, _) = taken(&mut daemon).await;
    let second = tokio::spawn({
        let connection = connection.clone();
        async move { connection.hostname(SOON).await }
    });
    let (two, _) = taken(&mut daemon).await;
    assert_ne!(one, two);
    reply(&mut daemon, two, 0, Encoder::default().text("second")).await;
    reply(&mut daemon, one, 0, Encoder::default().text("first")).await;
    assert_eq!(first.await.unwrap().unwrap(), "first");
    assert_eq!(second.await.unwrap().unwrap(), "second");
}

#[tokio::test]
async fn a_refusal_is_told_with_the_daemons_words() {
    let (connection, mut daemon) = pair();
    let call = connection.hostname(SOON);
    let daemon = async {
        let (serial, _) = taken(&mut daemon).await;
        let error = Encoder::default().i32(42).i32(10).optional_text(Some("Domain not found"));
        reply(&mut daemon, serial, 1, error).await;
    };
    let (refused, ()) = tokio::join!(call, daemon);
    let refused = refused.unwrap_err();
    assert_eq!(refused.remote_code(), Some(crate::code::NO_DOMAIN));
    assert_eq!(refused.to_string(), "test: host name: Domain not found (libvirt error 42)");
}

#[tokio::test(start_paused = true)]
async fn a_call_ends_at_its_deadline_and_its_late_answer_harms_nobody() {
    let (connection, mut daemon) = pair();
    let late = connection.hostname(Duration::from_millis(1500)).await.unwrap_err();
    assert_eq!(late.to_string(), "test: no answer to host name within 1500 ms");
    assert!(connection.shared.lock().waiting.is_empty());
    let (serial, _) = taken(&mut daemon).await;
    reply(&mut daemon, serial, 0, Encoder::default().text("late")).await;
    let (name, ()) = tokio::join!(connection.hostname(SOON), async {
        let (serial, _) = taken(&mut daemon).await;
        reply(&mut daemon, serial, 0, Encoder::default().text("in time")).await;
    });
    assert_eq!(name.unwrap(), "in time");
}

#[tokio::test]
async fn the_end_fails_every_waiting_call_and_ends_the_events() {
    let (connection, mut daemon) = pair();
    let mut events = connection.events();
    let calls = async { tokio::join!(connection.hostname(SOON), connection.hostname(SOON)) };
    let (calls, ()) = tokio::join!(calls, async {
        taken(&mut daemon).await;
        drop(daemon);
    });
    for ended in [calls.0.unwrap_err(), calls.1.unwrap_err(), connection.hostname(SOON).await.unwrap_err()] {
        assert_eq!(ended.to_string(), "test: the connection ended: the daemon closed it");
    }
    let closed = || Err(crate::EventsError::Closed("the daemon closed it".into()));
    assert_eq!(events.next().await, closed());
    assert_eq!(connection.events().next().await, closed());
    assert!(connection.ended().is_some());
}

#[tokio::test]
async fn a_ping_is_answered_and_an_event_is_told() {
    let (connection, mut daemon) = pair();
    let mut events = connection.events();
    send(&mut daemon, [packet::KEEPALIVE, 1, 2, 0, 0], &[]).await;
    let mut pong = [0; 28];
    daemon.read_exact(&mut pong).await.unwrap();
    assert_eq!(pong.as_slice(), packet::pong());

    let uuid = uuid::Uuid::from_u128(5);
    let domain = crate::Domain { name: "web".into(), uuid, id: None };
    let body = domain.encode(Encoder::default().i32(0)).i32(5).i32(1).into_bytes();
    send(&mut daemon, [packet::REMOTE, 318, 2, 0, 0], &body).await;
    let event = events.next().await.unwrap();
    let kind = EventKind::Lifecycle(Lifecycle::Stopped(1));
    assert_eq!(event, Event { domain: uuid, is_active: false, kind });
    assert_eq!(events.ready(), Ok(None));
}

#[tokio::test]
async fn events_that_wait_take_little_memory_whatever_texts_they_came_with() {
    assert!(!std::mem::needs_drop::<Event>() && EVENTS_MAX * size_of::<Event>() <= 256 << 10);
    let (connection, mut daemon) = pair();
    let mut events = connection.events();
    let uuid = uuid::Uuid::from_u128(5);
    let domain = crate::Domain { name: "n".repeat(1 << 20), uuid, id: Some(1) };
    let text = "t".repeat(1 << 20);
    let head = || domain.encode(Encoder::default().i32(0));
    for (procedure, body, kind) in [
        (331, head().u64(4096), EventKind::Balloon),
        (333, head().text(&text), EventKind::DeviceRemoved),
        (354, head().text(&text), EventKind::DeviceAdded),
        (379, head().i32(2).optional_text(Some(&text)), EventKind::Metadata),
        (379, head().i32(1).optional_text(None), EventKind::Metadata),
    ] {
        send(&mut daemon, [packet::REMOTE, procedure, 2, 0, 0], &body.into_bytes()).await;
        assert_eq!(events.next().await, Ok(Event { domain: uuid, is_active: true, kind }));
    }
}

#[tokio::test]
async fn what_is_not_the_protocol_ends_the_connection() {
    for bytes in [&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], &[0, 0, 0, 5, 0]] {
        let (connection, mut daemon) = pair();
        let (ended, ()) = tokio::join!(connection.hostname(SOON), async {
            daemon.write_all(bytes).await.unwrap();
        });
        assert!(ended.unwrap_err().to_string().contains("not libvirt's protocol"));
    }
    let (connection, mut daemon) = pair();
    send(&mut daemon, [packet::REMOTE, 318, 2, 0, 0], &[0; 6]).await;
    let ended = connection.hostname(SOON).await.unwrap_err().to_string();
    assert!(ended.contains("malformed event 318"), "{ended}");
}

/// Whether a daemon gives the list that some flags ask for.
type Part = Box<dyn Fn(u32) -> Result<(), RemoteError> + Send>;

/// Answers each list of domains that is given with one domain, of its own.
async fn list_domains(mut daemon: DuplexStream, part: Part) {
    loop {
        let (serial, body) = taken(&mut daemon).await;
        let flags = u32::from_be_bytes(body[4..8].try_into().unwrap());
        let (status, answer) = match part(flags) {
            Ok(()) => {
                let uuid = uuid::Uuid::from_u128(flags.into());
                let domain = crate::Domain { name: flags.to_string(), uuid, id: None };
                (0, domain.encode(Encoder::default().u32(1)))
            }
            Err(RemoteError { code, message }) => {
                (1, Encoder::default().i32(code).i32(0).optional_text(Some(&message)))
            }
        };
        reply(&mut daemon, serial, status, answer).await;
    }
}

#[tokio::test]
async fn a_list_that_is_too_long_is_put_together_of_parts() {
    let too_long = || RemoteError { code: crate::code::RPC, message: "too many: 99999, limit 16384".into() };
    let (connection, daemon) = pair();
    let only_small = move |flags: u32| if flags >= 16_384 { Ok(()) } else { Err(too_long()) };
    let answers = tokio::spawn(list_domains(daemon, Box::new(only_small)));
    let all = connection.domains(SOON).await.unwrap();
    // Running or not, then four ways of two parts, one of four, and one of two more.
    assert_eq!(all.len(), 2 * 16 * 4 * 2);
    answers.abort();

    let old = RemoteError { code: crate::code::INVALID_ARG, message: "unsupported flags (0x4000)".into() };
    let newest_is_unknown = move |flags: u32| Err(if flags >= 16_384 { old.clone() } else { too_long() });
    let cases: [(Part, &str); 3] = [
        (Box::new(move |_| Err(too_long())), "more than 16384 domains"),
        (Box::new(newest_is_unknown), "more than 16384 domains"),
        (Box::new(|_| Err(RemoteError { code: 1, message: "no memory".into() })), "no memory"),
    ];
    for (part, said) in cases {
        let (connection, daemon) = pair();
        let answers = tokio::spawn(list_domains(daemon, part));
        let refused = connection.domains(SOON).await.unwrap_err().to_string();
        assert!(refused.contains(said), "{refused}");
        answers.abort();
    }
}

#[tokio::test]
async fn a_slow_reader_learns_that_it_missed_events() {
    let (connection, mut daemon) = pair();
    let mut events = connection.events();
    let domain = crate::Domain { name: "web".into(), uuid: uuid::Uuid::from_u128(5), id: Some(1) };
    let body = domain.encode(Encoder::default().i32(0)).i32(2).i32(0).into_bytes();
    for _ in 0..EVENTS_MAX + 3 {
        send(&mut daemon, [packet::REMOTE, 318, 2, 0, 0], &body).await;
    }
    let (_, ()) = tokio::join!(connection.hostname(SOON), async {
        let (serial, _) = taken(&mut daemon).await;
        reply(&mut daemon, serial, 0, Encoder::default().text("all were read")).await;
    });
    assert_eq!(events.next().await, Err(crate::EventsError::Missed(3)));
}

#[tokio::test]
async fn dropping_the_last_handle_closes_the_stream() {
    let (connection, mut daemon) = pair();
    drop(connection);
    assert_eq!(daemon.read(&mut [0; 1]).await.unwrap(), 0);
}
