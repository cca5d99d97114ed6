//! Tokens: shown once, kept as hashes, listed, revoked and ended.

use crate::{
    fixture::{Fixture, items, unique},
    user::{domain, user},
};
use serde_json::{Value, json};
use testkit::api::Api;

fn text(made: &Value) -> String {
    made["token"].as_str().unwrap().to_owned()
}

async fn tokens(api: &Api, account: &str) -> Vec<Value> {
    items(api.get(&format!("/v1/account/{account}/token?limit=1000")).await.expect(200))
}

pub(crate) async fn a_token_is_shown_once_and_revoked(f: &Fixture) {
    let f = f.another();
    let made = f.admin.post("/v1/account/me/token", &json!({ "label": "CI" })).await.expect(201);
    let (token, id) = (text(&made), &made["id"]);
    assert!(token.starts_with("esu_") && token.len() == 47, "256 bits: {token}");
    assert!(token.starts_with(made["prefix"].as_str().unwrap()));
    assert_eq!((&made["expires_at"], &made["last_used_at"]), (&json!(null), &json!(null)));
    let api = f.admin.with_token(&token);
    assert_eq!(api.get("/v1/account/me").await.expect(200)["login"], "admin");
    let listed = tokens(&f.admin, "admin").await;
    assert_eq!((&listed[0]["id"], &listed[0]["label"]), (id, &json!("CI")));
    assert_eq!(listed[0]["last_used_at"], json!("2021-12-20T09:00:00Z"));
    assert_eq!(listed[0]["token"], json!(null), "{listed:?}");
    // A key that is repeated makes another one: what is shown once is kept nowhere.
    let key = unique("key");
    let body = json!({ "label": "twice" });
    let first = f.admin.post_once("/v1/account/me/token", &key, &body).await.expect(201);
    let second = f.admin.post_once("/v1/account/me/token", &key, &body).await.expect(201);
    assert!(first["id"] != second["id"] && first["token"] != second["token"]);
    for answer in [
        f.admin.get("/v1/event?limit=1000").await.text,
        f.admin.get("/v1/account/me/token?limit=1000").await.text,
        f.server.log(),
    ] {
        assert!(!answer.contains(&token) && !answer.contains(&text(&first)), "{answer}");
    }
    f.admin.delete(&format!("/v1/account/me/token/{id}")).await.expect(204);
    assert_eq!(api.get("/v1/account/me").await.status, 401);
    for gone in [id.to_string(), "0".to_owned(), "none".to_owned()] {
        assert_eq!(f.admin.delete(&format!("/v1/account/me/token/{gone}")).await.status, 404);
    }
    let told = items(f.admin.get("/v1/event?object_kind=token").await.expect(200));
    let told: Vec<_> = told.iter().map(|event| &event["action"]).collect();
    assert_eq!(told, ["delete", "create", "create", "create", "create"]);
    // One that ends is refused from then on, and no longer listed.
    let body = json!({ "label": "short", "valid_for": "1h" });
    let made = f.admin.post("/v1/account/me/token", &body).await.expect(201);
    let api = f.admin.with_token(&text(&made));
    assert_eq!(made["expires_at"], json!("2021-12-20T10:00:00Z"));
    f.at("2021-12-20T09:59:59Z").await;
    api.get("/v1/account/me").await.expect(200);
    f.at("2021-12-20T10:00:00Z").await;
    assert_eq!(api.get("/v1/account/me").await.status, 401);
    assert!(tokens(&f.admin, "me").await.iter().all(|token| token["id"] != made["id"]));
    for valid_for in ["59s", "0s", "soon"] {
        let body = json!({ "label": "wrong", "valid_for": valid_for });
        assert_eq!(f.admin.post("/v1/account/me/token", &body).await.fields(), ["valid_for"]);
    }
}

/// A partner's administrator makes tokens for its users (7.9-01), and for nobody who may do more.
pub(crate) async fn a_partner_makes_tokens_for_its_users(f: &Fixture) {
    let (partner, other) = (f.partner().await, f.partner().await);
    let (owner, stranger) = (f.partner_admin(&partner), f.partner_admin(&other));
    let login = unique("user");
    user(&owner, &domain(f, &partner).await, &login).await;
    let path = format!("/v1/account/{login}/token");
    let made = owner.post(&path, &json!({ "label": "Terraform" })).await.expect(201);
    assert_eq!(
        f.admin.with_token(&text(&made)).get("/v1/account/me").await.expect(200)["login"],
        json!(login)
    );
    let one = format!("{path}/{}", made["id"]);
    for answer in [
        stranger.post(&path, &json!({ "label": "mine" })).await,
        stranger.get(&path).await,
        stranger.delete(&one).await,
        owner.post("/v1/account/admin/token", &json!({ "label": "up" })).await,
        // Another account's number is no number of one's own.
        stranger.delete(&format!("/v1/account/me/token/{}", made["id"])).await,
    ] {
        assert_eq!(answer.status, 404, "{}", answer.text);
    }
    f.server.cli(&["admin", "token", "--login", &login, "--partner", &other]).unwrap();
    assert_eq!(owner.post(&path, &json!({ "label": "more" })).await.status, 403);
    let told = items(owner.get("/v1/event?object_kind=token&limit=2").await.expect(200));
    assert!(told.iter().any(|event| event["object_name"] == json!(login)), "{told:?}");
    // Beside the database, tokens are listed and revoked without the API.
    let listed = f.server.cli(&["admin", "tokens", "--login", &login]).unwrap();
    assert!(listed.contains("Terraform") && listed.contains(made["prefix"].as_str().unwrap()), "{listed}");
    f.server.cli(&["admin", "revoke", &made["id"].to_string()]).unwrap();
    assert_eq!(f.admin.with_token(&text(&made)).get("/v1/account/me").await.status, 401);
    let again = f.server.cli(&["admin", "revoke", &made["id"].to_string()]).unwrap_err().to_string();
    assert!(again.contains("revoked"), "{again}");
    assert!(f.server.cli(&["admin", "tokens", "--login", "nobody-at-all"]).is_err());
}
