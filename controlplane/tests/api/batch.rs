//! Batches: each operation as if it came alone, all in one transaction.

use crate::fixture::{Fixture, client_body, column, items, unique};
use serde_json::{Value, json};

fn create(partner: &str, code: &str, plan: &str) -> Value {
    json!({ "method": "POST", "path": "/v1/client", "body": client_body(partner, code, plan) })
}

async fn run(f: &Fixture, atomic: bool, operations: &[Value]) -> Vec<Value> {
    let body = json!({ "atomic": atomic, "operations": operations });
    let mut answer = f.admin.post("/v1/batch", &body).await.expect(200);
    let Value::Array(results) = answer["results"].take() else { panic!("no results") };
    results
}

fn statuses(results: &[Value]) -> Vec<i64> {
    results.iter().map(|result| result["status"].as_i64().unwrap()).collect()
}

async fn codes(f: &Fixture, partner: &str) -> Vec<String> {
    column(
        f.admin.get(&format!("/v1/client?partner={partner}&limit=1000&sort=code")).await.expect(200),
        "code",
    )
}

pub(crate) async fn an_operation_is_what_a_call_of_its_own_is(f: &Fixture) {
    let (partner, made) = (f.partner().await, unique("made"));
    let results = run(
        f,
        false,
        &[
            json!({ "method": "POST", "path": "/v1/partner", "body": { "code": made, "name": "Made" } }),
            // What an operation made is there for the next.
            json!({ "method": "POST", "path": "/v1/tariff_plan", "body": { "partner": made, "code": "gold", "name": "G" } }),
            create(&made, "first", "gold"),
            json!({ "method": "PATCH", "path": format!("/v1/client/first?partner={made}"), "body": { "name": "Second" }, "if_match": "\"1\"" }),
            json!({ "method": "PATCH", "path": format!("/v1/client/first?partner={made}"), "body": { "name": "Third" }, "if_match": "\"1\"" }),
            create(&partner, "second", "gold"),
            json!({ "method": "PUT", "path": format!("/v1/client/first?partner={made}"), "body": { "nam": "x" } }),
            json!({ "method": "DELETE", "path": format!("/v1/client/first?partner={made}") }),
            json!({ "method": "DELETE", "path": format!("/v1/client/first?partner={made}") }),
        ],
    )
    .await;
    assert_eq!(statuses(&results), [201, 201, 201, 200, 412, 400, 400, 204, 404], "{results:?}");
    assert_eq!((&results[3]["body"]["name"], &results[3]["etag"]), (&json!("Second"), &json!("\"2\"")));
    assert_eq!(results[4]["body"]["error_alias"], json!(["version_mismatch"]));
    assert!(results[5]["body"]["tariff_plan"][0].as_str().unwrap().contains("gold"), "{}", results[5]);
    assert_eq!(
        (&results[6]["body"]["nam"], &results[7]["body"]),
        (&json!(["There is no such field."]), &json!(null))
    );
    // Each was told by itself, as one call.
    let events = f.events(&results[2]["body"]["id"]).await;
    assert_eq!(column(json!({ "items": events }), "action"), ["delete", "update", "create"]);
    assert_eq!(events[0]["request_id"], events[2]["request_id"]);
    // What a single call answers, a batch answers.
    let one = f.admin.post("/v1/client", &client_body(&partner, "third", "base")).await.expect(201);
    let other = &run(f, false, &[create(&partner, "fourth", "base")]).await[0]["body"];
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&one), keys(other));
}

pub(crate) async fn a_refused_operation_leaves_no_trace(f: &Fixture) {
    let partner = f.partner().await;
    let key = unique("key");
    let mut refused = create(&partner, "first", "base");
    refused["body"]["allowed_hypervisors"] = json!(["nowhere"]);
    refused["idempotency_key"] = json!(key);
    let results = run(
        f,
        false,
        &[refused.clone(), create(&partner, "first", "base"), create(&partner, "first", "base")],
    )
    .await;
    assert_eq!(statuses(&results), [400, 201, 409]);
    assert_eq!(f.events(&results[1]["body"]["id"]).await.len(), 1);
    for noun in ["client", "contract", "project"] {
        let list = f.admin.get(&format!("/v1/{noun}?partner={partner}")).await.expect(200);
        assert_eq!(items(list).len(), 1, "{noun}");
    }
    // Its key is free.
    let mut again = create(&partner, "second", "base");
    again["idempotency_key"] = json!(key);
    assert_eq!(statuses(&run(f, false, &[again]).await), [201]);
}

pub(crate) async fn an_atomic_batch_is_all_or_nothing(f: &Fixture) {
    let partner = f.partner().await;
    let operations = [
        create(&partner, "first", "base"),
        create(&partner, "second", "none"),
        create(&partner, "third", "base"),
    ];
    let newest =
        f.admin.get("/v1/event?object_kind=client&limit=1").await.expect(200)["items"][0]["id"].clone();
    let results = run(f, true, &operations).await;
    assert_eq!(statuses(&results), [424, 400, 424]);
    let why = results[2]["body"]["detail"].as_str().unwrap();
    assert!(why.contains("operation 1"), "{why}");
    assert!(codes(f, &partner).await.is_empty());
    assert_eq!(
        f.admin.get("/v1/event?object_kind=client&limit=1").await.expect(200)["items"][0]["id"],
        newest
    );
    let results = run(f, true, &[operations[0].clone(), operations[2].clone()]).await;
    assert_eq!(statuses(&results), [201, 201]);
    assert_eq!(codes(f, &partner).await, ["first", "third"]);
}

/// Keys are the same whether an operation comes alone or in a batch, at once or later.
pub(crate) async fn a_key_counts_in_and_out_of_batches(f: &Fixture) {
    let partner = f.partner().await;
    let (one, other) = (unique("key"), unique("key"));
    let mut operation = create(&partner, "first", "base");
    operation["idempotency_key"] = json!(one);
    let batch = run(f, false, &[operation.clone(), operation.clone()]).await;
    assert_eq!(
        (statuses(&batch), &batch[0]["replayed"], &batch[1]["replayed"]),
        (vec![201, 201], &json!(false), &json!(true))
    );
    assert_eq!((&batch[0]["body"], &batch[0]["etag"]), (&batch[1]["body"], &batch[1]["etag"]));
    // However the body is spaced.
    let body = serde_json::to_string_pretty(&operation["body"]).unwrap();
    let call = f.admin.call(reqwest::Method::POST, "/v1/client").header("idempotency-key", &one).text(&body);
    let single = call.send().await;
    assert_eq!(single.header("idempotent-replayed"), "true");
    assert_eq!(single.expect(201), batch[0]["body"]);
    operation["body"]["name"] = json!("Another");
    let reused = &run(f, false, &[operation]).await[0];
    assert_eq!(reused["body"]["error_alias"], json!(["idempotency_key_reused"]));
    // At once, from many sides.
    let body = client_body(&partner, "second", "base");
    let mut operation = create(&partner, "second", "base");
    operation["idempotency_key"] = json!(other);
    let singles = (0..4).map(|_| f.admin.post_once("/v1/client", &other, &body));
    let operations = [operation];
    let batches = (0..4).map(|_| run(f, false, &operations));
    let (singles, batches) =
        futures::future::join(futures::future::join_all(singles), futures::future::join_all(batches)).await;
    let mut ids: Vec<Value> = singles.into_iter().map(|answer| answer.expect(201)["id"].take()).collect();
    ids.extend(batches.into_iter().map(|mut results| results[0]["body"]["id"].take()));
    assert!(ids.iter().all(|id| *id == ids[0] && id.is_string()), "{ids:?}");
    // The key of the batch itself.
    let body = json!({ "operations": [create(&partner, "third", "base")] });
    let key = unique("key");
    let first = f.admin.post_once("/v1/batch", &key, &body).await;
    let again = f.admin.post_once("/v1/batch", &key, &body).await;
    assert_eq!((again.header("idempotent-replayed"), &again.text), ("true", &first.text));
    assert_eq!(codes(f, &partner).await, ["first", "second", "third"]);
}

pub(crate) async fn what_cannot_be_in_a_batch_is_named(f: &Fixture) {
    let operation = |method: &str, path: &str| json!({ "method": method, "path": path });
    let body = json!({ "operations": [
        operation("DELETE", "/v1/client/a"), operation("POST", "/v1/nothing"), operation("POST", "/v1/batch"),
        operation("DELETE", "/v1/client"), operation("DELETE", "/v1/client/a?dry_run=true"),
        operation("DELETE", "https://elsewhere.example/v1/client/a"), operation("POST", "v1/client"),
        operation("PUT", "/v1/partner/a/clients"),
    ] });
    let fields = f.admin.post("/v1/batch", &body).await.fields();
    let expected: Vec<String> = (1..8).map(|index| format!("operations.{index}.path")).collect();
    assert_eq!(fields, expected);
    let body = json!({ "operations": [operation("GET", "/v1/client"), { "method": "POST", "paths": "/v1/client" }] });
    let fields = f.admin.post("/v1/batch", &body).await.fields();
    assert_eq!(fields, ["operations.0.method", "operations.1.path", "operations.1.paths"]);
    assert_eq!(f.admin.post("/v1/batch", &json!({ "operations": [] })).await.fields(), ["operations"]);
    let many = vec![operation("DELETE", "/v1/client/a"); 1001];
    assert_eq!(f.admin.post("/v1/batch", &json!({ "operations": many })).await.fields(), ["operations"]);
    let long = "x".repeat(9 << 20);
    f.admin.post("/v1/batch", &json!({ "operations": [], "x": long })).await.expect(400);
}

/// A batch asks each operation for what its caller may.
pub(crate) async fn a_caller_may_in_a_batch_what_it_may_alone(f: &Fixture) {
    let (own, other) = (f.partner().await, f.partner().await);
    f.client(&other, "hidden", "base").await;
    let api = f.partner_admin(&own);
    let body = json!({ "operations": [
        create(&own, "first", "base"),
        create(&other, "first", "base"),
        { "method": "DELETE", "path": format!("/v1/client/hidden?partner={other}") },
        { "method": "DELETE", "path": "/v1/client/hidden" },
        { "method": "POST", "path": "/v1/partner", "body": { "code": unique("p"), "name": "P" } },
        { "method": "DELETE", "path": format!("/v1/partner/{own}") },
        { "method": "DELETE", "path": format!("/v1/partner/{other}") },
    ] });
    let results = api.post("/v1/batch", &body).await.expect(200);
    let Value::Array(results) = &results["results"] else { panic!("no results") };
    assert_eq!(statuses(results), [201, 400, 400, 404, 403, 403, 404], "{results:?}");
}

/// A thousand creations are one call of well under a second on a machine that does nothing else.
pub(crate) async fn a_thousand_creations_are_one_call(f: &Fixture) {
    let partner = f.partner().await;
    let operations: Vec<Value> =
        (0..1000).map(|index| create(&partner, &format!("c-{index:04}"), "base")).collect();
    let begun = std::time::Instant::now();
    let results = run(f, true, &operations).await;
    println!("1000 creations in a batch: {:?}", begun.elapsed());
    assert!(results.iter().all(|result| result["status"] == 201));
    assert_eq!(codes(f, &partner).await.len(), 1000);
}
