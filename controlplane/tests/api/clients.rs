//! Many clients of a partner in one stream.

use crate::fixture::{Fixture, column, items, unique};
use reqwest::Method;
use serde_json::{Value, json};
use testkit::api::{Answer, Api};

fn line(code: &str) -> Value {
    json!({ "code": code, "name": code, "tariff_plan": "base" })
}

fn text(lines: &[Value]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

async fn put(api: &Api, partner: &str, body: &str) -> Answer {
    api.call(Method::PUT, &format!("/v1/partner/{partner}/clients")).text(body).send().await
}

async fn put_once(api: &Api, partner: &str, key: &str, body: &str) -> Answer {
    let call = api.call(Method::PUT, &format!("/v1/partner/{partner}/clients"));
    call.header("idempotency-key", key).text(body).send().await
}

fn receipts(answer: &Answer) -> Vec<Value> {
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (200, "application/x-ndjson"),
        "{}",
        answer.text
    );
    answer.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

async fn total(f: &Fixture, noun: &str, partner: &str) -> i64 {
    let page = f.admin.get(&format!("/v1/{noun}?partner={partner}&limit=1")).await.expect(200);
    page["total"].as_i64().unwrap()
}

pub(crate) async fn each_is_what_a_client_of_its_own_is(f: &Fixture) {
    let partner = f.partner().await;
    f.plan(&partner, "gold", &json!({})).await;
    let full = json!({
        "code": "full", "name": "Ёлка \"${x}\"", "tariff_plan": "gold", "contract_name": "7/2021", "internet": 100,
        "lan": 500, "payment_methods": ["yandex_kassa"], "payment_model": "postpay", "min_balance": "-10.5",
        "allowed_hypervisors": [], "deletion_protection": true,
    });
    let api = f.partner_admin(&partner);
    // An empty line counts as a line and says nothing; the last needs no end.
    let body = format!("{}\n\r\n{}", line("first"), full);
    let receipts = receipts(&put(&api, &partner, &body).await);
    assert_eq!(
        receipts.iter().map(|receipt| receipt["code"].as_str().unwrap()).collect::<Vec<_>>(),
        ["first", "full"]
    );
    let mut single = full.clone();
    single["partner"] = json!(partner);
    single["code"] = json!("single");
    let single = api.post("/v1/client", &single).await.expect(201);
    let read = api.get(&format!("/v1/client/full?partner={partner}")).await.expect(200);
    for field in [
        "version",
        "name",
        "partner",
        "projects",
        "internet",
        "lan",
        "payment_methods",
        "payment_model",
        "min_balance",
        "allowed_hypervisor_codes",
        "deletion_protection",
        "ctime",
    ] {
        assert_eq!(read[field], single[field], "{field}");
    }
    let receipt = &receipts[1];
    assert_eq!((&receipt["id"], &receipt["version"]), (&read["id"], &json!(1)));
    assert_eq!(receipt["contract_id"], read["contract"]["id"]);
    assert_eq!((&receipt["contract_name"], &receipt["tariff_plan"]), (&json!("7/2021"), &json!("gold")));
    assert_eq!(receipt["default_project_id"], read["default_project"]["id"]);
    assert_eq!(read["contract"]["billing_plan"]["contracts"], 2);
    // Each has a history of its own.
    let events = f.events(&read["id"]).await;
    assert_eq!((events.len(), &events[0]["action"]), (1, &json!("create")));
    assert_eq!(events[0]["after"]["name"], read["name"]);
    // And is charged, edited and deleted like any other.
    let contract = api.get(&format!("/v1/contract/full?partner={partner}")).await.expect(200);
    assert_eq!(contract["id"], receipt["contract_id"]);
    let path = format!("/v1/client/first?partner={partner}");
    api.patch(&path, &json!({ "tariff_plan": "gold" })).await.expect(200);
    api.delete(&path).await.expect(204);
}

pub(crate) async fn a_stream_is_all_or_nothing(f: &Fixture) {
    let partner = f.partner().await;
    let mut lines: Vec<Value> = (0..1200).map(|index| line(&format!("c-{index:04}"))).collect();
    lines[600]["tariff_plan"] = json!("none");
    lines[601]["allowed_hypervisors"] = json!(["nowhere"]);
    lines[1100]["code"] = json!("c-0007");
    let refused = put(&f.admin, &partner, &text(&lines)).await;
    assert!(refused.text.contains("c-0600: ") && refused.text.contains("line 8"), "{}", refused.text);
    let fields = refused.fields();
    assert_eq!(fields, ["lines.1101.code", "lines.601.tariff_plan", "lines.602.allowed_hypervisors"]);
    for noun in ["client", "contract", "project"] {
        assert_eq!(total(f, noun, &partner).await, 0, "{noun}");
    }
    // What is no client at all is told before anything else is looked at, each line at once.
    let bad = format!(
        "{}\n{{\n{}\n{}\n",
        line("first"),
        json!({ "code": "Bad", "nam": "x", "tariff_plan": "base" }),
        json!(["x"])
    );
    let refused = put(&f.admin, &partner, &bad).await;
    assert!(refused.text.contains("Bad: "), "{}", refused.text);
    assert_eq!(refused.fields(), ["lines.2", "lines.3.code", "lines.3.nam", "lines.3.name", "lines.4"]);
    let many: String = (0..150).map(|_| "{}\n".to_owned()).collect();
    let fields = put(&f.admin, &partner, &many).await.fields();
    assert!((100..150).contains(&fields.len()), "{}", fields.len());
    put(&f.admin, &partner, "").await.expect(400);
    let long = json!({ "code": "long", "name": "x".repeat(70_000), "tariff_plan": "base" });
    assert_eq!(put(&f.admin, &partner, &text(&[long])).await.fields(), ["lines.1"]);
    let elsewhere = json!({ "code": "a", "name": "a", "tariff_plan": "base", "partner": partner });
    assert_eq!(put(&f.admin, &partner, &text(&[elsewhere])).await.fields(), ["lines.1.partner"]);
}

pub(crate) async fn a_client_has_one_manager(f: &Fixture) {
    let partner = f.partner().await;
    f.client(&partner, "one", "base").await;
    f.client(&partner, "two", "base").await;
    let refused = put(&f.admin, &partner, &text(&[line("new"), line("two"), line("one")])).await;
    assert!(refused.text.contains("two, one"), "{}", refused.text);
    assert!(refused.json["lines.2.code"][0].as_str().unwrap().starts_with("two: "));
    assert_eq!(refused.alias(409), "managed_elsewhere");
    assert_eq!(total(f, "client", &partner).await, 2);
    // Another partner may have the same codes.
    let other = f.partner().await;
    assert_eq!(receipts(&put(&f.admin, &other, &text(&[line("one"), line("two")])).await).len(), 2);
}

pub(crate) async fn a_repeated_stream_is_done_once(f: &Fixture) {
    let (partner, key) = (f.partner().await, unique("key"));
    let body = text(&(0..1100).map(|index| line(&format!("c-{index:04}"))).collect::<Vec<_>>());
    let first = put_once(&f.admin, &partner, &key, &body).await;
    assert_eq!(receipts(&first).len(), 1100);
    // What changed meanwhile is told as it is now.
    let again = put_once(&f.admin, &partner, &key, &body).await;
    assert_eq!((again.header("idempotent-replayed"), first.header("idempotent-replayed")), ("true", ""));
    assert_eq!(again.text, first.text);
    assert_eq!(total(f, "client", &partner).await, 1100);
    let other = put_once(&f.admin, &partner, &key, &text(&[line("other")])).await;
    assert_eq!(other.alias(409), "idempotency_key_reused");
    // A refusal is not remembered.
    let key = unique("key");
    put_once(&f.admin, &partner, &key, &text(&[line("c-0000")])).await.expect(409);
    assert_eq!(receipts(&put_once(&f.admin, &partner, &key, &text(&[line("d-0000")])).await).len(), 1);
    // At once from many sides.
    let (key, body) = (unique("key"), text(&[line("e-0000"), line("e-0001")]));
    let calls = (0..6).map(|_| put_once(&f.admin, &partner, &key, &body));
    let answers = futures::future::join_all(calls).await;
    assert!(answers.iter().all(|answer| answer.text == answers[0].text && receipts(answer).len() == 2));
}

pub(crate) async fn a_stream_is_for_the_partners_own(f: &Fixture) {
    let (own, other) = (f.partner().await, f.partner().await);
    let api = f.partner_admin(&own);
    put(&api, &other, &text(&[line("first")])).await.expect(404);
    put(&api, "nobody", &text(&[line("first")])).await.expect(404);
    let path = format!("/v1/partner/{own}/clients?partner={other}");
    api.call(Method::PUT, &path).text(&text(&[line("first")])).send().await.expect(400);
    assert_eq!(receipts(&put(&api, &own, &text(&[line("first")])).await).len(), 1);
    assert!(items(f.admin.get(&format!("/v1/client?partner={other}")).await.expect(200)).is_empty());
}

/// As many as a large partner has; the figure is printed.
pub(crate) async fn five_thousand_are_one_call(f: &Fixture) {
    let partner = f.partner().await;
    let body = text(&(0..5000).map(|index| line(&format!("c-{index:04}"))).collect::<Vec<_>>());
    let begun = std::time::Instant::now();
    let count = receipts(&put(&f.admin, &partner, &body).await).len();
    println!("{count} clients in one stream: {:?}", begun.elapsed());
    assert_eq!((count, total(f, "client", &partner).await), (5000, 5000));
    let page = f.admin.get(&format!("/v1/client?partner={partner}&limit=3&sort=-code")).await.expect(200);
    assert_eq!(column(page, "code"), ["c-4999", "c-4998", "c-4997"]);
}
