//! Idempotency keys: a creation that is repeated is done once.

use crate::fixture::{Fixture, client_body, items, unique};
use reqwest::Method;
use serde_json::json;
use std::{collections::BTreeSet, time::Duration};

pub(crate) async fn a_repetition_has_the_same_answer(f: &Fixture) {
    let partner = f.partner().await;
    let (body, key) = (client_body(&partner, "first", "base"), unique("key"));
    let first = f.admin.post_once("/v1/client", &key, &body).await;
    let again = f.admin.post_once("/v1/client", &key, &body).await;
    assert_eq!((first.status, first.header("idempotent-replayed")), (201, ""));
    assert_eq!((again.status, again.header("idempotent-replayed")), (201, "true"));
    assert_eq!((&first.text, first.header("etag")), (&again.text, again.header("etag")));
    assert_eq!(f.events(&first.json["id"]).await.len(), 1);
    // The same key for something else.
    let other = client_body(&partner, "second", "base");
    assert_eq!(f.admin.post_once("/v1/client", &key, &other).await.alias(409), "idempotency_key_reused");
    let elsewhere = f.admin.post_once("/v1/tariff_plan", &key, &body).await;
    assert!([400, 409].contains(&elsewhere.status), "{}", elsewhere.text);
    // Another caller's key is another key.
    let mine = f.partner_admin(&partner);
    mine.post_once("/v1/client", &key, &other).await.expect(201);
    for bad in ["", "tab\tkey", &"k".repeat(256)] {
        f.admin.post_once("/v1/client", bad, &body).await.expect(400);
    }
    f.admin
        .post_once("/v1/client", &"k".repeat(255), &client_body(&partner, "third", "base"))
        .await
        .expect(201);
    // Observations and sources are creations too.
    let source = json!({ "code": unique("feed") });
    for epoch in [1, 1] {
        let opened = f.admin.post_once("/v1/source", &format!("{key}-source"), &source).await.expect(201);
        assert_eq!(opened["epoch"], epoch);
    }
}

pub(crate) async fn one_key_at_once_makes_one_object(f: &Fixture) {
    let partner = f.partner().await;
    for round in 0..5 {
        let (body, key) = (client_body(&partner, &format!("c-{round}"), "base"), unique("key"));
        let calls = (0..8).map(|_| f.admin.post_once("/v1/client", &key, &body));
        let answers = futures::future::join_all(calls).await;
        let texts: BTreeSet<&String> = answers.iter().map(|answer| &answer.text).collect();
        assert_eq!(texts.len(), 1, "{texts:?}");
        let replayed = answers.iter().filter(|answer| answer.header("idempotent-replayed") == "true").count();
        assert!(answers.iter().all(|answer| answer.status == 201) && replayed == 7);
        assert_eq!(f.events(&answers[0].json["id"]).await.len(), 1);
    }
}

pub(crate) async fn a_key_dies_with_its_object(f: &Fixture) {
    let partner = f.partner().await;
    let key = unique("key");
    let plan = json!({ "partner": partner, "code": "gold", "name": "Gold" });
    let hypervisor = json!({
        "code": unique("kvm"), "type": "kvm", "name": "KVM", "uri": "test+tcp://127.0.0.1:9/default",
    });
    let bodies = [
        ("partner", json!({ "code": unique("partner"), "name": "P" })),
        ("tariff_plan", plan),
        ("client", client_body(&partner, "first", "base")),
        ("hypervisor", hypervisor),
    ];
    for (noun, body) in bodies {
        let path = format!("/v1/{noun}");
        let key = format!("{key}-{noun}");
        let first = f.admin.post_once(&path, &key, &body).await.expect(201);
        f.admin.delete(&format!("{path}/{}", first["id"].as_str().unwrap())).await.expect(204);
        let second = f.admin.post_once(&path, &key, &body).await;
        assert_eq!(second.header("idempotent-replayed"), "", "{noun}");
        assert_ne!(second.expect(201)["id"], first["id"]);
    }
}

pub(crate) async fn what_there_is_one_of_is_created_once(f: &Fixture) {
    let partner = f.partner().await;
    let (path, key) = (format!("/v1/partner/{partner}/client_defaults"), unique("key"));
    let set = |body: serde_json::Value| {
        let call = f.admin.call(Method::PUT, &path).header("if-none-match", "*");
        let call = call.header("idempotency-key", &key);
        async move { call.json(&body).send().await }
    };
    let first = set(json!({ "balance": "5" })).await;
    let again = set(json!({ "balance": "5" })).await;
    assert_eq!((first.status, first.header("idempotent-replayed")), (200, ""), "{}", first.text);
    assert_eq!((again.status, again.header("idempotent-replayed")), (200, "true"), "{}", again.text);
    assert_eq!((&first.text, first.header("etag")), (&again.text, again.header("etag")));
    assert_eq!(set(json!({ "balance": "6" })).await.alias(409), "idempotency_key_reused");
    let unkeyed = f.admin.call(Method::PUT, &path).header("if-none-match", "*");
    assert_eq!(unkeyed.json(&json!({ "balance": "5" })).send().await.alias(412), "already_set");
    // Its key dies with what was set: the same call sets it anew.
    f.admin.delete(&path).await.expect(204);
    let anew = set(json!({ "balance": "5" })).await;
    assert_eq!((anew.status, anew.header("idempotent-replayed")), (200, ""), "{}", anew.text);
    // A PUT that may replace something does what it says, whatever its key.
    let replaced = f.admin.call(Method::PUT, &path).header("idempotency-key", &key);
    let replaced = replaced.json(&json!({ "balance": "7" })).send().await.expect(200);
    assert_eq!(replaced["balance"], "7");
}

pub(crate) async fn a_refusal_is_not_remembered(f: &Fixture) {
    let partner = f.partner().await;
    let (body, key) = (client_body(&partner, "first", "gold"), unique("key"));
    f.admin.post_once("/v1/client", &key, &body).await.expect(400);
    f.plan(&partner, "gold", &json!({})).await;
    f.admin.post_once("/v1/client", &key, &body).await.expect(201);
}

/// Callers that hang up at any moment: the repetition finds what was done, or does it.
pub(crate) async fn a_caller_that_goes_away_leaves_all_or_nothing(f: &Fixture) {
    let partner = f.partner().await;
    let bodies: Vec<_> = (0..40).map(|index| client_body(&partner, &format!("c-{index}"), "base")).collect();
    for (index, body) in bodies.iter().enumerate() {
        let call =
            f.admin.call(Method::POST, "/v1/client").header("idempotency-key", &format!("{partner}-{index}"));
        let patience = Duration::from_micros(400 * u64::try_from(index).unwrap());
        // The connection is closed where the time runs out.
        let _ = tokio::time::timeout(patience, call.json(body).send()).await;
    }
    for (index, body) in bodies.iter().enumerate() {
        let made = f.admin.post_once("/v1/client", &format!("{partner}-{index}"), body).await.expect(201);
        assert_eq!(f.events(&made["id"]).await.len(), 1);
    }
    for noun in ["client", "contract", "project"] {
        let list = f.admin.get(&format!("/v1/{noun}?partner={partner}&limit=1000")).await.expect(200);
        assert_eq!(items(list).len(), bodies.len(), "{noun}");
    }
}

/// Once its outcome is safe with the caller, a creation may be forgotten: its equal is then another one.
pub(crate) async fn a_caller_forgets_its_own_keys(f: &Fixture) {
    let partner = f.partner().await;
    let (body, key) = (client_body(&partner, "first", "base"), unique("key"));
    let made = f.admin.post_once("/v1/client", &key, &body).await.expect(201);
    let forget = json!({ "keys": [key, unique("unknown")] });
    // Another caller's keys are none of one's business.
    f.partner_admin(&partner).post("/v1/idempotency/forget", &forget).await.expect(204);
    let again = f.admin.post_once("/v1/client", &key, &body).await;
    assert_eq!((again.header("idempotent-replayed"), &again.json["id"]), ("true", &made["id"]));
    let events = f.events(&made["id"]).await.len();
    f.admin.post("/v1/idempotency/forget", &forget).await.expect(204);
    f.admin.post("/v1/idempotency/forget", &forget).await.expect(204);
    assert_eq!(f.admin.post_once("/v1/client", &key, &body).await.alias(409), "code_taken");
    assert_eq!(f.events(&made["id"]).await.len(), events);
    // The same by what was made.
    let (body, key) = (client_body(&partner, "second", "base"), unique("key"));
    let made = f.admin.post_once("/v1/client", &key, &body).await.expect(201);
    let forget = json!({ "objects": [made["id"], uuid::Uuid::new_v4()] });
    f.partner_admin(&partner).post("/v1/idempotency/forget", &forget).await.expect(204);
    let again = f.admin.post_once("/v1/client", &key, &body).await;
    assert_eq!(again.header("idempotent-replayed"), "true");
    f.admin.post("/v1/idempotency/forget", &forget).await.expect(204);
    assert_eq!(f.admin.post_once("/v1/client", &key, &body).await.alias(409), "code_taken");
    let many = json!({ "keys": vec!["k"; 1001] });
    for bad in [json!({}), json!({ "keys": [] }), many, json!({ "keys": [1] }), json!({ "objects": ["a"] })] {
        f.admin.post("/v1/idempotency/forget", &bad).await.expect(400);
    }
}

/// A key is kept for a day, and then forgotten.
pub(crate) async fn a_key_is_forgotten_after_a_day(f: &Fixture) {
    let mut own = f.another();
    let body = json!({ "code": "acme", "name": "Acme" });
    own.admin.post_once("/v1/partner", "key", &body).await.expect(201);
    own.at("2021-12-21T08:00:00Z").await;
    own.admin.post_once("/v1/partner", "fresh", &json!({ "code": "later", "name": "L" })).await.expect(201);
    own.at("2021-12-21T09:00:01Z").await;
    // Old keys are looked for when the server starts, and from time to time.
    own.server.restart().unwrap();
    let begun = std::time::Instant::now();
    loop {
        let again = own.admin.post_once("/v1/partner", "key", &body).await;
        if again.status == 409 {
            assert_eq!(again.alias(409), "code_taken");
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "{}", again.text);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let fresh = own.admin.post_once("/v1/partner", "fresh", &json!({ "code": "later", "name": "L" })).await;
    assert_eq!(fresh.header("idempotent-replayed"), "true");
}
