//! The client against a server that fails in every way.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod responder;

use client::{CallOptions, CancellationToken, Client, ClientError, Config};
use responder::{Reply, Responder, answer};
use schemas::{
    endpoint::{ById, InParent, NoPath, NoQuery, account, client as clients, tariff_plan},
    error::Alias,
    registry::{ResourceInfo, resource_info},
    resource::tariff_plan::TariffPlan,
};
use serde_json::json;
use std::time::{Duration, Instant};

const TOKEN: &str = "esu_0123456789abcdef";

fn config(url: &str) -> Config {
    Config { max_retries: 3, ..Config::new(url.parse().unwrap(), TOKEN.into()) }
}

fn client(server: &Responder) -> Client {
    Client::new(config(&server.url)).unwrap()
}

fn plan() -> ResourceInfo {
    resource_info::<TariffPlan>()
}

fn refusal(alias: &str) -> String {
    json!({ "detail": "No.", "error_alias": [alias], "code": ["taken"], "request_id": null }).to_string()
}

const ACCOUNT: &str =
    r#"{"id":"954fd467-1111-4222-8333-444455556666","login":"a","username":"A","access":[]}"#;

async fn me(client: &Client, options: &CallOptions) -> Result<String, ClientError> {
    client.call::<account::Me>(&NoPath {}, &NoQuery {}, &(), options).await.map(|account| account.login)
}

#[tokio::test]
async fn a_call_sends_the_token_and_reads_the_answer() {
    let server = Responder::start(vec![answer(200, ACCOUNT)]).await;
    let client = Client::new(Config { user_agent: "me/1".to_owned(), ..config(&server.url) }).unwrap();
    assert_eq!(me(&client, &CallOptions::default()).await.unwrap(), "a");
    let request = server.seen().remove(0).to_lowercase();
    assert!(request.starts_with("get /v1/account/me http/1.1\r\n"), "{request}");
    for line in [&format!("authorization: bearer {TOKEN}"), "user-agent: me/1", "accept: application/json"] {
        assert!(request.contains(line), "{request}");
    }
    assert!(!request.contains("content-type"), "{request}");
}

#[tokio::test]
async fn numbers_of_flattened_structs_stay_exact() {
    let view = json!({
        "id": "954fd467-1111-4222-8333-444455556666", "ctime": "2021-12-19T21:00:00.000000", "version": 1,
        "code": "basic", "name": "Basic", "contracts": 0,
        "partner": { "id": "954fd467-1111-4222-8333-444455556666", "code": "p", "name": "P" },
        "services": { "kvm_cpu": { "price": "0.1234567" } },
    });
    let server =
        Responder::start(vec![answer(200, &view.to_string().replace("\"0.1234567\"", "0.1234567"))]).await;
    let path = ById { id: "basic".to_owned() };
    let query = InParent { partner: Some("p".to_owned()), client: None };
    let read = client(&server).call::<tariff_plan::Read>(&path, &query, &(), &CallOptions::default()).await;
    assert_eq!(read.unwrap().services.values().next().unwrap().price.to_string(), "0.1234567");
    assert!(server.seen()[0].starts_with("GET /v1/tariff_plan/basic?partner=p "));
}

#[tokio::test]
async fn a_busy_server_is_asked_again_after_the_time_it_names() {
    let busy = Reply::Answer(429, "retry-after: 1\r\n", refusal("rate_limited"));
    let server = Responder::start(vec![busy, answer(200, ACCOUNT)]).await;
    let started = Instant::now();
    assert!(me(&client(&server), &CallOptions::default()).await.is_ok());
    assert!(started.elapsed() >= Duration::from_secs(1));
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn retries_end_with_the_number_and_with_the_deadline() {
    let server = Responder::start(vec![answer(503, "<html>busy</html>")]).await;
    let options = CallOptions { max_retries: Some(2), ..CallOptions::default() };
    assert_eq!(me(&client(&server), &options).await.unwrap_err().status(), Some(503));
    assert_eq!(server.seen().len(), 3);

    let far = Reply::Answer(503, "retry-after: 60\r\n", String::new());
    let server = Responder::start(vec![far]).await;
    let options = CallOptions { deadline: Some(Duration::from_secs(5)), ..CallOptions::default() };
    let started = Instant::now();
    assert_eq!(me(&client(&server), &options).await.unwrap_err().status(), Some(503));
    assert!(started.elapsed() < Duration::from_secs(2), "a wait beyond the deadline is not begun");
}

#[tokio::test]
async fn a_creation_is_repeated_only_under_a_key() {
    let body = json!({ "code": "basic" });
    for (key, attempts) in [(None, 1), (Some("k1".to_owned()), 2)] {
        let server = Responder::start(vec![Reply::HangUp, answer(200, "{}")]).await;
        let options = CallOptions { idempotency_key: key.clone(), ..CallOptions::default() };
        let created = client(&server).writer().create(&plan(), &body, &options).await;
        assert_eq!(created.is_ok(), key.is_some(), "{created:?}");
        assert_eq!(server.seen().len(), attempts);
        assert!(server.seen().iter().all(|request| request.contains("idempotency-key: k1") == key.is_some()));
        assert!(server.seen().iter().all(|request| request.ends_with(r#"{"code":"basic"}"#)));
    }
}

#[tokio::test]
async fn refusals_come_back_whole() {
    let server = Responder::start(vec![answer(409, &refusal("code_taken"))]).await;
    let error =
        client(&server).writer().create(&plan(), &json!({}), &CallOptions::default()).await.unwrap_err();
    assert!(error.has_alias(Alias::CodeTaken) && error.status() == Some(409));
    assert_eq!(error.body().unwrap().fields["code"], ["taken"]);
    assert_eq!(error.to_string(), "the server answered 409: No.");
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn only_the_servers_own_404_means_gone() {
    let options = CallOptions::default();
    let server = Responder::start(vec![answer(404, r#"{"detail":"Not found."}"#)]).await;
    assert_eq!(client(&server).reader().by_id(&plan(), "x", &options).await.unwrap(), None);
    client(&server).writer().delete(&plan(), "x", &options).await.unwrap();
    let server = Responder::start(vec![answer(404, "<html>not here</html>")]).await;
    let read = client(&server).reader().by_id(&plan(), "x", &options).await;
    assert!(matches!(read, Err(ClientError::Malformed { status: 404, .. })), "{read:?}");
}

#[tokio::test]
async fn the_expected_version_and_a_replay_are_told() {
    let replayed = Reply::Answer(200, "idempotent-replayed: true\r\n", "{}".to_owned());
    let server = Responder::start(vec![replayed]).await;
    let options = CallOptions { if_match: Some(7), ..CallOptions::default() };
    let answer = client(&server).writer().replace(&plan(), "x", &json!({}), &options).await.unwrap();
    assert!(answer.replayed);
    assert!(server.seen()[0].contains("if-match: \"7\""));
}

#[tokio::test]
async fn wrong_servers_and_tokens_are_told_apart() {
    let options = CallOptions { max_retries: Some(0), ..CallOptions::default() };
    let server = Responder::start(vec![
        answer(401, r#"{"detail":"Unknown token."}"#),
        answer(200, "<html>a router</html>"),
        answer(200, "[]"),
        Reply::Answer(302, "location: https://elsewhere.example.org/\r\n", String::new()),
    ])
    .await;
    let client = client(&server);
    assert!(matches!(me(&client, &options).await, Err(ClientError::Unauthorized { .. })));
    assert!(matches!(me(&client, &options).await, Err(ClientError::Malformed { status: 200, .. })));
    assert!(matches!(me(&client, &options).await, Err(ClientError::Malformed { status: 200, .. })));
    let error = me(&client, &options).await.unwrap_err();
    assert_eq!(error.to_string(), "the server redirects to https://elsewhere.example.org/");
    assert_eq!(server.seen().len(), 4, "a redirect is not followed");
}

#[tokio::test]
async fn silence_and_absence_end_in_time_without_the_token() {
    let server = Responder::start(vec![Reply::Silence]).await;
    let settings = Config { request_timeout: Duration::from_millis(200), ..config(&server.url) };
    let options = CallOptions { max_retries: Some(1), ..CallOptions::default() };
    let slow = Client::new(settings).unwrap();
    let error = me(&slow, &options).await.unwrap_err();
    assert!(matches!(error, ClientError::Timeout { .. }), "{error}");
    assert_eq!(server.seen().len(), 2);

    let absent = Client::new(config("http://127.0.0.1:1")).unwrap();
    let error = me(&absent, &options).await.unwrap_err();
    assert!(matches!(error, ClientError::Unreachable { .. }), "{error}");
    let text = format!("{error} {error:?} {absent:?} {:?}", config("http://127.0.0.1:1"));
    assert!(text.contains("http://127.0.0.1:1 cannot be reached") && text.contains("refused"), "{text}");
    assert!(!text.contains(TOKEN), "{text}");
}

#[tokio::test]
async fn cancelling_ends_reads_and_waits() {
    let server = Responder::start(vec![Reply::Silence]).await;
    let token = CancellationToken::new();
    let options = CallOptions { cancellation: Some(token.clone()), ..CallOptions::default() };
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(100)).await;
        token.cancel();
    });
    let path = ById { id: "x".to_owned() };
    let read = client(&server).call::<clients::Read>(&path, &InParent::default(), &(), &options).await;
    assert!(matches!(read, Err(ClientError::Cancelled)), "{read:?}");
}

#[tokio::test]
async fn requests_keep_the_pace() {
    let server = Responder::start(vec![answer(200, ACCOUNT)]).await;
    let client = Client::new(Config { requests_per_second: 20, ..config(&server.url) }).unwrap();
    let started = Instant::now();
    for _ in 0..5 {
        me(&client, &CallOptions::default()).await.unwrap();
    }
    assert!(started.elapsed() >= Duration::from_millis(200));
}

#[test]
fn settings_that_cannot_be_used_are_named() {
    let base = || config("https://127.0.0.1:1");
    let pem = "-----BEGIN CERTIFICATE-----\nbm8=\n-----END CERTIFICATE-----".to_owned();
    for (settings, name) in [
        (Config { token: "".into(), ..base() }, "token"),
        (Config { token: "two\nlines".into(), ..base() }, "token"),
        (Config { ca_cert: Some("/nowhere".to_owned()), ..base() }, "ca_cert"),
        (Config { ca_cert: Some(pem.clone()), ..base() }, "ca_cert"),
        (Config { client_cert: Some(pem), ..base() }, "client_cert"),
        (Config { client_key: Some("-----BEGIN x".into()), ..base() }, "client_key"),
    ] {
        let error = Client::new(settings).unwrap_err();
        assert_eq!(error.setting.name(), name);
        assert!(error.to_string().starts_with(name), "{error}");
    }
}
