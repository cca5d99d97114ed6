//! Partners, plans and hypervisors: what they are made of, and when they may go.

use crate::fixture::{Fixture, client_body, column, items, unique};
use serde_json::{Value, json};

/// 3.1-02, 3.1-03, 3.1-04, 6.1.1-03.
pub(crate) async fn a_plan_takes_a_name_and_has_the_whole_nomenclature(f: &Fixture) {
    let partner = f.partner().await;
    let plan = f.admin.get(&format!("/v1/tariff_plan/base?partner={partner}")).await.expect(200);
    assert_eq!((&plan["services"], &plan["contracts"]), (&json!({}), &json!(0)));
    let services = items(f.admin.get("/v1/service").await.expect(200));
    assert_eq!(services.len(), 28);
    for service in &services {
        let words = ["id", "name", "sku", "measure"].map(|field| service[field].as_str().unwrap_or_default());
        assert!(words.iter().all(|word| !word.is_empty()), "{service}");
    }
    // Each is priced by itself; what is left out of a row has its default.
    let rows: serde_json::Map<_, _> = services
        .iter()
        .map(|row| (row["id"].as_str().unwrap().to_owned(), json!({ "price": "1.5" })))
        .collect();
    let plan = f.plan(&partner, "all", &json!(rows)).await;
    assert_eq!(plan["services"].as_object().unwrap().len(), 28);
    let defaults = json!({
        "price": "1.5", "period": "minute", "calendar": false, "charging": "full_period", "while": "exists",
    });
    assert_eq!(plan["services"]["kvm_cpu"], defaults);
}

/// 6.1.4-02.
pub(crate) async fn a_plan_in_use_is_not_deleted(f: &Fixture) {
    let partner = f.partner().await;
    let plan = f.plan(&partner, "gold", &json!({})).await;
    let path = format!("/v1/tariff_plan/{}", plan["id"].as_str().unwrap());
    let client = f.client(&partner, "first", "gold").await;
    assert_eq!(f.admin.get(&path).await.expect(200)["contracts"], 1);
    assert_eq!(f.admin.delete(&path).await.alias(409), "plan_in_use");
    let client = format!("/v1/client/{}", client["id"].as_str().unwrap());
    f.admin.patch(&client, &json!({ "tariff_plan": "base" })).await.expect(200);
    f.admin.delete(&path).await.expect(204);
    f.admin.get(&path).await.expect(404);
    assert_eq!(f.admin.patch(&client, &json!({ "tariff_plan": "gold" })).await.fields(), ["tariff_plan"]);
    // The contract of a client that is gone holds no plan.
    f.admin.delete(&client).await.expect(204);
    f.admin.delete(&format!("/v1/tariff_plan/base?partner={partner}")).await.expect(204);
}

/// INT-03.
pub(crate) async fn a_resellers_plans_are_the_platforms(f: &Fixture) {
    let partner = f.partner().await;
    f.plan(&partner, "gold", &json!({})).await;
    let client = f.client(&partner, "first", "base").await;
    let path = format!("/v1/partner/{partner}");
    let api = f.partner_admin(&partner);
    f.admin.patch(&path, &json!({ "model": "reseller" })).await.expect(200);
    let plan = json!({ "partner": partner, "code": "own", "name": "Own" });
    api.post("/v1/tariff_plan", &plan).await.expect(403);
    api.put("/v1/tariff_plan/gold", &json!({ "name": "Mine" })).await.expect(403);
    api.patch("/v1/tariff_plan/gold", &json!({ "name": "Mine" })).await.expect(403);
    api.delete("/v1/tariff_plan/gold").await.expect(403);
    api.get("/v1/tariff_plan/gold").await.expect(200);
    api.post("/v1/client", &client_body(&partner, "second", "base")).await.expect(403);
    let client = format!("/v1/client/{}", client["id"].as_str().unwrap());
    api.patch(&client, &json!({ "tariff_plan": "gold" })).await.expect(403);
    // Everything else of a client is still its own to change.
    api.patch(&client, &json!({ "name": "First" })).await.expect(200);
    f.admin.patch(&client, &json!({ "tariff_plan": "gold" })).await.expect(200);
    f.admin.post("/v1/tariff_plan", &plan).await.expect(201);
    // Its own name is all of the partner that its administrator changes (4-02 to 4-06).
    api.patch(&path, &json!({ "name": "Renamed" })).await.expect(200);
    for field in
        [json!({ "model": "white_label" }), json!({ "time_zone": "UTC" }), json!({ "dns_ns": ["a.example"] })]
    {
        api.patch(&path, &field).await.expect(403);
    }
    assert_eq!(f.admin.get(&path).await.expect(200)["name"], "Renamed");
}

/// INT-06.
pub(crate) async fn a_partner_sells_what_it_may(f: &Fixture) {
    let code = unique("partner");
    let body = json!({ "code": code, "name": "P", "services": ["kvm_cpu", "kvm_ram"] });
    f.admin.post("/v1/partner", &body).await.expect(201);
    let plan = json!({
        "partner": code, "code": "gold", "name": "G",
        "services": { "kvm_cpu": { "price": 1 }, "vdc": { "price": 1 }, "iso": { "price": 1 } },
    });
    let refused = f.admin.post("/v1/tariff_plan", &plan).await;
    assert_eq!(refused.fields(), ["services.iso", "services.vdc"]);
}

pub(crate) async fn a_partner_goes_once_nothing_is_its(f: &Fixture) {
    let partner = f.partner().await;
    let api = f.partner_admin(&partner);
    let client = f.client(&partner, "first", "base").await;
    let path = format!("/v1/partner/{partner}");
    assert_eq!(f.admin.delete(&path).await.alias(409), "has_dependents");
    f.admin.delete(&format!("/v1/client/{}", client["id"].as_str().unwrap())).await.expect(204);
    assert_eq!(f.admin.delete(&path).await.alias(409), "has_dependents");
    f.admin.delete(&format!("/v1/tariff_plan/base?partner={partner}")).await.expect(204);
    f.admin.delete(&path).await.expect(204);
    f.admin.get(&path).await.expect(404);
    // What was booked outlives it, for the platform to see.
    let contract = f.admin.get(&format!("/v1/contract/{}", client["contract"]["id"].as_str().unwrap())).await;
    let contract = contract.expect(200);
    assert_eq!((&contract["partner"], &contract["inactive"]), (&json!(null), &json!(true)));
    // Its administrator has nothing left to administer.
    assert_eq!(api.get("/v1/account/me").await.expect(200)["access"], json!([]));
    api.get("/v1/client").await.expect(403);
}

pub(crate) async fn a_hypervisor_goes_once_nothing_uses_it(f: &Fixture) {
    let partner = f.partner().await;
    let hypervisor = f.hypervisor().await;
    let code = hypervisor["code"].as_str().unwrap();
    let path = format!("/v1/hypervisor/{code}");
    let bad = json!({ "name": "KVM", "uri": "https://host/sdk" });
    assert_eq!(f.admin.put(&path, &bad).await.fields(), ["uri"]);
    assert_eq!(f.admin.patch(&path, &json!({ "poll_interval": "0s" })).await.fields(), ["poll_interval"]);
    for timeout in ["0s", "25h"] {
        let body = json!({ "inventory_timeout": timeout });
        assert_eq!(f.admin.patch(&path, &body).await.fields(), ["inventory_timeout"]);
    }
    let types = json!({ "disk_types": { "images": null, "/srv": "sas" } });
    assert_eq!(f.admin.patch(&path, &types).await.expect(200)["disk_types"], json!({ "/srv": "sas" }));
    let api = f.partner_admin(&partner);
    api.get(&path).await.expect(404);
    let theirs = format!("/v1/partner/{partner}");
    f.admin.patch(&theirs, &json!({ "hypervisors": [code] })).await.expect(200);
    let seen = api.get(&path).await.expect(200);
    assert_eq!((&seen["uri"], &seen["collector"]), (&json!(null), &json!(null)));
    assert_eq!(column(api.get("/v1/hypervisor").await.expect(200), "code"), [code]);
    assert_eq!(f.admin.delete(&path).await.alias(409), "has_dependents");
    f.admin.patch(&theirs, &json!({ "hypervisors": null })).await.expect(200);
    f.admin.delete(&path).await.expect(204);
    f.admin.get(&path).await.expect(404);
}

/// 6.1.2-01, 6.1.2-02.
pub(crate) async fn a_copy_of_a_plan_leaves_it_as_it_is(f: &Fixture) {
    let partner = f.partner().await;
    let source = f.plan(&partner, "gold", &json!({ "kvm_cpu": { "price": "1.5", "period": "hour" } })).await;
    let path = format!("/v1/tariff_plan/gold/clone?partner={partner}");
    let body = json!({ "code": "silver", "name": "Silver" });
    let copy = f.admin.post_once(&path, "clone-1", &body).await.expect(201);
    assert_eq!((&copy["code"], &copy["name"]), (&json!("silver"), &json!("Silver")));
    assert_eq!((&copy["services"], &copy["contracts"]), (&source["services"], &json!(0)));
    assert_ne!(copy["id"], source["id"]);
    assert_eq!(f.admin.post_once(&path, "clone-1", &body).await.expect(201), copy);
    assert_eq!(f.admin.post(&path, &body).await.alias(409), "code_taken");
    let edit = json!({ "services": { "kvm_cpu": { "price": 9 } } });
    f.admin.patch(&format!("/v1/tariff_plan/silver?partner={partner}"), &edit).await.expect(200);
    assert_eq!(f.admin.get(&format!("/v1/tariff_plan/gold?partner={partner}")).await.expect(200), source);
    let reseller = format!("/v1/partner/{partner}");
    f.admin.patch(&reseller, &json!({ "model": "reseller" })).await.expect(200);
    let another = json!({ "code": "bronze", "name": "Bronze" });
    f.partner_admin(&partner).post(&path, &another).await.expect(403);
}

pub(crate) async fn a_plan_tells_its_versions(f: &Fixture) {
    let partner = f.partner().await;
    f.plan(&partner, "gold", &json!({ "vdc": { "price": "1" } })).await;
    let plan = format!("/v1/tariff_plan/gold?partner={partner}");
    f.admin.patch(&plan, &json!({ "name": "Renamed" })).await.expect(200);
    for price in [2, 3] {
        let edit = json!({ "services": { "vdc": { "price": price } } });
        f.admin.patch(&plan, &edit).await.expect(200);
    }
    let path = format!("/v1/tariff_plan/gold/version?partner={partner}");
    let page = f.admin.get(&path).await.expect(200);
    assert_eq!(page["total"], 3, "a new name is no new version");
    let prices: Vec<Value> =
        items(page).iter().map(|version| version["services"]["vdc"]["price"].clone()).collect();
    assert_eq!(prices, [json!("1"), json!("2"), json!("3")]);
    let page = f.admin.get(&format!("{path}&limit=2&cursor=")).await.expect(200);
    let next = page["next_cursor"].as_str().unwrap().to_owned();
    let rest = items(f.admin.get(&format!("{path}&limit=2&cursor={next}")).await.expect(200));
    assert_eq!((rest.len(), &rest[0]["version"]), (1, &json!(3)));
    f.partner_admin(&f.partner().await).get(&path).await.expect(400);
}

/// An inventory is due in an hour, unless one is asked for.
pub(crate) async fn an_inventory_is_taken_when_it_is_asked_for(f: &Fixture) {
    let hypervisor = f.hypervisor().await;
    let path = format!("/v1/hypervisor/{}", hypervisor["code"].as_str().unwrap());
    let answered = f.admin.post(&format!("{path}/collect"), &json!(null)).await;
    assert!((200..300).contains(&answered.status), "{}", answered.text);
    assert_eq!((&answered.json["id"], &answered.json["version"]), (&hypervisor["id"], &json!(1)));
    assert_eq!(f.events(&hypervisor["id"]).await[0]["action"], "collect");
    // What left it as it was did not change it: a stale edit is told of the creation.
    let stale = f.admin.call(reqwest::Method::PATCH, &path).header("if-match", "\"7\"").json(&json!({}));
    let changed_by = stale.send().await.expect(412)["changed_by"].clone();
    assert_eq!((&changed_by["version"], &changed_by["actor"]), (&json!(1), &json!("admin")));
    // Nobody answers there: that it was asked again is counted.
    let attempts = async || f.admin.get(&path).await.expect(200)["collector"]["attempts"].as_i64().unwrap();
    let before = attempts().await;
    f.admin.post(&format!("{path}/collect"), &json!(null)).await;
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while attempts().await == before {
        assert!(std::time::Instant::now() < deadline, "no inventory was tried");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}
