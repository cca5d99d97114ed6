//! The audit log: one event for every mutation, and no secret in it.

use crate::fixture::{Fixture, START, column, items, observation, unique};
use reqwest::Method;
use serde_json::{Value, json};

/// What an event tells of an object: a hypervisor's collection is no part of it.
fn told_of(answer: &Value) -> Value {
    let mut object = answer.clone();
    if let Some(collector) = object.get_mut("collector") {
        *collector = Value::Null;
    }
    object
}

/// The newest events, but for those of collectors, which nobody waits for.
async fn newest(f: &Fixture) -> Vec<Value> {
    let mut events = items(f.admin.get("/v1/event?limit=20").await.expect(200));
    events.retain(|event| event["object_kind"] != "collector");
    events
}

/// Runs one mutation; the newest event must tell of it.
async fn told(f: &Fixture, method: Method, path: &str, body: &Value) -> (Value, Value) {
    let id = uuid::Uuid::new_v4().to_string();
    let api = f.admin.with_agent("audit-test/1");
    let answer = api.call(method, path).header("x-request-id", &id).json(body).send().await;
    assert!((200..300).contains(&answer.status), "{path}: {}", answer.text);
    assert_eq!(answer.header("x-request-id"), id);
    let newest = newest(f).await;
    assert_eq!(
        (&newest[0]["request_id"], &newest[0]["client"]),
        (&json!(id), &json!("audit-test/1")),
        "{path}"
    );
    assert_ne!(newest[1]["request_id"], id, "one event for one mutation");
    assert_eq!((&newest[0]["actor"], &newest[0]["at"]), (&json!("admin"), &json!(START)));
    (answer.json, newest[0].clone())
}

pub(crate) async fn every_mutation_is_told(f: &Fixture) {
    let partner = f.partner().await;
    let bodies = [
        (
            "hypervisor",
            json!({ "code": unique("kvm"), "type": "kvm", "name": "A", "uri": "test+tcp://127.0.0.1:9/default" }),
        ),
        ("partner", json!({ "code": unique("partner"), "name": "A" })),
        (
            "tariff_plan",
            json!({ "partner": partner, "code": "gold", "name": "A", "services": { "vdc": { "price": "1" } } }),
        ),
        ("client", json!({ "partner": partner, "code": "first", "name": "A", "tariff_plan": "base" })),
    ];
    for (noun, body) in &bodies {
        let (made, event) = told(f, Method::POST, &format!("/v1/{noun}"), body).await;
        assert_eq!((&event["action"], &event["object_kind"]), (&json!("create"), &json!(noun)));
        assert_eq!((&event["before"], &event["object_id"]), (&json!(null), &made["id"]));
        assert_eq!(event["after"], told_of(&made));
        assert_eq!(event["object_name"], body["code"]);
        let path = format!("/v1/{noun}/{}", made["id"].as_str().unwrap());
        let (patched, event) = told(f, Method::PATCH, &path, &json!({ "name": "B" })).await;
        assert_eq!(event["action"], "update");
        assert_eq!((&event["before"], &event["after"]), (&told_of(&made), &told_of(&patched)));
        let mut full = body.clone();
        for fixed in ["code", "type", "partner"] {
            full.as_object_mut().unwrap().remove(fixed);
        }
        let (put, event) = told(f, Method::PUT, &path, &full).await;
        assert_eq!((&event["before"], &event["after"]), (&told_of(&patched), &told_of(&put)));
        let (_, event) = told(f, Method::DELETE, &path, &json!(null)).await;
        assert_eq!((&event["action"], &event["after"]), (&json!("delete"), &json!(null)));
        assert_eq!(event["before"], told_of(&put));
        let mut events = f.events(&made["id"]).await;
        events.retain(|event| event["object_kind"] == *noun);
        assert_eq!(column(json!({ "items": events }), "action"), ["delete", "update", "update", "create"]);
    }
    of_a_public_key(f).await;
    f.client(&partner, "second", "base").await;
    let (source, event) = told(f, Method::POST, "/v1/source", &json!({ "code": unique("feed") })).await;
    assert_eq!((&event["object_kind"], &event["after"]), (&json!("source"), &source));
    let seen = observation(
        1,
        &uuid::Uuid::new_v4().to_string(),
        START,
        &format!("{partner}/second/default"),
        json!({ "kind": "vdc" }),
    );
    let batch = json!({ "source": source["code"], "epoch": source["epoch"], "observations": [seen] });
    let (_, event) = told(f, Method::POST, "/v1/observation", &batch).await;
    assert_eq!((&event["object_kind"], &event["after"]["accepted"]), (&json!("observation"), &json!(1)));
    let (_, event) = told(f, Method::PUT, "/v1/clock", &json!({ "now": START })).await;
    assert_eq!((&event["object_kind"], &event["after"]["now"]), (&json!("clock"), &json!(START)));
    // What is refused is not told.
    let before = newest(f).await[0]["id"].clone();
    f.admin.post("/v1/source", &json!({})).await.expect(400);
    f.admin.delete(&format!("/v1/partner/{partner}")).await.expect(409);
    assert_eq!(newest(f).await[0]["id"], before);
}

/// A public key is told of by its name, and a pair without its private half.
async fn of_a_public_key(f: &Fixture) {
    let (mut made, event) = told(f, Method::POST, "/v1/account/me/key", &json!({ "name": "A" })).await;
    assert!(made.as_object_mut().unwrap().remove("private_key").unwrap().is_string());
    assert_eq!((&event["action"], &event["object_kind"]), (&json!("create"), &json!("public_key")));
    assert_eq!(
        (&event["object_name"], &event["before"], &event["after"]),
        (&json!("A"), &json!(null), &made)
    );
    let path = format!("/v1/public_key/{}", made["id"].as_str().unwrap());
    let (renamed, event) = told(f, Method::PUT, &path, &json!({ "name": "B" })).await;
    assert_eq!((&event["action"], &event["before"], &event["after"]), (&json!("update"), &made, &renamed));
    let (_, event) = told(f, Method::DELETE, &path, &json!(null)).await;
    assert_eq!(
        (&event["action"], &event["before"], &event["after"]),
        (&json!("delete"), &renamed, &json!(null))
    );
}

pub(crate) async fn secrets_are_in_no_answer_event_or_log(f: &Fixture) {
    let (first, second) = ("correct-horse-7431", "battery-staple-9052");
    let mut body = json!({
        "code": unique("kvm"), "type": "kvm", "name": "KVM", "uri": "qemu+tcp://127.0.0.1:9/system",
        "username": "root", "password": first, "password_version": 1,
    });
    let made = f.admin.post_once("/v1/hypervisor", &unique("key"), &body).await;
    let path = format!("/v1/hypervisor/{}", made.json["id"].as_str().unwrap());
    let patched = f.admin.patch(&path, &json!({ "password": second, "password_version": 2 })).await;
    body["password_version"] = json!({ "not": "a number" });
    let refused = f.admin.post("/v1/hypervisor", &body).await;
    let broken = f
        .admin
        .call(Method::POST, "/v1/hypervisor")
        .text(&format!("{{\"password\":\"{first}\",}}"))
        .send()
        .await;
    let events = f.admin.get("/v1/event?limit=1000").await;
    let token = f.server.cli(&["admin", "token", "--login", "x", "--role", "platform_admin"]).unwrap();
    f.admin.with_token(&token).get("/v1/account/me").await.expect(200);
    let log = f.server.log();
    for text in [made.text, patched.text, refused.text, broken.text, events.text, log] {
        for secret in [first, second, token.as_str(), f.server.token()] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
}

pub(crate) async fn a_partner_reads_its_own_events(f: &Fixture) {
    let (one, other) = (f.partner().await, f.partner().await);
    f.client(&one, "first", "base").await;
    let api = f.partner_admin(&other);
    let events = items(api.get("/v1/event?limit=1000").await.expect(200));
    // Its partner, its plan and its administrator's token.
    assert_eq!(column(json!({ "items": events }), "object_kind"), ["token", "tariff_plan", "partner"]);
    let mut cursor = String::new();
    let mut ids = Vec::new();
    loop {
        let page = format!("/v1/event?object_kind=partner&limit=2&cursor={cursor}");
        let page = f.admin.get(&page).await.expect(200);
        ids.extend(items(page.clone()).iter().map(|event| event["id"].as_i64().unwrap()));
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = next.to_owned();
    }
    assert!(ids.is_sorted_by(|a, b| a > b), "the newest first, none twice");
    assert!(ids.len() > 2, "more than a page");
    assert_eq!(f.admin.get("/v1/event?object_kind=partner").await.expect(200)["total"], ids.len());
}

/// Who changed what outside of Terraform, and when (2-18).
pub(crate) async fn events_are_filtered(f: &Fixture) {
    let partner = f.partner().await;
    let client = f.client(&partner, "first", "base").await;
    let path = format!("/v1/client/{}", client["id"].as_str().unwrap());
    let by_hand = f.partner_admin(&partner).with_agent("browser/7");
    f.at("2021-12-20T09:30:00Z").await;
    by_hand.patch(&path, &json!({ "name": "Renamed" })).await.expect(200);
    f.at("2021-12-20T10:00:00Z").await;
    f.admin.patch(&path, &json!({ "name": "Again" })).await.expect(200);
    let list = async |query: &str| {
        let path = format!("/v1/event?partner={partner}&object_kind=client&{query}");
        items(f.admin.get(&path).await.expect(200))
    };
    let names = |events: Vec<Value>| -> Vec<String> {
        events.iter().map(|event| event["after"]["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(list("").await), ["Again", "Renamed", "first"]);
    assert_eq!(names(list("actor=admin").await), ["Again", "first"]);
    assert_eq!(names(list("action=update").await), ["Again", "Renamed"]);
    assert_eq!(names(list("from=2021-12-20T09:30:00Z&to=2021-12-20T10:00:00Z").await), ["Renamed"]);
    let last = &list("limit=1&actor=".to_owned().as_str()).await;
    assert!(last.is_empty(), "nobody is nobody");
    let id = client["id"].as_str().unwrap();
    let last =
        items(f.admin.get(&format!("/v1/event?object_id={id}&action=update&limit=2")).await.expect(200));
    let outside = &last[1];
    assert_eq!(
        (&outside["actor"], &outside["client"]),
        (&json!(format!("{partner}-admin")), &json!("browser/7"))
    );
    assert_eq!(
        (&outside["at"], &outside["before"]["name"]),
        (&json!("2021-12-20T09:30:00Z"), &json!("first"))
    );
    assert_eq!(by_hand.get("/v1/event?from=yesterday").await.status, 400);
    assert_eq!(by_hand.get("/v1/event?partner=nowhere").await.fields(), ["partner"]);
}
