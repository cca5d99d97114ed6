//! Clients with their contracts and projects, and the clock.

use crate::fixture::{Fixture, START, client_body, column, items};
use serde_json::json;

/// 3.2-14, 3.2-02 to 3.2-10.
pub(crate) async fn a_client_comes_with_contract_and_project(f: &Fixture) {
    let partner = f.partner().await;
    let client = f.admin.post("/v1/client", &client_body(&partner, "first", "base")).await.expect(201);
    assert_eq!(
        (&client["projects"], &client["lan"], &client["internet"]),
        (&json!(1), &json!(1000), &json!(null))
    );
    assert_eq!((&client["payment_model"], &client["contract"]["name"]), (&json!("prepay"), &json!("first")));
    let contract = f.admin.get(&format!("/v1/contract/first?partner={partner}")).await.expect(200);
    assert_eq!(contract["id"], client["contract"]["id"]);
    assert_eq!((&contract["balance"], &contract["inactive"]), (&json!(0), &json!(false)));
    assert_eq!((&contract["time_zone"], &contract["booked_to"]), (&json!("Europe/Moscow"), &json!(null)));
    assert_eq!(contract["billing_plan"]["code"], "base");
    let path = format!("/v1/project/{}", client["default_project"]["id"].as_str().unwrap());
    let project = f.admin.get(&path).await.expect(200);
    assert_eq!((&project["code"], &project["client"]["id"]), (&json!("default"), &client["id"]));
    assert_eq!(project["client"]["contract"]["id"], client["contract"]["id"]);
    // What is refused leaves nothing.
    let bad = json!({
        "partner": partner, "code": "second", "name": "S", "tariff_plan": "base", "allowed_hypervisors": ["nowhere"],
    });
    assert_eq!(f.admin.post("/v1/client", &bad).await.fields(), ["allowed_hypervisors"]);
    for noun in ["client", "contract", "project"] {
        let list = f.admin.get(&format!("/v1/{noun}?partner={partner}")).await.expect(200);
        assert_eq!(items(list).len(), 1, "{noun}");
    }
    assert!(items(f.admin.get("/v1/machine").await.expect(200)).is_empty());
}

/// 7.2-04 to 7.2-11, 7.8-02, 3.2-07.
pub(crate) async fn a_client_is_edited(f: &Fixture) {
    let partner = f.partner().await;
    f.plan(&partner, "gold", &json!({})).await;
    let hypervisor = f.hypervisor().await;
    let patch = json!({ "hypervisors": [hypervisor["code"]] });
    f.admin.patch(&format!("/v1/partner/{partner}"), &patch).await.expect(200);
    let client = f.client(&partner, "first", "base").await;
    assert_eq!(client["allowed_hypervisors"][0]["code"], hypervisor["code"]);
    let api = f.partner_admin(&partner);
    let path = format!("/v1/client/{}", client["id"].as_str().unwrap());
    let edit = json!({
        "name": "First", "tariff_plan": "gold", "contract_name": "7/2021", "internet": 100, "lan": 500,
        "payment_methods": ["yandex_kassa", "bank_transfer"], "payment_model": "postpay", "min_balance": 10.5,
        "allowed_hypervisors": [], "deletion_protection": true,
    });
    let edited = api.put(&path, &edit).await.expect(200);
    assert_eq!(edited, api.get(&path).await.expect(200));
    for field in ["name", "internet", "lan", "payment_model", "deletion_protection", "allowed_hypervisors"] {
        assert_eq!(edited[field], edit[field], "{field}");
    }
    assert_eq!(edited["payment_methods"], json!(["bank_transfer", "yandex_kassa"]));
    assert_eq!((&edited["min_balance"], &edited["contract"]["name"]), (&json!("10.5"), &json!("7/2021")));
    assert_eq!(edited["contract"]["billing_plan"]["code"], "gold");
    assert_eq!(edited["contract"]["id"], client["contract"]["id"]);
    let elsewhere = json!({ "name": "First", "tariff_plan": "gold", "partner": "other" });
    assert_eq!(api.put(&path, &elsewhere).await.fields(), ["partner"]);
}

/// 7.10-01: the client and its projects go; the contract stays, closed.
pub(crate) async fn a_client_is_deleted_and_its_contract_closed(f: &Fixture) {
    let partner = f.partner().await;
    let mut body = client_body(&partner, "first", "base");
    body["deletion_protection"] = json!(true);
    let client = f.admin.post("/v1/client", &body).await.expect(201);
    let path = format!("/v1/client/{}", client["id"].as_str().unwrap());
    assert_eq!(f.admin.delete(&path).await.alias(409), "object_protected");
    f.admin.patch(&path, &json!({ "deletion_protection": false })).await.expect(200);
    let mut feed = f.source().await;
    let id = "00000000-0000-4000-8000-00000000c11e";
    let owner = format!("{partner}/first/default");
    feed.tell(id, START, &owner, json!({ "kind": "vdc" })).await;
    assert_eq!(f.admin.delete(&path).await.alias(409), "has_dependents");
    feed.tell(id, START, &owner, json!(null)).await;
    f.admin.delete(&path).await.expect(204);
    f.admin.get(&path).await.expect(404);
    f.admin.delete(&path).await.expect(404);
    let contract = client["contract"]["id"].as_str().unwrap();
    let closed = f.admin.get(&format!("/v1/contract/{contract}")).await.expect(200);
    assert_eq!((&closed["inactive"], &closed["counterparty_right"]["id"]), (&json!(true), &client["id"]));
    let list = f.admin.get(&format!("/v1/contract?partner={partner}")).await.expect(200);
    assert_eq!(column(list, "id"), [contract]);
    assert!(items(f.admin.get(&format!("/v1/project?partner={partner}")).await.expect(200)).is_empty());
    let project = format!("/v1/project/{}", client["default_project"]["id"].as_str().unwrap());
    f.admin.get(&project).await.expect(404);
    let last = &f.events(&client["id"]).await[0];
    assert_eq!((&last["action"], &last["after"]), (&json!("delete"), &json!(null)));
    assert_eq!(last["before"]["code"], "first");
    // The code is free again, for another contract.
    let next = f.client(&partner, "first", "base").await;
    assert_ne!(next["contract"]["id"], client["contract"]["id"]);
}

pub(crate) async fn the_clock_goes_forward_only(f: &Fixture) {
    let now = f.admin.get("/v1/clock").await.expect(200)["now"].clone();
    assert_eq!(now, START);
    let refused = f.admin.put("/v1/clock", &json!({ "now": "2021-12-20T08:59:59Z" })).await;
    assert_eq!(refused.fields(), ["now"]);
    assert_eq!(f.admin.put("/v1/clock", &json!({ "now": "soon" })).await.fields(), ["now"]);
    assert_eq!(f.admin.put("/v1/clock", &json!({})).await.fields(), ["now"]);
    f.at("2021-12-20T12:00:00.5+03:00").await;
    assert_eq!(f.admin.get("/v1/clock").await.expect(200)["now"], "2021-12-20T09:00:00.5Z");
    let partner = f.partner().await;
    let view = f.admin.get(&format!("/v1/partner/{partner}")).await.expect(200);
    assert_eq!(view["ctime"], "2021-12-20T09:00:00.500000");
}

/// 7.2-07 to 7.2-09: what the client has stays, and costs what it cost; the new speeds are for what comes.
pub(crate) async fn new_speeds_leave_what_is_there(f: &Fixture) {
    let partner = f.partner().await;
    f.plan(&partner, "paid", &json!({ "public_ip": { "price": "1" }, "kvm_router": { "price": "2" } })).await;
    let client = f.client(&partner, "first", "paid").await;
    let path = format!("/v1/client/{}", client["id"].as_str().unwrap());
    f.admin.patch(&path, &json!({ "internet": 100, "lan": 500 })).await.expect(200);
    let (owner, mut feed) = (format!("{partner}/first/default"), f.source().await);
    for thing in [json!({ "kind": "public_ip" }), json!({ "kind": "router", "platform": "kvm" })] {
        feed.tell(&uuid::Uuid::new_v4().to_string(), START, &owner, thing).await;
    }
    let contract = client["contract"]["id"].as_str().unwrap();
    let report = format!("/v1/contract/{contract}/report?from=2021-12-20&to=2021-12-20");
    let before = f.admin.get(&report).await.expect(200);
    assert!(before.to_string().contains("public_ip") && before.to_string().contains("router"), "{before}");
    let edited = f.admin.patch(&path, &json!({ "internet": null, "lan": 10 })).await.expect(200);
    assert_eq!((&edited["internet"], &edited["lan"]), (&json!(null), &json!(10)));
    assert_eq!(f.admin.get(&report).await.expect(200), before);
}
