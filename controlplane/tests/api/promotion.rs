//! Promotions and who gets their price (6.2).

use crate::fixture::{Fixture, column, promotion_body};
use serde_json::{Value, json};

/// 6.2-01, 6.2.1-01 to 6.2.1-05, 6.2.1-07, 6.2.1-09, 6.2.2-01, 6.2.2-02.
pub(crate) async fn a_promotion_is_made_changed_and_deleted(f: &Fixture) {
    let partner = f.partner().await;
    let api = f.partner_admin(&partner);
    let made = api.post("/v1/promotion", &promotion_body(&partner, "summer")).await.expect(201);
    assert_eq!((&made["max_count"], &made["note"], &made["used"]), (&json!(null), &json!(null), &json!(0)));
    assert_eq!((&made["price_per_day"], &made["version"]), (&json!("3"), &json!(1)));
    assert_eq!((&made["partner"]["code"], &made["disk_type"]), (&json!(partner), &json!("ssd")));
    let path = format!("/v1/promotion/summer?partner={partner}");
    // Prolonged, limited, and for another machine.
    let edit = json!({
        "ends_on": "2022-01-31", "max_count": 5, "vcpu": 2, "note": "Prolonged", "price_per_day": "0.0000001",
    });
    let changed = api.patch(&path, &edit).await.expect(200);
    for (name, value) in edit.as_object().unwrap() {
        assert_eq!(&changed[name], value);
    }
    assert_eq!((&changed["ram_gb"], &changed["version"]), (&json!(1), &json!(2)));
    // What is left out of a replacement goes back to its default: no limit, no note.
    let mut whole = promotion_body(&partner, "summer");
    whole.as_object_mut().unwrap().retain(|name, _| name != "partner" && name != "code");
    let replaced = api.put(&path, &whole).await.expect(200);
    assert_eq!((&replaced["max_count"], &replaced["note"]), (&json!(null), &json!(null)));
    assert_eq!(api.get(&path).await.expect(200), replaced);
    assert_eq!(api.post("/v1/promotion", &promotion_body(&partner, "summer")).await.alias(409), "code_taken");
    f.partner_admin(&f.partner().await)
        .get(&format!("/v1/promotion/{}", made["id"].as_str().unwrap()))
        .await
        .expect(404);
    assert_eq!(f.admin.delete(&format!("/v1/partner/{partner}")).await.alias(409), "has_dependents");
    api.delete(&path).await.expect(204);
    api.get(&path).await.expect(404);
    let actions = column(json!({ "items": f.events(&made["id"]).await }), "action");
    assert_eq!(actions, ["delete", "update", "update", "create"]);
    // One that is over goes as well.
    let over =
        f.promotion(&partner, "spring", &json!({ "starts_on": "2021-03-01", "ends_on": "2021-03-01" })).await;
    api.delete(&format!("/v1/promotion/{}", over["id"].as_str().unwrap())).await.expect(204);
}

/// 6.2.1-01, 6.2.1-03, 6.2.1-05, 6.2.1-06, 6.2.1-08, 6.2.1-10.
pub(crate) async fn all_that_is_wrong_with_a_promotion_is_named(f: &Fixture) {
    let partner = f.partner().await;
    let named = json!({ "partner": partner, "code": "summer" });
    let refused = f.admin.post("/v1/promotion", &named).await;
    let required = [
        "disk_type",
        "ends_on",
        "hdd_gb",
        "name",
        "platform",
        "price_per_day",
        "ram_gb",
        "starts_on",
        "vcpu",
    ];
    assert_eq!(refused.fields(), required);
    let with = async |name: &str, value: Value| {
        let mut body = promotion_body(&partner, "summer");
        body[name] = value;
        f.admin.post("/v1/promotion", &body).await
    };
    for (name, value) in [
        ("name", json!("")),
        ("starts_on", json!("2021-12-20T00:00:00Z")),
        ("starts_on", json!("1999-12-31")),
        ("ends_on", json!("2021-02-30")),
        ("ends_on", json!("2021-11-30")),
        ("price_per_day", json!("-1")),
        ("price_per_day", json!("0.00000001")),
        ("price_per_day", json!("1000000.1")),
        ("platform", json!("xen")),
        ("max_count", json!(0)),
        ("max_count", json!(1.5)),
        ("vcpu", json!(0)),
        ("ram_gb", json!(0)),
        ("hdd_gb", json!(0)),
        ("hdd_gb", json!("10")),
        ("disk_type", json!("nvme")),
        ("note", json!("x".repeat(10_001))),
        ("used", json!(3)),
    ] {
        let refused = with(name, value.clone()).await;
        assert_eq!((refused.status, refused.fields()), (400, vec![name.to_owned()]), "{name} {value}");
    }
    let turned = with("ends_on", json!("2021-11-30")).await.json["ends_on"][0].clone();
    assert_eq!(turned, "2021-11-30 is before starts_on, 2021-12-01; a promotion lasts one day or longer");
    // A patch is checked as a whole.
    f.promotion(&partner, "summer", &json!({})).await;
    let path = format!("/v1/promotion/summer?partner={partner}");
    assert_eq!(f.admin.patch(&path, &json!({ "starts_on": "2022-01-01" })).await.fields(), ["ends_on"]);
    // Which disk types there are depends on the platform, by what the partner may sell on it.
    let services = json!({ "services": ["kvm_cpu", "kvm_ram", "kvm_hdd_ultrafast", "vmware_hdd_fast"] });
    f.admin.patch(&format!("/v1/partner/{partner}"), &services).await.expect(200);
    assert_eq!(f.admin.patch(&path, &json!({ "disk_type": "sas" })).await.fields(), ["disk_type"]);
    let other = json!({ "platform": "vmware", "disk_type": "sata" });
    let refused = f.admin.patch(&path, &other).await;
    assert!(refused.json["disk_type"][0].as_str().unwrap().contains("\"vmware_hdd_slow\""));
    assert_eq!(refused.fields(), ["disk_type", "platform"]);
    f.admin.patch(&path, &json!({ "vcpu": 3 })).await.expect(200);
}

/// 6.2-09.
pub(crate) async fn promotions_are_sorted_by_date_and_price(f: &Fixture) {
    let partner = f.partner().await;
    for (code, starts_on, ends_on, price, platform) in [
        ("b", "2022-01-01", "2022-01-31", "3", "kvm"),
        ("a", "2021-06-01", "2022-06-30", "20", "vmware"),
        ("c", "2023-01-01", "2023-01-01", "0", "kvm"),
    ] {
        let own = json!({
            "name": format!("Name {code}"), "starts_on": starts_on, "ends_on": ends_on, "price_per_day": price,
            "platform": platform,
        });
        f.promotion(&partner, code, &own).await;
    }
    let list = async |query: &str| {
        let path = format!("/v1/promotion?partner={partner}&{query}");
        column(f.admin.get(&path).await.expect(200), "code").join("")
    };
    assert_eq!(list("").await, "cba");
    for (query, codes) in [
        ("sort=starts_on", "abc"),
        ("sort=-starts_on", "cba"),
        ("sort=ends_on", "bac"),
        ("sort=-ends_on", "cab"),
        ("sort=price_per_day", "cba"),
        ("sort=-price_per_day", "abc"),
        ("sort=-name", "cba"),
        ("sort=ctime", "bac"),
        ("platform=kvm&sort=code", "bc"),
        ("on=2022-01-31&sort=code", "ab"),
        ("on=2022-02-01", "a"),
        ("q=NAME%20C", "c"),
        ("code=a", "a"),
    ] {
        assert_eq!(list(query).await, codes, "{query}");
    }
    for bad in ["platform=xen", "on=today"] {
        f.admin.get(&format!("/v1/promotion?{bad}")).await.expect(400);
    }
}

/// INT-04: a reseller has no plans of its own, and promotions.
pub(crate) async fn a_resellers_administrator_has_promotions(f: &Fixture) {
    let partner = f.partner().await;
    f.admin.patch(&format!("/v1/partner/{partner}"), &json!({ "model": "reseller" })).await.expect(200);
    let api = f.partner_admin(&partner);
    let plan = json!({ "partner": partner, "code": "own", "name": "Own" });
    api.post("/v1/tariff_plan", &plan).await.expect(403);
    api.post("/v1/promotion", &promotion_body(&partner, "summer")).await.expect(201);
    let path = format!("/v1/promotion/summer?partner={partner}");
    assert_eq!(api.patch(&path, &json!({ "price_per_day": 1 })).await.expect(200)["price_per_day"], "1");
    api.delete(&path).await.expect(204);
}
