//! Projects of a client, beside the automatic one.

use crate::{
    collector::{Hand, machine},
    fixture::{Fixture, START, column},
};
use serde_json::json;
use uuid::Uuid;

/// 3.2-14 and what comes after it.
pub(crate) async fn a_project_is_made_renamed_and_deleted(f: &Fixture) {
    let partner = f.partner().await;
    let client = f.client(&partner, "first", "base").await;
    let api = f.partner_admin(&partner);
    let body = json!({ "code": "web", "client": "first", "name": "Web" });
    let made = api.post_once("/v1/project", "web-1", &body).await.expect(201);
    assert_eq!(made["owner_tag"], format!("{partner}/first/web"));
    assert_eq!((&made["client"]["id"], &made["partner"]["code"]), (&client["id"], &json!(partner)));
    assert_eq!(made["client"]["contract"]["id"], client["contract"]["id"]);
    assert_eq!(api.post("/v1/project", &body).await.alias(409), "code_taken");
    let nowhere = json!({ "code": "web", "client": "nowhere", "name": "Web" });
    assert_eq!(api.post("/v1/project", &nowhere).await.fields(), ["client"]);
    let path = format!("/v1/project/web?client=first&partner={partner}");
    let renamed = api.put(&path, &json!({ "name": "Shop" })).await.expect(200);
    assert_eq!((&renamed["name"], &renamed["version"]), (&json!("Shop"), &json!(2)));
    let list = api.get("/v1/project?client=first&sort=-code").await.expect(200);
    assert_eq!(column(list, "code"), ["web", "default"]);
    assert_eq!(column(api.get("/v1/project?code=web").await.expect(200), "name"), ["Shop"]);
    assert_eq!(api.get("/v1/client/first").await.expect(200)["projects"], 2);
    api.delete(&path).await.expect(204);
    api.get(&path).await.expect(404);
    // Its key died with it: the same creation makes another one.
    let again = api.post_once("/v1/project", "web-1", &body).await.expect(201);
    assert_ne!(again["id"], made["id"]);
}

pub(crate) async fn the_automatic_project_is_its_clients(f: &Fixture) {
    let partner = f.partner().await;
    let client = f.client(&partner, "first", "base").await;
    let path = format!("/v1/project/{}", client["default_project"]["id"].as_str().unwrap());
    for refused in [
        f.admin.put(&path, &json!({ "name": "Mine" })).await,
        f.admin.patch(&path, &json!({ "name": "Mine" })).await,
        f.admin.delete(&path).await,
    ] {
        assert_eq!(refused.alias(409), "managed_elsewhere");
    }
    let body = json!({ "code": "default", "client": "first", "partner": partner, "name": "Mine" });
    assert_eq!(f.admin.post("/v1/project", &body).await.fields(), ["code"]);
}

pub(crate) async fn a_project_with_machines_is_not_deleted(f: &Fixture) {
    let partner = f.partner().await;
    f.client(&partner, "first", "base").await;
    let body = json!({ "code": "web", "client": "first", "partner": partner, "name": "Web" });
    let project = f.admin.post("/v1/project", &body).await.expect(201);
    let hypervisor = f.hypervisor().await;
    let mut hand = Hand::of(f, hypervisor["code"].as_str().unwrap(), START).await;
    let id = Uuid::new_v4();
    let _ = hand.take(START, &[machine(id, &format!("{partner}/first/web"), 2, 2048)]).await;
    let path = format!("/v1/project/{}", project["id"].as_str().unwrap());
    assert_eq!(f.admin.delete(&path).await.alias(409), "has_dependents");
    let listed = f.admin.get(&format!("/v1/machine?project=web&partner={partner}")).await.expect(200);
    assert_eq!(listed["items"][0]["project"]["code"], "web");
    for at in ["2021-12-20T09:01:00Z", "2021-12-20T09:02:00Z", "2021-12-20T09:03:00Z"] {
        let _ = hand.take(at, &[]).await;
    }
    f.admin.delete(&path).await.expect(204);
    let listed = f.admin.get(&format!("/v1/machine?partner={partner}&live=false")).await.expect(200);
    assert_eq!((&listed["total"], &listed["items"][0]["project"]), (&json!(1), &json!(null)));
}
