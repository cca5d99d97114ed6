//! Observations: taken once by (source, epoch, sequence), a batch whole or not at all.

use crate::fixture::{Fixture, START, observation, unique};
use serde_json::{Value, json};
use uuid::Uuid;

const PATH: &str = "/v1/observation";

fn vdc(sequence: i64, owner: &str) -> Value {
    observation(sequence, &Uuid::new_v4().to_string(), START, owner, json!({ "kind": "vdc" }))
}

async fn owner(f: &Fixture) -> String {
    let partner = f.partner().await;
    f.client(&partner, "first", "base").await;
    format!("{partner}/first/default")
}

pub(crate) async fn a_batch_is_taken_once(f: &Fixture) {
    let owner = owner(f).await;
    let feed = f.source().await;
    let (first, second) = (vdc(1, &owner), vdc(2, &owner));
    let batch = feed.batch(&[first.clone(), second.clone()]);
    let receipt = |accepted: i64, duplicates: i64| json!({ "accepted": accepted, "duplicates": duplicates });
    assert_eq!(f.admin.post(PATH, &batch).await.expect(201), receipt(2, 0));
    assert_eq!(f.admin.post(PATH, &batch).await.expect(201), receipt(0, 2));
    let third = vdc(3, &owner);
    let more = feed.batch(&[second.clone(), third.clone(), third.clone()]);
    assert_eq!(f.admin.post(PATH, &more).await.expect(201), receipt(1, 2));
    // A collector that starts again counts in an epoch of its own; what it sent in the old one still holds.
    let opened = f.admin.post("/v1/source", &json!({ "code": feed.code })).await.expect(201);
    assert_eq!((&opened["epoch"], &opened["last_sequence"]), (&json!(2), &json!(0)));
    assert_eq!(f.admin.post(PATH, &batch).await.expect(201), receipt(0, 2));
    let mut next = feed.batch(&[first]);
    next["epoch"] = json!(2);
    assert_eq!(f.admin.post(PATH, &next).await.expect(201), receipt(1, 0));
    next["epoch"] = json!(3);
    assert_eq!(f.admin.post(PATH, &next).await.fields(), ["epoch"]);
    next["source"] = json!(unique("nobody"));
    assert_eq!(f.admin.post(PATH, &next).await.fields(), ["source"]);
    // The same key at once: one is new.
    let batch = feed.batch(&[vdc(4, &owner)]);
    let deliveries = (0..8).map(|_| f.admin.post(PATH, &batch));
    let receipts = futures::future::join_all(deliveries).await;
    let accepted = receipts.into_iter().map(|receipt| receipt.expect(201)["accepted"].as_i64().unwrap());
    assert_eq!(accepted.sum::<i64>(), 1);
}

pub(crate) async fn a_batch_is_all_or_nothing(f: &Fixture) {
    let owner = owner(f).await;
    let feed = f.source().await;
    let taken = vdc(1, &owner);
    f.admin.post(PATH, &feed.batch(std::slice::from_ref(&taken))).await.expect(201);
    let good = vdc(2, &owner);
    let other_content = vdc(1, &owner);
    let refused = f.admin.post(PATH, &feed.batch(&[good.clone(), other_content])).await;
    assert!(refused.json["observations.1.sequence"].is_array(), "{}", refused.text);
    assert_eq!(refused.alias(409), "observation_conflict");
    // Another source's thing, and one that is gone and was never there.
    let mut stranger = f.source().await;
    let theirs = taken["resource"].as_str().unwrap();
    let stolen = observation(1, theirs, START, &owner, json!({ "kind": "vdc" }));
    let refused = f.admin.post(PATH, &stranger.batch(&[stolen])).await;
    assert!(refused.json["observations.0.resource"].is_array(), "{}", refused.text);
    assert_eq!(refused.alias(409), "observation_conflict");
    let gone = observation(3, &Uuid::new_v4().to_string(), START, &owner, json!(null));
    assert_eq!(
        f.admin.post(PATH, &feed.batch(&[good.clone(), gone])).await.alias(409),
        "observation_conflict"
    );
    // Every owner that is none is told of, each at its place.
    let batch =
        feed.batch(&[vdc(4, "a/b/c"), good.clone(), vdc(5, "nonsense"), vdc(6, &owner.to_uppercase())]);
    let fields = ["observations.0.owner", "observations.2.owner", "observations.3.owner"];
    assert_eq!(f.admin.post(PATH, &batch).await.fields(), fields);
    let mut bad = vdc(0, &owner);
    bad["observed_at"] = json!("now");
    bad["thing"] = json!({ "kind": "image" });
    let fields = f.admin.post(PATH, &feed.batch(&[bad])).await.fields();
    assert_eq!(fields, ["observations.0.observed_at", "observations.0.sequence", "observations.0.thing"]);
    assert_eq!(f.admin.post(PATH, &feed.batch(&[])).await.fields(), ["observations"]);
    // None of these left a trace: the good one is still new.
    let receipt = f.admin.post(PATH, &feed.batch(&[good])).await.expect(201);
    assert_eq!(receipt["accepted"], 1);
    stranger.tell(&Uuid::new_v4().to_string(), START, &owner, json!({ "kind": "vdc" })).await;
}

/// A fact that is delivered late changes the past, not what is there now.
pub(crate) async fn what_is_gone_stays_gone(f: &Fixture) {
    let owner = owner(f).await;
    let client = format!("/v1/client/first?partner={}", owner.split('/').next().unwrap());
    let feed = f.source().await;
    let id = Uuid::new_v4().to_string();
    let told = |sequence: i64, at: &str, thing: Value| observation(sequence, &id, at, &owner, thing);
    let (vdc, early) = (json!({ "kind": "vdc" }), "2021-12-20T08:00:00Z");
    let send = async |facts: &[Value]| {
        f.admin.post(PATH, &feed.batch(facts)).await.expect(201);
    };
    send(&[told(1, early, vdc.clone()), told(4, START, vdc.clone())]).await;
    send(&[told(3, "2021-12-20T08:30:00Z", json!(null))]).await;
    assert_eq!(f.admin.delete(&client).await.alias(409), "has_dependents", "it came back since");
    send(&[told(6, START, json!(null))]).await;
    send(&[told(5, START, vdc)]).await;
    f.admin.delete(&client).await.expect(204);
}
