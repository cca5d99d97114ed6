//! Edits: which version they expect, and what they leave as it was.

use crate::fixture::Fixture;
use reqwest::Method;
use serde_json::json;

pub(crate) async fn an_edit_expects_the_version_it_saw(f: &Fixture) {
    let partner = f.partner().await;
    let client = f.client(&partner, "first", "base").await;
    let path = format!("/v1/client/{}", client["id"].as_str().unwrap());
    let read = f.admin.get(&path).await;
    let etag = read.header("etag").to_owned();
    assert_eq!(etag, format!("\"{}\"", read.json["version"]));
    let edit = async |api: &testkit::api::Api, etag: &str, name: &str| {
        let body = json!({ "name": name });
        api.call(Method::PATCH, &path).header("if-match", etag).json(&body).send().await
    };
    let other = f.partner_admin(&partner).with_agent("terraform/1.9");
    let moved = edit(&other, &etag, "Second").await;
    assert_eq!(moved.header("etag"), format!("\"{}\"", moved.json["version"]));
    moved.expect(200);
    let refused = edit(&f.admin, &etag, "Third").await;
    let who = refused.json["changed_by"].clone();
    assert_eq!(
        (&who["actor"], &who["client"]),
        (&json!(format!("{partner}-admin")), &json!("terraform/1.9"))
    );
    assert_eq!(who["fields"], json!(["name"]));
    assert!(who["at"].as_str().unwrap().ends_with('Z'));
    assert_eq!(refused.alias(412), "version_mismatch");
    for (method, body) in
        [(Method::PUT, json!({ "name": "Third", "tariff_plan": "base" })), (Method::DELETE, json!(null))]
    {
        let call = f.admin.call(method, &path).header("if-match", &etag).json(&body);
        assert_eq!(call.send().await.alias(412), "version_mismatch");
    }
    edit(&f.admin, "*", "Third").await.expect(200);
    edit(&f.admin, "soon", "Fourth").await.expect(400);
    // Reading, and what is charged, moves no version.
    let before = f.admin.get(&path).await.header("etag").to_owned();
    assert_eq!(f.admin.get(&path).await.header("etag"), before);
}

/// Everything that changed since the version that is named, and not what was changed back.
pub(crate) async fn a_refused_edit_is_told_what_changed(f: &Fixture) {
    let partner = f.partner().await;
    f.plan(&partner, "gold", &json!({})).await;
    let client = f.client(&partner, "first", "base").await;
    let path = format!("/v1/client/{}", client["id"].as_str().unwrap());
    for patch in [
        json!({ "name": "Second", "lan": 10 }),
        json!({ "tariff_plan": "gold", "payment_model": "prepay" }),
        json!({ "name": "first", "contract_name": "7/2021" }),
    ] {
        f.admin.patch(&path, &patch).await.expect(200);
    }
    let fields = async |etag: &str| {
        let refused = f.admin.call(Method::DELETE, &path).header("if-match", etag).send().await;
        let mut body = refused.expect(412);
        body["changed_by"]["fields"].take()
    };
    assert_eq!(fields("1").await, json!(["tariff_plan", "contract_name", "lan", "payment_model"]));
    assert_eq!(fields("3").await, json!(["name", "contract_name"]));
    assert_eq!(fields("99").await, json!([]));
}

pub(crate) async fn put_resets_and_patch_merges(f: &Fixture) {
    let partner = f.partner().await;
    let services = json!({
        "kvm_cpu": { "price": "1", "period": "day", "calendar": true }, "vdc": { "price": "2" },
    });
    let plan = f.plan(&partner, "gold", &services).await;
    let path = format!("/v1/tariff_plan/{}", plan["id"].as_str().unwrap());
    let patch = json!({ "services": { "kvm_cpu": { "price": "3" }, "vdc": null, "iso": { "price": "4" } } });
    let patched = f.admin.patch(&path, &patch).await.expect(200);
    assert_eq!(patched["name"], "gold");
    let services = patched["services"].as_object().unwrap();
    assert_eq!(services.keys().map(String::as_str).collect::<Vec<_>>(), ["iso", "kvm_cpu"]);
    let cpu = &services["kvm_cpu"];
    assert_eq!((&cpu["price"], &cpu["period"], &cpu["calendar"]), (&json!("3"), &json!("day"), &json!(true)));
    let renamed = f.admin.put(&path, &json!({ "name": "Gold" })).await.expect(200);
    assert_eq!((&renamed["name"], &renamed["services"]), (&json!("Gold"), &json!({})));
    assert_eq!(f.admin.patch(&path, &json!({ "name": null })).await.fields(), ["name"]);
    assert_eq!(f.admin.patch(&path, &json!({ "code": "silver" })).await.fields(), ["code"]);
    assert_eq!(
        f.admin.patch(&path, &json!({ "services": { "vdc": {} } })).await.fields(),
        ["services.vdc.price"]
    );
    assert_eq!(f.admin.patch(&path, &json!({})).await.expect(200)["name"], "Gold");

    let client = json!({
        "partner": partner, "code": "c", "name": "C", "tariff_plan": "base", "internet": 50, "lan": 10,
        "payment_methods": ["yandex_kassa"], "payment_model": "postpay", "min_balance": "-10.5",
        "contract_name": "1/2021",
    });
    let path = format!(
        "/v1/client/{}",
        f.admin.post("/v1/client", &client).await.expect(201)["id"].as_str().unwrap()
    );
    let patch = json!({ "internet": null, "lan": null, "payment_methods": null, "min_balance": null });
    let patched = f.admin.patch(&path, &patch).await.expect(200);
    assert_eq!((&patched["internet"], &patched["lan"]), (&json!(null), &json!(1000)));
    assert_eq!((&patched["payment_methods"], &patched["min_balance"]), (&json!([]), &json!(null)));
    assert_eq!(
        (&patched["payment_model"], &patched["contract"]["name"]),
        (&json!("postpay"), &json!("1/2021"))
    );
    let put = f.admin.put(&path, &json!({ "name": "C", "tariff_plan": "base" })).await.expect(200);
    assert_eq!((&put["payment_model"], &put["deletion_protection"]), (&json!("prepay"), &json!(false)));
    // Without a plan of its own a client keeps the one it is on.
    let kept = f.admin.patch(&path, &json!({ "tariff_plan": null })).await.expect(200);
    assert_eq!(kept["contract"]["billing_plan"]["code"], "base");
}
