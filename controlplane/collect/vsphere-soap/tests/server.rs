//! An endpoint of a script: it answers what it is told to, so that what the simulator never does can be seen too.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "all of this is test code")]

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use vsphere_soap::{Account, Error, Object, Reference, Samples, Session, Trust, UpdateKind};

const SOON: Duration = Duration::from_secs(5);
const CONTENT: &str = include_str!("exchange/service_content.xml");
const PAGE_1: &str = include_str!("exchange/page_1.xml");
const PAGE_2: &str = include_str!("exchange/page_2.xml");

/// The next answer to a call: its status and body; none to let it wait for ever.
type Answers = Arc<dyn Fn(&str, &str) -> Option<(u16, String)> + Send + Sync>;

/// A server, and the requests that it had: the call and the whole text.
struct Server {
    uri: String,
    had: Arc<Mutex<Vec<(String, String)>>>,
}

impl Server {
    async fn start(answers: impl Fn(&str, &str) -> Option<(u16, String)> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let uri = format!("http://{}", listener.local_addr().unwrap());
        let had = Arc::new(Mutex::new(Vec::new()));
        let (answers, log): (Answers, _) = (Arc::new(answers), Arc::clone(&had));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&answers), Arc::clone(&log)));
            }
        });
        Self { uri, had }
    }

    async fn login(&self) -> Result<Session, Error> {
        let account = Account { user: "root".into(), password: "s3same&".to_owned().into() };
        Session::login(&self.uri.parse().unwrap(), &Trust::System, &account, SOON).await
    }

    fn calls(&self) -> Vec<String> {
        self.had.lock().unwrap().iter().map(|(call, _)| call.clone()).collect()
    }
}

async fn serve(mut stream: TcpStream, answers: Answers, log: Arc<Mutex<Vec<(String, String)>>>) {
    loop {
        let mut request = String::new();
        let mut buffer = [0_u8; 4096];
        while !request.contains("</soapenv:Envelope>") {
            match stream.read(&mut buffer).await {
                Ok(0) | Err(_) => return,
                Ok(count) => request.push_str(std::str::from_utf8(&buffer[..count]).unwrap()),
            }
        }
        let call = request.split("<soapenv:Body><").nth(1).unwrap().split(' ').next().unwrap().to_owned();
        log.lock().unwrap().push((call.clone(), request.clone()));
        let Some((status, body)) = answers(&call, &request) else {
            return std::future::pending().await;
        };
        let cookie = if call == "Login" {
            "Set-Cookie: vmware_soap_session=\"abc\"; Path=/; HttpOnly\r\n"
        } else {
            ""
        };
        let head = format!("HTTP/1.1 {status} Said\r\n{cookie}Content-Length: {}\r\n\r\n", body.len());
        if stream.write_all(format!("{head}{body}").as_bytes()).await.is_err() {
            return;
        }
    }
}

fn envelope(inside: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><soapenv:Envelope xmlns:soapenv=\"s\" xmlns:xsi=\"i\"><soapenv:Body>{inside}\
         </soapenv:Body></soapenv:Envelope>"
    )
}

fn fault(kind: &str) -> (u16, String) {
    let text = format!(
        "<soapenv:Fault><faultcode>ServerFaultCode</faultcode><faultstring>no</faultstring><detail>\
         <{kind}Fault xmlns=\"urn:vim25\" xsi:type=\"{kind}\"/></detail></soapenv:Fault>"
    );
    (500, envelope(&text))
}

/// Answers that every session has; others are `rest`.
fn with(
    rest: impl Fn(&str, &str) -> Option<(u16, String)> + Send + Sync,
) -> impl Fn(&str, &str) -> Option<(u16, String)> + Send + Sync {
    move |call, request| {
        let made = |id: &str| {
            Some((
                200,
                envelope(&format!("<{call}Response><returnval type=\"T\">{id}</returnval></{call}Response>")),
            ))
        };
        match call {
            "RetrieveServiceContent" => Some((200, CONTENT.to_owned())),
            "Login" | "CreateContainerView" | "CreatePropertyCollector" | "CreateFilter" => made("o-1"),
            "Logout" => Some((200, envelope("<LogoutResponse/>"))),
            _ => rest(call, request),
        }
    }
}

#[tokio::test]
async fn all_pages_are_followed_in_one_session_that_is_logged_out() {
    let server = Server::start(with(|call, request| match call {
        "RetrievePropertiesEx" => Some((200, PAGE_1.to_owned())),
        "ContinueRetrievePropertiesEx" if request.contains("<token>1&lt;2</token>") => {
            Some((200, PAGE_2.to_owned()))
        }
        _ => Some(fault("InvalidArgument")),
    }))
    .await;
    let session = server.login().await.unwrap();
    assert_eq!(session.about().full_name, "VMware ESXi 7.0.3 build-20328353");
    assert!(!session.about().is_vcenter);
    let view = session.view("VirtualMachine", SOON).await.unwrap();
    let read =
        |object: Object| Some((object.reference.id.clone(), object.text("name")?.to_owned(), object.missing));
    let machines = session.of_view(&view, &["name", "config.hardware.device"], read, SOON).await.unwrap();
    let missing = vec![("config.hardware.device".to_owned(), "NoPermission".to_owned())];
    let expected = [("12", "web & co", vec![]), ("17", "db", missing), ("23", "cache", vec![])];
    assert_eq!(machines, expected.map(|(id, name, missing)| (id.to_owned(), name.to_owned(), missing)));
    drop(session);
    for _ in 0..100 {
        if server.calls().last().is_some_and(|call| call == "Logout") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let calls = [
        "RetrieveServiceContent",
        "Login",
        "CreateContainerView",
        "RetrievePropertiesEx",
        "ContinueRetrievePropertiesEx",
        "Logout",
    ];
    assert_eq!(server.calls(), calls);
    let had = server.had.lock().unwrap();
    assert!(had[1].1.contains("<password>s3same&amp;</password>"));
    for (call, request) in &had[2..] {
        assert!(request.contains("cookie: vmware_soap_session=\"abc\""), "{call}");
        assert!(!request.contains("s3same"), "{call}");
    }
}

#[tokio::test]
async fn a_log_is_asked_for_page_by_page_until_it_reaches_back_far_enough() {
    let page = |hours: &[u32]| {
        let event = |hour: &u32| {
            format!(
                "<returnval xsi:type=\"VmPoweredOnEvent\"><key>{hour}</key><createdTime>2026-01-01T{hour:02}:00:00Z</createdTime>\
                 <vm><name>web</name><vm type=\"VirtualMachine\">1</vm></vm></returnval>"
            )
        };
        let events: String = hours.iter().map(event).collect();
        Some((200, envelope(&format!("<QueryEventsResponse>{events}</QueryEventsResponse>"))))
    };
    // What was the last of a page may be the first of the next one again.
    let server = Server::start(with(move |_, request| match request {
        _ if request.contains(
            "<filter><time><endTime>2026-01-01T06:00:00Z</endTime></time><maxCount>1</maxCount>",
        ) =>
        {
            page(&[])
        }
        _ if request.contains("<maxCount>1</maxCount>") => page(&[1]),
        _ if !request.contains(
            "</time><disableFullMessage>true</disableFullMessage><eventTypeId>A</eventTypeId>\
                               <eventTypeId>B</eventTypeId><maxCount>1000</maxCount></filter>",
        ) =>
        {
            page(&[99])
        }
        _ if request.contains("<beginTime>2026-01-01T08:30:00Z</beginTime>") => page(&[9]),
        _ if request.contains("<endTime>2026-01-01T08:00:00") => page(&[7, 8]),
        _ if request.contains("<endTime>2026-01-01T07:00:00") => page(&[7]),
        _ => page(&[8, 9]),
    }))
    .await;
    let session = server.login().await.unwrap();
    let history = async |since: &str| {
        let told = session.history(since.parse().unwrap(), &["A", "B"], SOON).await.unwrap();
        told.map(|events| events.iter().map(|event| event.key).collect::<Vec<_>>())
    };
    assert_eq!(history("2026-01-01T08:30:00Z").await, Some(vec![9]));
    assert_eq!(history("2026-01-01T07:30:00Z").await, Some(vec![8, 9]));
    assert_eq!(
        history("2026-01-01T06:30:00Z").await,
        Some(vec![7, 8, 9]),
        "the log is older than these kinds"
    );
    assert_eq!(history("2026-01-01T06:00:00Z").await, None, "it begins later");
}

#[tokio::test]
async fn an_endpoint_that_always_has_more_to_tell_is_given_up() {
    let more = "<WaitForUpdatesExResponse><returnval><version>1</version><truncated>true</truncated></returnval>\
                </WaitForUpdatesExResponse>";
    let server = Server::start(with(move |_, _| Some((200, envelope(more))))).await;
    let session = server.login().await.unwrap();
    let view = session.view("VirtualMachine", SOON).await.unwrap();
    let mut watch = session.watch(&view, &["name"], SOON).await.unwrap();
    let error = session.updates(&mut watch, Duration::from_secs(30)).await.unwrap_err();
    assert!(error.to_string().contains("answers to one question"), "{error}");
}

#[tokio::test]
async fn whoever_tells_without_end_is_given_up_at_a_limit_that_is_named() {
    let many = |count: usize, text: &str| text.repeat(count);
    let object = "<objects><obj type=\"VirtualMachine\">1</obj></objects>";
    let page = format!("<returnval><token>t</token>{}</returnval>", many(5_000, object));
    let update = "<objectSet><kind>enter</kind><obj type=\"VirtualMachine\">1</obj></objectSet>";
    let updates = format!(
        "<returnval><version>1</version><filterSet>{}</filterSet><truncated>true</truncated></returnval>",
        many(5_000, update)
    );
    let samples = many(
        3,
        "<sampleInfo><timestamp>2026-01-01T00:00:00Z</timestamp><interval>20</interval></sampleInfo>",
    );
    let series = format!("<returnval><entity type=\"VirtualMachine\">1</entity>{samples}</returnval>");
    let keys = std::sync::atomic::AtomicU64::new(0);
    let server = Server::start(with(move |call, _| {
        let inside = match call {
            "WaitForUpdatesEx" => updates.clone(),
            "QueryPerf" => series.clone(),
            "QueryEvents" => {
                let key = keys.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                let words = many(4 << 20, "x");
                format!("<returnval><key>{key}</key><createdTime>2026-01-01T00:00:00Z</createdTime><m>{words}</m></returnval>")
            }
            _ => page.clone(),
        };
        Some((200, envelope(&format!("<{call}Response>{inside}</{call}Response>"))))
    }))
    .await;
    let session = server.login().await.unwrap();
    let (long, since) = (Duration::from_secs(60), "2026-01-01T00:00:00Z".parse().unwrap());
    let view = session.view("VirtualMachine", SOON).await.unwrap();
    let objects = session.of_view(&view, &["name"], Some, long).await.unwrap_err().to_string();
    assert!(objects.contains("more than 100000 objects"), "{objects}");
    let mut watch = session.watch(&view, &["name"], SOON).await.unwrap();
    let updates = session.updates(&mut watch, long).await.unwrap_err().to_string();
    assert!(updates.contains("more than 100000 updates"), "{updates}");
    assert!(session.history(since, &[], long).await.unwrap().is_none(), "as of a log that begins later");
    let mut wanted = samples_of(1..2);
    wanted[0].most = 1;
    let measured = session.samples(&wanted, SOON).await.unwrap();
    assert!(measured.unread[0].1.to_string().contains("more than 2 samples of one object"));
}

#[tokio::test]
async fn updates_are_followed_while_truncated_and_begun_again_when_the_version_is_lost() {
    let update = |version: &str, kind: &str, id: &str, truncated: bool| {
        let text = format!(
            "<WaitForUpdatesExResponse><returnval><version>{version}</version><filterSet><objectSet><kind>{kind}</kind>\
             <obj type=\"VirtualMachine\">{id}</obj><changeSet><name>name</name><op>assign</op><val>n</val></changeSet>\
             <changeSet><name>config</name><op>remove</op></changeSet></objectSet></filterSet>\
             <truncated>{truncated}</truncated></returnval></WaitForUpdatesExResponse>"
        );
        Some((200, envelope(&text)))
    };
    let steps = Arc::new(Mutex::new(0));
    let server = Server::start(with(move |_, request| {
        let mut step = steps.lock().unwrap();
        *step += 1;
        match *step {
            1 if request.contains("<version></version>") => update("1", "enter", "1", true),
            2 if request.contains("<version>1</version><options><maxWaitSeconds>0<") => {
                update("2", "enter", "2", false)
            }
            3 if request.contains("<version>2</version><options><maxWaitSeconds>30<") => {
                Some((200, envelope("<WaitForUpdatesExResponse/>")))
            }
            4 => Some(fault("InvalidCollectorVersion")),
            5 if request.contains("<version></version>") => update("9", "enter", "2", false),
            6 if request.contains("<version>9</version>") => update("10", "leave", "2", false),
            _ => Some(fault("NotAuthenticated")),
        }
    }))
    .await;
    let session = server.login().await.unwrap();
    let view = session.view("VirtualMachine", SOON).await.unwrap();
    let mut watch = session.watch(&view, &["name"], SOON).await.unwrap();
    let wait = Duration::from_secs(30);
    let first = session.updates(&mut watch, wait).await.unwrap();
    let ids: Vec<&str> = first.updates.iter().map(|update| update.object.id.as_str()).collect();
    assert_eq!((ids, first.is_restart), (vec!["1", "2"], false));
    assert!(first.updates[0].values["name"].is_some() && first.updates[0].values["config"].is_none());
    assert!(session.updates(&mut watch, wait).await.unwrap().updates.is_empty());
    let again = session.updates(&mut watch, wait).await.unwrap();
    assert_eq!((again.updates.len(), again.is_restart), (1, true));
    assert_eq!(session.updates(&mut watch, wait).await.unwrap().updates[0].kind, UpdateKind::Leave);
    assert!(session.updates(&mut watch, wait).await.unwrap_err().is_session_over());
}

#[tokio::test]
async fn a_refused_login_is_told_without_the_password_and_nothing_is_logged_out() {
    let server = Server::start(|call: &str, _: &str| match call {
        "RetrieveServiceContent" => Some((200, CONTENT.to_owned())),
        _ => Some(fault("InvalidLogin")),
    })
    .await;
    let error = server.login().await.unwrap_err();
    assert_eq!(error.fault(), Some("InvalidLogin"));
    let told = format!("{error} {error:?}");
    assert!(told.contains(&server.uri) && !told.contains("s3same"), "{told}");
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(server.calls(), ["RetrieveServiceContent", "Login"]);
}

/// Questions for samples of machines of these numbers, each after the same time.
fn samples_of(numbers: std::ops::Range<u32>) -> Vec<Samples> {
    let after = Some("2026-01-02T03:04:05Z".parse().unwrap());
    let of = |number: u32| Reference::new("VirtualMachine", &number.to_string());
    numbers.map(|number| Samples { of: of(number), metrics: vec![], after, most: 180 }).collect()
}

/// The machines that a question is about.
fn asked_of(request: &str) -> Vec<&str> {
    let entities = request.split("<entity type=\"VirtualMachine\">").skip(1);
    entities.map(|entity| entity.split('<').next().unwrap()).collect()
}

fn answer_of(machines: &[&str]) -> (u16, String) {
    let series = |id: &&str| format!("<returnval><entity type=\"VirtualMachine\">{id}</entity></returnval>");
    let series: String = machines.iter().map(series).collect();
    (200, envelope(&format!("<QueryPerfResponse>{series}</QueryPerfResponse>")))
}

#[tokio::test]
async fn a_machine_that_is_refused_costs_no_other_one_its_samples() {
    let server = Server::start(with(|_, request| {
        let asked = asked_of(request);
        assert!(
            request
                .contains("</entity><startTime>2026-01-02T03:04:05Z</startTime><maxSample>180</maxSample>")
        );
        Some(match () {
            () if asked.contains(&"7") => fault("ManagedObjectNotFound"),
            () if asked.contains(&"130") => fault("InvalidArgument"),
            () => answer_of(&asked),
        })
    }))
    .await;
    let session = server.login().await.unwrap();
    let measured = session.samples(&samples_of(0..250), SOON).await.unwrap();
    let told: BTreeSet<&str> = measured.series.iter().map(|series| series.of.id.as_str()).collect();
    assert_eq!((told.len(), measured.series.len()), (248, 248));
    let unread: Vec<_> = measured.unread.iter().map(|(of, error)| (of.id.as_str(), error.fault())).collect();
    assert_eq!(unread, [("130", Some("InvalidArgument"))], "what is gone is left out");
    let questions = server.calls().iter().filter(|call| *call == "QueryPerf").count();
    assert!(questions < 40, "{questions} questions");
}

#[tokio::test]
async fn what_was_answered_is_kept_when_a_later_question_fails_and_who_refuses_all_is_not_asked_on_and_on() {
    let server = Server::start(with(|_, request| match &asked_of(request)[..] {
        asked if asked.contains(&"0") || asked.contains(&"250") => Some(answer_of(asked)),
        asked if asked.contains(&"1000") => Some(fault("NotAuthenticated")),
        asked if asked.iter().any(|id| id.len() == 4) => Some(fault("NoPermission")),
        _ => None,
    }))
    .await;
    let session = server.login().await.unwrap();
    let measured = session.samples(&samples_of(0..300), Duration::from_millis(400)).await.unwrap();
    let told: Vec<&str> = measured.series.iter().map(|series| series.of.id.as_str()).collect();
    assert_eq!((told.len(), told[0], told[199]), (200, "0", "299"), "the last has time left");
    assert_eq!(measured.unread.len(), 100);
    assert!(measured.unread.iter().all(|(_, error)| matches!(error, Error::Timeout { .. })));
    let refused = session.samples(&samples_of(1001..3001), SOON).await.unwrap();
    assert_eq!((refused.series.len(), refused.unread.len()), (0, 2000));
    let questions = server.calls().iter().filter(|call| *call == "QueryPerf").count();
    assert!(questions < 3 + 250, "{questions} questions");
    assert!(session.samples(&samples_of(1000..1002), SOON).await.unwrap_err().is_session_over());
}

#[tokio::test]
async fn whoever_misses_the_longest_time_is_asked_for_first_and_in_the_last_of_the_time_nobody_is() {
    let server = Server::start(with(|_, request| match &asked_of(request)[..] {
        asked if asked.contains(&"0") => None,
        asked => Some(answer_of(asked)),
    }))
    .await;
    let session = server.login().await.unwrap();
    let mut wanted = samples_of(0..250);
    wanted[249].after = None;
    for early in &mut wanted[150..249] {
        early.after = Some("2026-01-02T02:00:00Z".parse().unwrap());
    }
    let measured = session.samples(&wanted, Duration::from_millis(1200)).await.unwrap();
    let told: Vec<&str> = measured.series.iter().map(|series| series.of.id.as_str()).collect();
    assert_eq!((told.len(), told[0], told[1], told[100]), (150, "249", "150", "100"));
    assert!(measured.unread.iter().map(|(of, _)| of.id.parse::<u32>().unwrap()).eq(0..100));
    let before = server.calls().len();
    let silent: Vec<Samples> = std::iter::repeat_n(samples_of(0..100), 20).flatten().collect();
    let measured = session.samples(&silent, Duration::from_millis(800)).await.unwrap();
    assert_eq!((measured.unread.len(), server.calls().len() - before), (2000, 2));
}

#[tokio::test]
async fn what_does_not_answer_or_answers_nonsense_is_an_error_in_time() {
    let server = Server::start(with(|call, _| match call {
        "RetrievePropertiesEx" => None,
        "CurrentTime" => Some((503, "<html>busy</html>".to_owned())),
        "QueryPerf" => Some((200, envelope("<OtherResponse/>"))),
        _ => Some((
            200,
            envelope("<QueryEventsResponse><returnval><key>x</key></returnval></QueryEventsResponse>"),
        )),
    }))
    .await;
    let session = server.login().await.unwrap();
    let view = session.view("VirtualMachine", SOON).await.unwrap();
    let short = Duration::from_millis(200);
    let late = session.of_view(&view, &["name"], Some, short).await.unwrap_err();
    assert!(matches!(late, Error::Timeout { allowed, .. } if allowed == short), "{late}");
    let busy = session.time(SOON).await.unwrap_err().to_string();
    assert!(busy.contains("HTTP status 503 without a SOAP envelope"), "{busy}");
    let measured = session.samples(&samples_of(1..2), SOON).await.unwrap();
    assert!(matches!(measured.unread[..], [(_, Error::Malformed { .. })]) && measured.series.is_empty());
    let since = "2026-01-01T00:00:00Z".parse().unwrap();
    assert!(matches!(session.history(since, &[], SOON).await, Err(Error::Malformed { .. })));
}
