//! Writes that are sent together, and a server that fails in the middle of it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod responder;

use client::{Answer, CallOptions, CancellationToken, Client, ClientError, Config};
use responder::{Reply, Responder, answer, body_of, slow};
use schemas::{
    error::Alias,
    registry::{ResourceInfo, resource_info},
    resource::client::Client as ClientResource,
};
use serde_json::{Value, json};
use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use tokio::task::JoinSet;

const BATCH: &str = "POST /v1/batch ";
const ONE: &str = "POST /v1/client ";
const ID: &str = "954fd467-1111-4222-8333-444455556666";

fn client(server: &Responder) -> Arc<Client> {
    let config = Config { max_retries: 3, ..Config::new(server.url.parse().unwrap(), "esu_x".into()) };
    Arc::new(Client::new(config).unwrap())
}

fn info() -> ResourceInfo {
    resource_info::<ClientResource>()
}

fn keyed(number: usize) -> CallOptions {
    CallOptions { idempotency_key: Some(format!("key{number}")), ..CallOptions::default() }
}

/// The answer to a batch in which each operation is answered by a rule.
fn results(request: &str, rule: impl Fn(&Value) -> Value) -> Reply {
    let operations = body_of(request)["operations"].as_array().unwrap().clone();
    let results: Vec<Value> = operations.iter().map(rule).collect();
    slow(answer(200, &json!({ "results": results }).to_string()))
}

fn created(operation: &Value) -> Value {
    json!({ "status": 201, "body": operation["body"], "etag": "\"1\"", "replayed": false })
}

/// A server that does what it is asked.
fn willing(request: &str) -> Reply {
    if request.starts_with(BATCH) {
        results(request, created)
    } else {
        slow(answer(201, &body_of(request).to_string()))
    }
}

type Written = Vec<(usize, Result<Answer, ClientError>)>;

/// Creates so many objects at once.
async fn create_all(client: &Arc<Client>, count: usize) -> Written {
    let mut writers = JoinSet::new();
    for number in 0..count {
        let client = Arc::clone(client);
        writers.spawn(async move { (number, create(&client, number, &keyed(number)).await) });
    }
    let mut written = writers.join_all().await;
    written.sort_by_key(|(number, _)| *number);
    written
}

async fn create(client: &Client, number: usize, options: &CallOptions) -> Result<Answer, ClientError> {
    client.writer().create(&info(), &json!({ "code": number }), options).await
}

fn codes(request: &str) -> Vec<i64> {
    let body = body_of(request);
    body["operations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|operation| operation["body"]["code"].as_i64().unwrap())
        .collect()
}

#[tokio::test]
async fn writes_that_are_under_way_together_are_one_batch() {
    let server = Responder::serving(|_, request| willing(request)).await;
    let client = client(&server);
    for (number, written) in create_all(&client, 10).await {
        assert_eq!(written.unwrap().body["code"], number);
    }
    let seen = server.seen();
    assert_eq!(seen.len(), 1);
    let batch = body_of(&seen[0]);
    assert_eq!(batch["atomic"], false);
    assert_eq!(
        batch["operations"][3],
        json!({ "method": "POST", "path": "/v1/client", "body": { "code": 3 }, "idempotency_key": "key3" })
    );
}

#[tokio::test]
async fn a_write_by_itself_is_sent_as_it_is() {
    let server = Responder::serving(|_, request| willing(request)).await;
    let client = client(&server);
    create(&client, 1, &keyed(1)).await.unwrap();
    assert_eq!((server.count(ONE), server.count(BATCH)), (1, 0));
    assert!(server.seen()[0].contains("idempotency-key: key1"));

    let config = Config { batch: false, ..Config::new(server.url.parse().unwrap(), "esu_x".into()) };
    create_all(&Arc::new(Client::new(config).unwrap()), 10).await;
    assert_eq!((server.count(ONE), server.count(BATCH)), (11, 0));
}

#[tokio::test]
async fn what_is_written_meanwhile_gathers_for_the_next_batch() {
    let server = Responder::serving(|_, request| willing(request)).await;
    let client = client(&server);
    let first = tokio::spawn({
        let client = Arc::clone(&client);
        async move { create_all(&client, 5).await }
    });
    tokio::time::sleep(Duration::from_millis(10)).await;
    create_all(&client, 7).await;
    first.await.unwrap();
    assert_eq!((server.seen().len(), codes(&server.seen()[1]).len()), (2, 7));
}

#[tokio::test]
async fn a_thousand_creations_ten_at_a_time_are_a_hundred_batches() {
    let server = Responder::serving(|_, request| willing(request)).await;
    let client = client(&server);
    let next = Arc::new(Mutex::new(0..1000));
    let mut writers = JoinSet::new();
    for _ in 0..10 {
        let (client, next) = (Arc::clone(&client), Arc::clone(&next));
        writers.spawn(async move {
            loop {
                let Some(number) = next.lock().unwrap().next() else { return };
                create(&client, number, &keyed(number)).await.unwrap();
            }
        });
    }
    writers.join_all().await;
    let mut all: Vec<i64> =
        server.seen().iter().filter(|it| it.starts_with(BATCH)).flat_map(|it| codes(it)).collect();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 1000);
    assert!((100..=120).contains(&server.seen().len()), "{} requests", server.seen().len());
}

#[tokio::test]
async fn each_write_has_its_own_answer() {
    let server = Responder::serving(|_, request| {
        results(request, |operation| match operation["body"]["code"].as_i64().unwrap() {
            2 => json!({ "status": 409, "replayed": false, "body":
                { "detail": "Taken.", "error_alias": ["code_taken"], "code": ["Taken."] } }),
            3 => json!({ "status": 201, "replayed": true, "body": { "code": 3 } }),
            4 => json!({ "status": 500, "replayed": false, "body": null }),
            _ => created(operation),
        })
    })
    .await;
    let written = create_all(&client(&server), 6).await;
    for (number, written) in written {
        match (number, written) {
            (2, Err(error)) => {
                assert!(
                    error.has_alias(Alias::CodeTaken) && error.body().unwrap().fields["code"] == ["Taken."]
                );
            }
            (4, Err(error)) => assert_eq!(error.status(), Some(500)),
            (_, answer) => assert_eq!(answer.unwrap().replayed, number == 3),
        }
    }
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_lost_answer_is_asked_for_again_by_those_that_may() {
    let server =
        Responder::serving(|number, request| if number == 0 { Reply::HangUp } else { willing(request) })
            .await;
    let client = client(&server);
    let mut writers = JoinSet::new();
    for number in 0..5 {
        let client = Arc::clone(&client);
        writers.spawn(async move {
            let options = if number == 4 { CallOptions::default() } else { keyed(number) };
            (number, create(&client, number, &options).await)
        });
    }
    for (number, written) in writers.join_all().await {
        match written {
            Ok(_) => assert!(number < 4),
            Err(error) => assert!(number == 4 && matches!(error, ClientError::Unreachable { .. }), "{error}"),
        }
    }
    let seen = server.seen();
    assert_eq!(seen.len(), 2, "they are repeated together");
    assert_eq!((codes(&seen[0]).len(), codes(&seen[1]).len()), (5, 4));
}

#[tokio::test]
async fn a_busy_server_is_waited_for() {
    let busy = || Reply::Answer(429, "retry-after: 1\r\n", r#"{"detail":"Slow down."}"#.to_owned());
    let server =
        Responder::serving(move |number, request| if number == 0 { busy() } else { willing(request) }).await;
    let started = Instant::now();
    let written = create_all(&client(&server), 10).await;
    assert!(written.into_iter().all(|(_, written)| written.unwrap().waited >= Duration::from_secs(1)));
    assert!(started.elapsed() >= Duration::from_secs(1));
    assert_eq!(server.seen().len(), 2);

    // One operation of the batch is refused for now: it alone is sent again.
    let server = Responder::serving(|number, request| {
        if number > 0 {
            return willing(request);
        }
        results(request, |operation| match operation["body"]["code"].as_i64().unwrap() {
            7 => json!({ "status": 503, "replayed": false, "body": { "detail": "Later." } }),
            _ => created(operation),
        })
    })
    .await;
    assert!(create_all(&client(&server), 10).await.iter().all(|(_, written)| written.is_ok()));
    assert_eq!((server.count(BATCH), server.count(ONE)), (1, 1));
    assert_eq!(body_of(&server.seen()[1])["code"], 7);
}

#[tokio::test]
async fn who_gives_up_takes_back_what_is_not_sent_and_harms_nobody() {
    let server = Responder::serving(|_, request| willing(request)).await;
    let client = client(&server);
    let first = tokio::spawn({
        let client = Arc::clone(&client);
        async move { create_all(&client, 2).await }
    });
    tokio::time::sleep(Duration::from_millis(10)).await;
    let token = CancellationToken::new();
    let mut writers = JoinSet::new();
    for number in 10..14 {
        let (client, token) = (Arc::clone(&client), token.clone());
        writers.spawn(async move {
            let cancellation = (number == 10).then_some(token);
            let written = create(&client, number, &CallOptions { cancellation, ..keyed(number) }).await;
            (number, written)
        });
    }
    let dropped = tokio::spawn({
        let client = Arc::clone(&client);
        async move { create(&client, 14, &keyed(14)).await }
    });
    tokio::time::sleep(Duration::from_millis(2)).await;
    token.cancel();
    dropped.abort();
    for (number, written) in writers.join_all().await {
        assert_eq!(matches!(written, Err(ClientError::Cancelled)), number == 10, "{number}: {written:?}");
    }
    assert!(first.await.unwrap().iter().all(|(_, written)| written.is_ok()));
    assert_eq!(codes(&server.seen()[1]), [11, 12, 13]);
}

#[tokio::test]
async fn what_is_on_its_way_is_finished() {
    let server =
        Responder::serving(|_, request| Reply::Later(Duration::from_millis(100), Box::new(willing(request))))
            .await;
    let client = client(&server);
    let token = CancellationToken::new();
    let options = |number| CallOptions { cancellation: Some(token.clone()), ..keyed(number) };
    let (one, two) = (options(1), options(2));
    let cancel = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        token.cancel();
    };
    let (one, two, ()) = tokio::join!(create(&client, 1, &one), create(&client, 2, &two), cancel);
    assert!(one.is_ok() && two.is_ok(), "what a write that is cut off did, nobody knows");
    assert_eq!(server.count(BATCH), 1);
}

#[tokio::test]
async fn a_deadline_is_the_callers_own() {
    let server = Responder::start(vec![Reply::Silence]).await;
    let client = client(&server);
    let short = |number| CallOptions { deadline: Some(Duration::from_millis(200)), ..keyed(number) };
    let (one, two) = (short(1), CallOptions { deadline: Some(Duration::from_millis(400)), ..keyed(2) });
    let started = Instant::now();
    let late = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        create(&client, 3, &short(3)).await
    };
    let (one, two, three) = tokio::join!(create(&client, 1, &one), create(&client, 2, &two), late);
    for written in [one, two, three] {
        assert!(matches!(written, Err(ClientError::Timeout { .. })), "{written:?}");
    }
    assert!(started.elapsed() < Duration::from_secs(1));
}

#[tokio::test]
async fn a_server_without_batches_is_sent_each_write_alone() {
    for refusal in
        [answer(404, r#"{"detail":"Not found."}"#), answer(404, "<html>"), answer(413, ""), answer(405, "")]
    {
        let server = Responder::serving(move |_, request| match request {
            _ if request.starts_with(BATCH) => refusal.clone(),
            _ if request.starts_with("DELETE") => answer(409, r#"{"detail":"In use."}"#),
            _ => willing(request),
        })
        .await;
        let client = client(&server);
        assert!(create_all(&client, 10).await.iter().all(|(_, written)| written.is_ok()));
        create_all(&client, 10).await;
        assert_eq!((server.count(BATCH), server.count(ONE)), (1, 20));
    }
    // The batch's 404 is not that of an object.
    let server = Responder::serving(|_, request| {
        if request.starts_with(BATCH) {
            answer(404, r#"{"detail":"?"}"#)
        } else {
            answer(409, r#"{"detail":"In use."}"#)
        }
    })
    .await;
    let client = client(&server);
    let (options, info) = (CallOptions::default(), info());
    let writer = client.writer();
    let (one, two) = tokio::join!(writer.delete(&info, "a", &options), writer.delete(&info, "b", &options));
    assert_eq!((one.unwrap_err().status(), two.unwrap_err().status()), (Some(409), Some(409)));
}

#[tokio::test]
async fn answers_that_do_not_fit_are_nobodys() {
    let server =
        Responder::start(vec![answer(200, r#"{"results":[{"status":201,"body":{},"replayed":false}]}"#)])
            .await;
    for (_, written) in create_all(&client(&server), 3).await {
        assert!(matches!(written, Err(ClientError::Malformed { .. })), "{written:?}");
    }
    let server = Responder::start(vec![answer(401, r#"{"detail":"Unknown token."}"#)]).await;
    for (_, written) in create_all(&client(&server), 3).await {
        assert!(matches!(written, Err(ClientError::Unauthorized { .. })), "{written:?}");
    }
}

#[tokio::test]
async fn headers_and_queries_go_along() {
    let server = Responder::serving(|_, request| results(request, created)).await;
    let config = Config::new(format!("{}/cloud", server.url).parse().unwrap(), "esu_x".into());
    let client = Client::new(config).unwrap();
    let (options, info) = (CallOptions { if_match: Some(7), ..CallOptions::default() }, info());
    let (writer, body) = (client.writer(), json!({}));
    let key = client::Key::new("acme").within("partner", "north");
    let fresh = CallOptions::default();
    let written = tokio::join!(
        writer.replace(&info, "x", &body, &options),
        writer.delete(&info, "y", &options),
        async {
            let mut singleton = info.clone();
            singleton.create = info.replace.clone();
            writer.set(&singleton, &key, &body, &fresh).await
        }
    );
    assert!(written.0.is_ok() && written.1.is_ok() && written.2.is_ok(), "{written:?}");
    assert!(server.seen()[0].starts_with("POST /cloud/v1/batch "));
    assert_eq!(
        body_of(&server.seen()[0])["operations"],
        json!([
            { "method": "PUT", "path": "/v1/client/x", "body": {}, "if_match": "\"7\"" },
            { "method": "DELETE", "path": "/v1/client/y", "if_match": "\"7\"" },
            { "method": "PUT", "path": "/v1/client/acme?partner=north", "body": {}, "if_none_match": "*" },
        ])
    );
}

/// A server that carries out an update and loses the answer; the log names the request `by`, or ours.
async fn forgetful(by: Option<&'static str>) -> Responder {
    let ours = Mutex::new(String::new());
    Responder::serving(move |number, request| {
        if number == 0 {
            let id = request.lines().find_map(|line| line.strip_prefix("x-request-id: ")).unwrap();
            id.clone_into(&mut ours.lock().unwrap());
            return Reply::HangUp;
        }
        let object = json!({ "id": ID, "version": 8, "name": "new" });
        if request.starts_with("GET /v1/event?object_kind=client&object_id=") {
            let ours = ours.lock().unwrap();
            let event = json!({
                "id": 1, "at": "2026-01-02T03:04:05Z", "actor": "olga", "action": "update", "object_kind": "client",
                "object_id": ID, "object_name": "x", "before": null, "after": null,
                "request_id": by.unwrap_or(&ours), "client": "curl/8",
            });
            return answer(200, &json!({ "items": [event], "total": 1, "limit": 1 }).to_string());
        }
        let refusal = json!({ "detail": "Changed.", "error_alias": ["version_mismatch"] });
        match request {
            _ if request.starts_with("GET") => answer(200, &object.to_string()),
            _ if request.starts_with(BATCH) => {
                results(request, |_| json!({ "status": 412, "body": refusal, "replayed": false }))
            }
            _ => answer(412, &refusal.to_string()),
        }
    })
    .await
}

#[tokio::test]
async fn an_update_whose_answer_was_lost_is_known_by_its_request() {
    let (options, info) = (CallOptions { if_match: Some(7), ..CallOptions::default() }, info());
    let body = json!({ "name": "new" });
    let server = forgetful(None).await;
    let answer = client(&server).writer().replace(&info, ID, &body, &options).await.unwrap();
    assert!(answer.replayed && answer.body["version"] == 8);

    let server = forgetful(None).await;
    let client_of_two = client(&server);
    let writer = client_of_two.writer();
    let both =
        tokio::join!(writer.replace(&info, ID, &body, &options), writer.replace(&info, ID, &body, &options));
    assert!(both.0.is_ok() && both.1.is_ok(), "{both:?}");
    assert_eq!(server.count(BATCH), 2);

    let server = forgetful(Some("954fd467-1111-4222-8333-444455556667")).await;
    let error = client(&server).writer().replace(&info, ID, &body, &options).await.unwrap_err();
    assert!(error.has_alias(Alias::VersionMismatch), "somebody else changed it");
}
