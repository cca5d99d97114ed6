//! Dry runs: every mutation answers as if it were done, and changes nothing.

use crate::{
    fixture::{Fixture, client_body, unique},
    roles::World,
};
use reqwest::Method;
use schemas::registry::endpoints;
use serde_json::json;

/// Everything that lists show of which things there are, in which version, what was told, and what time it is.
async fn digest(f: &Fixture) -> Vec<String> {
    let mut lines = vec![f.admin.get("/v1/clock").await.text];
    for endpoint in endpoints() {
        if endpoint.method != Method::GET || !endpoint.id.ends_with(".list") {
            continue;
        }
        let path = endpoint.path.replace("{id}", "me");
        let page = f.admin.get(&format!("{path}?limit=1000")).await;
        let page = if page.status == 400 { f.admin.get(&path).await } else { page }.expect(200);
        // Collectors work on their own.
        let items = page["items"].as_array().into_iter().flatten();
        let items: Vec<_> = items.filter(|item| item["object_kind"] != "collector").collect();
        lines.push(format!("{} {}", endpoint.id, items.len()));
        lines.extend(items.iter().map(|item| format!("{} {} {}", endpoint.id, item["id"], item["version"])));
    }
    lines
}

/// Every mutation of the registry, once tried and once done: the same status, and no row is another after the first.
pub(crate) async fn every_mutation_can_be_tried(f: &Fixture) {
    let world = World::new(f).await;
    for endpoint in endpoints().into_iter().filter(|endpoint| endpoint.method != Method::GET) {
        let (path, body) = world.request(&endpoint).await;
        let separator = if path.contains('?') { '&' } else { '?' };
        let tried = format!("{path}{separator}dry_run=true");
        let before = digest(f).await;
        let call = async |path: &str| {
            let call = f.admin.call(endpoint.method.clone(), path).header("idempotency-key", &unique("dry"));
            match &body {
                Some(body) => call.text(&body.to_string()).send().await,
                None => call.send().await,
            }
        };
        let dry = call(&tried).await;
        assert_eq!(digest(f).await, before, "{}", endpoint.id);
        let wet = call(&path).await;
        assert_eq!(dry.status, wet.status, "{}: {}", endpoint.id, dry.text);
        if wet.status < 300 {
            assert_eq!(
                (dry.header("esu-dry-run"), wet.header("esu-dry-run")),
                ("true", ""),
                "{}",
                endpoint.id
            );
            assert_eq!(dry.header("etag"), wet.header("etag"), "{}", endpoint.id);
            // The batch of this world holds an operation that is refused, no list shows keys, and access that was taken up
            // needs no invitation.
            let silent = ["access.resend_invitation", "batch.run", "idempotency.forget"];
            if !silent.contains(&endpoint.id) {
                assert_ne!(digest(f).await, before, "{} changes nothing at all", endpoint.id);
            }
        }
    }
}

pub(crate) async fn a_dry_run_claims_no_key_and_tells_nobody(f: &Fixture) {
    let (partner, key) = (f.partner().await, unique("key"));
    let body = client_body(&partner, "first", "base");
    let tried = f.admin.post_once("/v1/client?dry_run=true", &key, &body).await.expect(201);
    let made = f.admin.post_once("/v1/client?dry_run=false", &key, &body).await;
    assert_eq!(made.header("idempotent-replayed"), "");
    let made = made.expect(201);
    assert_ne!(made["id"], tried["id"]);
    // A key that was only tried to be forgotten is known.
    let keys = json!({ "keys": [key] });
    f.admin.post("/v1/idempotency/forget?dry_run=true", &keys).await.expect(204);
    // What was done before is answered, tried or not.
    let again = f.admin.post_once("/v1/client?dry_run=true", &key, &body).await;
    assert_eq!((again.header("idempotent-replayed"), again.header("esu-dry-run")), ("true", "true"));
    assert_eq!(again.expect(201), made);
    // The clock of the running server stands.
    let clock = f.admin.get("/v1/clock").await.expect(200);
    f.admin.put("/v1/clock?dry_run=true", &json!({ "now": "2022-01-01T00:00:00Z" })).await.expect(200);
    assert_eq!(f.admin.get("/v1/clock").await.expect(200), clock);
    assert_eq!(f.admin.post("/v1/client?dry_run=maybe", &body).await.fields(), ["dry_run"]);
    f.admin.get("/v1/client?dry_run=true").await.expect(400);
    // A batch is tried as a whole: what one made is there for the next.
    let batch = json!({ "operations": [
        { "method": "POST", "path": "/v1/client", "body": client_body(&partner, "second", "base") },
        { "method": "DELETE", "path": format!("/v1/client/second?partner={partner}") },
        { "method": "DELETE", "path": format!("/v1/client/third?partner={partner}") },
    ] });
    let before = digest(f).await;
    let answer = f.admin.post("/v1/batch?dry_run=true", &batch).await;
    assert_eq!(answer.header("esu-dry-run"), "true");
    let results = answer.expect(200);
    let statuses: Vec<_> =
        (0..3).map(|index| results["results"][index]["status"].as_i64().unwrap()).collect();
    assert_eq!(statuses, [201, 204, 404]);
    assert_eq!(digest(f).await, before);
}
