//! A portfolio as Terraform's configuration.

use crate::fixture::Fixture;
use serde_json::json;
use std::fs;

pub(crate) async fn a_portfolio_is_written_as_people_write_it(f: &Fixture) {
    let (partner, other) = (f.partner().await, f.partner().await);
    let hypervisor = f.hypervisor().await["code"].as_str().unwrap().to_owned();
    f.hypervisor().await;
    f.admin
        .patch(&format!("/v1/partner/{partner}"), &json!({ "hypervisors": [hypervisor] }))
        .await
        .expect(200);
    f.plan(
        &partner,
        "gold",
        &json!({ "kvm_cpu": { "price": "1.5", "period": "day" }, "vdc": { "price": "2" } }),
    )
    .await;
    let client = json!({
        "partner": partner, "code": "1-acme", "name": "ООО \"${acme}\"\n%{if}", "tariff_plan": "gold",
        "internet": 100, "allowed_hypervisors": [hypervisor], "payment_model": "postpay", "min_balance": "-10.5",
    });
    f.admin.post("/v1/client", &client).await.expect(201);
    f.client(&other, "hidden", "base").await;
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let export = ["export", "--partner", &partner, "--out", out.to_str().unwrap()];
    assert!(f.server.cli(&export).unwrap().contains("5 object(s)"));
    let read = |name: &str| fs::read_to_string(out.join(name)).unwrap();
    let (name, pool) = (partner.replace('-', "_"), hypervisor.replace('-', "_"));
    let expected = format!(
        r#"resource "esu_client" "_1_acme" {{
  code                = "1-acme"
  partner             = esu_partner.{name}.code
  name                = "ООО \"$${{acme}}\"\n%%{{if}}"
  tariff_plan         = esu_tariff_plan.gold.code
  internet_mbps       = 100
  allowed_hypervisors = [esu_hypervisor.{pool}.code]
  payment_model       = "postpay"
  min_balance         = -10.5
}}
"#
    );
    assert_eq!(read("client.tf"), expected);
    let plans = read("tariff_plan.tf");
    let services =
        "  services = {\n    kvm_cpu = { price = 1.5, period = \"day\" }\n    vdc     = { price = 2 }\n  }\n";
    assert!(plans.contains(services), "{plans}");
    assert!(read("hypervisor.tf").contains("# password is write-only"), "{}", read("hypervisor.tf"));
    let imports = read("imports.tf");
    assert!(
        imports.contains(&format!("import {{\n  to = esu_client._1_acme\n  id = \"{partner}/1-acme\"\n}}\n")),
        "{imports}"
    );
    assert_eq!(imports.matches("import {").count(), 5, "{imports}");
    // Nothing is written over, and what is not there is not exported.
    assert!(f.server.cli(&export).is_err());
    let elsewhere = folder.path().join("elsewhere");
    assert!(f.server.cli(&["export", "--partner", "nobody", "--out", elsewhere.to_str().unwrap()]).is_err());
    assert!(!elsewhere.exists());
}
