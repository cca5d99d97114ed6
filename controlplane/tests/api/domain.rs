//! Domains, to which users belong (5-02, 5-03).

use crate::fixture::{Fixture, column, unique};
use serde_json::json;

/// 5-02, 5-03.
pub(crate) async fn a_domain_is_linked_to_a_partner_by_the_platform(f: &Fixture) {
    let (one, other) = (f.partner().await, f.partner().await);
    let (mine, theirs) = (f.partner_admin(&one), f.partner_admin(&other));
    let name = format!("{}.example.org", unique("cloud"));
    let body = json!({ "name": name, "partner": one, "aliases": [format!("b.{name}"), format!("a.{name}")] });
    mine.post("/v1/domain", &body).await.expect(403);
    let made = f.admin.post("/v1/domain", &body).await.expect(201);
    assert_eq!((&made["registration_enabled"], &made["partner"]["code"]), (&json!(false), &json!(one)));
    assert_eq!(made["aliases"], json!([format!("a.{name}"), format!("b.{name}")]));
    let path = format!("/v1/domain/{name}");
    assert_eq!(mine.get(&path).await.expect(200), made);
    theirs.get(&path).await.expect(404);
    mine.patch(&path, &json!({ "registration_enabled": true })).await.expect(403);
    theirs.patch(&path, &json!({ "registration_enabled": true })).await.expect(404);
    let open = f.admin.patch(&path, &json!({ "registration_enabled": true })).await.expect(200);
    assert_eq!(open["registration_enabled"], true);
    assert_eq!(
        column(mine.get("/v1/domain?registration_enabled=true").await.expect(200), "name"),
        std::slice::from_ref(&name)
    );
    assert!(column(theirs.get("/v1/domain").await.expect(200), "name").is_empty());
    // A partner that has one is not deleted; what leaves it is the platform's to know.
    f.admin.delete(&format!("/v1/tariff_plan/base?partner={one}")).await.expect(204);
    assert_eq!(f.admin.delete(&format!("/v1/partner/{one}")).await.alias(409), "has_dependents");
    f.admin.patch(&path, &json!({ "partner": other })).await.expect(200);
    let events = theirs.get("/v1/event?object_kind=domain").await.expect(200);
    assert_eq!(events["total"], 0, "where it was before is not theirs to know");
    mine.get(&path).await.expect(404);
    f.admin.delete(&path).await.expect(204);
    f.admin.get(&path).await.expect(404);
}

pub(crate) async fn no_name_is_used_twice(f: &Fixture) {
    let partner = f.partner().await;
    let name = format!("{}.example.org", unique("cloud"));
    let body = json!({ "name": name, "partner": partner, "aliases": [format!("a.{name}")] });
    f.admin.post("/v1/domain", &body).await.expect(201);
    let other = format!("{}.example.org", unique("cloud"));
    for (name, aliases, field) in [
        (name.clone(), json!([]), "name"),
        (format!("a.{name}"), json!([]), "name"),
        (other.clone(), json!([name]), "aliases"),
        (other.clone(), json!([format!("a.{name}")]), "aliases"),
    ] {
        let body = json!({ "name": name, "partner": partner, "aliases": aliases });
        let refused = f.admin.post("/v1/domain", &body).await;
        let refused = refused.expect(409);
        assert_eq!(refused["error_alias"], json!(["code_taken"]), "{name}");
        assert!(refused[field][0].as_str().unwrap().contains("another domain"), "{refused}");
    }
    for bad in ["Cloud.example.org", "cloud.example.org.", "localhost", "10.0.0.1", "a_b.example.org"] {
        let body = json!({ "name": bad, "partner": partner });
        assert_eq!(f.admin.post("/v1/domain", &body).await.fields(), ["name"], "{bad}");
    }
    let own = json!({ "name": other, "partner": partner, "aliases": [other] });
    assert_eq!(f.admin.post("/v1/domain", &own).await.fields(), ["aliases"]);
    // What one gives up another may take, and its own it keeps.
    let path = format!("/v1/domain/{name}");
    f.admin.patch(&path, &json!({ "aliases": [format!("b.{name}")] })).await.expect(200);
    f.admin.patch(&path, &json!({ "aliases": [format!("b.{name}"), format!("c.{name}")] })).await.expect(200);
    let body = json!({ "name": format!("a.{name}"), "partner": partner });
    f.admin.post("/v1/domain", &body).await.expect(201);
}
