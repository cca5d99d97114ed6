//! What is refused, and where: all errors of a body at once, each at its field.

use crate::fixture::{Fixture, client_body, unique};
use reqwest::Method;
use serde_json::json;

pub(crate) async fn all_errors_come_at_once_each_at_its_field(f: &Fixture) {
    let body = json!({
        "code": "Acme", "partner": "default", "colour": "red",
        "services": {
            "kvm_cpu": { "price": "0.12345678", "period": "week" },
            "kvm_ram": { "price": 0.12345678 },
            "kvm_gpu": { "price": 1 },
            "vdc": { "calendar": "yes", "rounding": true },
        },
    });
    let refused = f.admin.post("/v1/tariff_plan", &body).await;
    assert_eq!(refused.header("x-request-id"), refused.json["request_id"]);
    let fields = [
        "code",
        "colour",
        "name",
        "partner",
        "services.kvm_cpu.period",
        "services.kvm_cpu.price",
        "services.kvm_gpu",
        "services.kvm_ram.price",
        "services.vdc.calendar",
        "services.vdc.price",
        "services.vdc.rounding",
    ];
    assert_eq!(refused.json["name"][0], "This field is required.");
    assert_eq!(refused.fields(), fields);

    let client = json!({
        "code": "a".repeat(64), "partner": "acme", "name": "x".repeat(256), "tariff_plan": "base",
        "internet": 0, "lan": 100_001, "payment_methods": ["cash"], "payment_model": "never",
        "min_balance": "1e-8", "deletion_protection": "no", "allowed_hypervisors": ["UP"],
    });
    let fields = [
        "allowed_hypervisors.0",
        "code",
        "deletion_protection",
        "internet",
        "lan",
        "min_balance",
        "name",
        "payment_methods.0",
        "payment_model",
    ];
    assert_eq!(f.admin.post("/v1/client", &client).await.fields(), fields);

    let hypervisor = json!({
        "code": unique("kvm"), "type": "xen", "name": "", "uri": "", "poll_interval": "30",
        "disk_types": { "images": "nvme" }, "password_version": 1e30, "cpu_class": "9", "cpu_per_vm": 4097,
    });
    let fields = [
        "cpu_class",
        "cpu_per_vm",
        "disk_types.images",
        "name",
        "password_version",
        "poll_interval",
        "type",
        "uri",
    ];
    assert_eq!(f.admin.post("/v1/hypervisor", &hypervisor).await.fields(), fields);
    let partner = json!({
        "code": unique("partner"), "name": "P", "time_zone": "Moscow", "dns_admin_email": "dns", "grace": "-1s",
        "model": "franchise", "services": ["kvm_gpu"], "hypervisors": ["nowhere"], "dns_ns": [""],
    });
    let fields = ["dns_admin_email", "dns_ns.0", "grace", "model", "services.0", "time_zone"];
    assert_eq!(f.admin.post("/v1/partner", &partner).await.fields(), fields);
    let partner = json!({ "code": unique("partner"), "name": "P", "hypervisors": ["nowhere"] });
    assert_eq!(f.admin.post("/v1/partner", &partner).await.fields(), ["hypervisors"]);
}

pub(crate) async fn prices_are_exact(f: &Fixture) {
    let partner = f.partner().await;
    let refused = |price: &str| {
        format!(r#"{{"partner":"{partner}","code":"p","name":"P","services":{{"vdc":{{"price":{price}}}}}}}"#)
    };
    for price in [
        "0.12345678",
        "\"0.12345678\"",
        "-1",
        "\"-0.0000001\"",
        "1000000.0000001",
        "\"1000001\"",
        "\"\"",
        "\"one\"",
        "true",
        "null",
        "1e-8",
        "1e400",
        "{}",
    ] {
        let answer = f.admin.call(Method::POST, "/v1/tariff_plan").text(&refused(price)).send().await;
        assert_eq!(answer.fields(), ["services.vdc.price"], "{price}");
    }
    for (price, exact) in [
        ("0.1234567", "0.1234567"),
        ("\"0.1234567\"", "0.1234567"),
        ("1000000", "1000000"),
        ("1e-7", "0.0000001"),
        ("2.50", "2.5"),
        ("0", "0"),
        ("0.10000000000000", "0.1"),
    ] {
        let body = refused(price).replace(r#""code":"p""#, &format!(r#""code":"{}""#, unique("p")));
        let made = f.admin.call(Method::POST, "/v1/tariff_plan").text(&body).send().await.expect(201);
        assert_eq!(made["services"]["vdc"]["price"], exact, "{price}");
    }
}

pub(crate) async fn codes_are_refused(f: &Fixture) {
    let id = "954fd467-0000-4000-8000-000000000000";
    for code in ["", "Acme", "acme_1", "-a", "me", "default", "clone", "confirm", "акме", id] {
        let body = json!({ "code": code, "name": "Partner" });
        assert_eq!(f.admin.post("/v1/partner", &body).await.fields(), ["code"], "{code}");
    }
    let partner = f.partner().await;
    let taken = f.admin.post("/v1/partner", &json!({ "code": partner, "name": "P" })).await;
    assert!(taken.json["code"][0].as_str().unwrap().contains(&partner));
    assert_eq!(taken.alias(409), "code_taken");
    f.client(&partner, "first", "base").await;
    let again = f.admin.post("/v1/client", &client_body(&partner, "first", "base")).await;
    assert_eq!(again.alias(409), "code_taken");
    let unknown = f.admin.post("/v1/client", &client_body(&partner, "second", "gold")).await;
    assert_eq!(unknown.fields(), ["tariff_plan"]);
}

pub(crate) async fn bodies_that_are_none(f: &Fixture) {
    for (text, status) in [("", 400), ("{", 400), ("[]", 400), ("null", 400), ("\"text\"", 400)] {
        let answer = f.admin.call(Method::POST, "/v1/partner").text(text).send().await;
        assert!(!answer.json["non_field_errors"].as_array().unwrap().is_empty(), "{text}: {}", answer.text);
        answer.expect(status);
    }
    let long = json!({ "code": unique("partner"), "name": "x".repeat(1 << 20) });
    let refused = f.admin.post("/v1/partner", &long).await.expect(400);
    assert!(refused["non_field_errors"][0].as_str().unwrap().contains("1048576"));
    f.admin.get("/v1/nothing").await.expect(404);
    f.admin.delete("/v1/partner").await.expect(405);
}

/// Whoever still sends when it is refused is told why, and does not just lose its connection.
pub(crate) async fn a_long_body_is_refused_in_words(f: &Fixture) {
    let long = "x".repeat(20 << 20);
    let nobody = f.admin.with_token("esu_0");
    for _ in 0..5 {
        for path in ["/v1/client", "/v1/batch"] {
            let refused = f.admin.call(reqwest::Method::POST, path).text(&long).send().await;
            assert!(refused.text.contains("is longer than"), "{path}: {}", refused.text);
            refused.expect(400);
            nobody.call(reqwest::Method::POST, path).text(&long).send().await.expect(401);
        }
        f.admin.call(reqwest::Method::POST, "/v1/nothing").text(&long).send().await.expect(404);
    }
}

pub(crate) async fn queries_are_checked(f: &Fixture) {
    let partner = f.partner().await;
    for (path, field) in [
        ("/v1/partner?limit=0", "limit"),
        ("/v1/partner?limit=1001", "limit"),
        ("/v1/partner?page=0", "page"),
        ("/v1/partner?sort=colour", "sort"),
        ("/v1/partner?cursor=x", "cursor"),
        ("/v1/client?partner=nobody", "partner"),
        ("/v1/partner?limit=ten", "limit"),
        ("/v1/partner?colour=red", "colour"),
        ("/v1/machine?problem=none", "problem"),
    ] {
        assert_eq!(f.admin.get(path).await.fields(), [field], "{path}");
    }
    // A refusal has a field of this name itself.
    let refused = f.admin.get("/v1/contract/x/report?from=2021-12-20&to=2021-12-20&detail=hour").await;
    assert!(
        refused.json["non_field_errors"][0].as_str().unwrap().starts_with("detail: "),
        "{}",
        refused.text
    );
    f.admin.get("/v1/partner?page=1&cursor=").await.expect(400);
    let id = &f.client(&partner, "one", "base").await["contract"]["id"];
    let report =
        |from: &str, to: &str| format!("/v1/contract/{}/report?from={from}&to={to}", id.as_str().unwrap());
    for (from, to, field) in [
        ("yesterday", "2021-12-20", "from"),
        ("2021-12-20", "2021-02-30", "to"),
        ("2021-12-21", "2021-12-20", "to"),
        ("2020-01-01", "2021-12-20", "to"),
    ] {
        assert_eq!(f.admin.get(&report(from, to)).await.fields(), [field], "{from} {to}");
    }
    f.admin.get(&report("-009999-01-01", "9999-12-31")).await.expect(400);
    f.admin.get(&report("9999-12-30", "9999-12-31")).await.expect(200);
}
