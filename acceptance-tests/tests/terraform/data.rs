//! Data sources and the function, in one configuration; the numbers are those of the guide's figure 75.

use acceptance_tests::world::{On, World};
use serde_json::{Value, json};

const SET_UP: &str = r#"
resource "esu_partner" "acme" {
  code = "acme"
  name = "Acme"
}

resource "esu_tariff_plan" "standard" {
  code    = "standard"
  partner = esu_partner.acme.code
  name    = "Standard"

  services = {
    iso       = { price = 10, period = "day", calendar = true }
    vdc       = { price = 0, period = "day", calendar = true }
    public_ip = { price = 1, period = "day", calendar = true }
  }
}

resource "esu_client" "first" {
  code        = "first"
  partner     = esu_partner.acme.code
  name        = "First"
  tariff_plan = esu_tariff_plan.standard.code
}
"#;

const ASKED: &str = r#"
data "esu_services" "all" {}

data "esu_consumption" "day" {
  client = "${esu_partner.acme.code}/${esu_client.first.code}"
  from   = "2021-12-20"
  to     = "2021-12-20"
}

data "esu_consumption" "before" {
  client  = esu_client.first.code
  partner = esu_partner.acme.code
  from    = "2021-12-01"
  to      = "2021-12-18"
}

output "services" { value = data.esu_services.all.services }
output "day" { value = data.esu_consumption.day }
output "before" { value = data.esu_consumption.before }
output "sum" { value = sum(flatten(data.esu_consumption.day.days[*].rows)[*].amount) }
output "skus" {
  value = {
    for service in data.esu_services.all.services : service.id => provider::esu::parse_sku(service.sku)
  }
}
output "sku" { value = provider::esu::parse_sku("IS-KVM-VCPU-SL6-CR-P-PC-D") }
"#;

/// An image of 10 GB, a data centre and an address, from midnight of 20 December 2021 in Moscow.
fn observe(world: &World) {
    let admin = world.admin();
    admin.post("/v1/source", &json!({ "code": "storage" }));
    let things = [
        (
            "5b1d7c4e-3f0a-4c1e-9d52-7a6b8f2e0c11",
            "Debian 12",
            json!({ "kind": "image", "size_bytes": 10_737_418_240_u64 }),
        ),
        ("c07a2f9d-64be-4f3b-8a1c-2d9e5b7f3a42", "Main VDC", json!({ "kind": "vdc" })),
        ("e81f4b6a-92cd-4d70-b3e5-1f8a6c0d9b73", "203.0.113.10", json!({ "kind": "public_ip" })),
    ];
    let observations = things.into_iter().zip(1..).map(|((resource, name, thing), sequence)| {
        json!({
            "sequence": sequence, "observed_at": "2021-12-19T21:00:00Z", "resource": resource, "name": name,
            "owner": "acme/first/default", "thing": thing,
        })
    });
    let observations: Vec<Value> = observations.collect();
    admin.post("/v1/observation", &json!({ "source": "storage", "epoch": 1, "observations": observations }));
}

fn amounts(report: &Value) -> Vec<(String, String, String)> {
    let days = report["days"].as_array().unwrap();
    let rows = days.iter().flat_map(|day| day["rows"].as_array().unwrap());
    let text = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    rows.map(|row| (text(row, "object_name"), text(row, "consumption"), row["amount"].to_string())).collect()
}

#[test]
fn data_sources_and_the_function_answer_exactly() {
    let world = World::new(On::Sqlite, Some("2021-12-19T21:00:00Z"));
    let workspace = world.workspace(SET_UP);
    let _ = workspace.apply(&[]).expect(0);
    observe(&world);
    world.admin().put("/v1/clock", &json!({ "now": "2021-12-21T21:00:00Z" }));
    let _ = world.server.cli(&["bill", "run"]).unwrap();

    workspace.configure(&format!("{SET_UP}{ASKED}")).unwrap();
    let _ = workspace.apply(&[]).expect(0);
    workspace.expect_empty_plan();
    let outputs = workspace.run(&["output", "-json"]).expect(0).json();
    let output = |name: &str| &outputs[name]["value"];

    let services = output("services").as_array().unwrap();
    assert_eq!((services.len(), schemas::service::CATALOGUE.len()), (28, 28));

    let day = output("day");
    let row = |name: &str, consumption: &str, amount: &str| {
        (name.to_owned(), consumption.to_owned(), amount.to_owned())
    };
    let mut rows = amounts(day);
    rows.sort();
    assert_eq!(
        rows,
        [
            row("203.0.113.10", "1 pc x day", "-1"),
            row("Debian 12", "10 GB x day", "-100"),
            row("Main VDC", "1 pc x day", "0"),
        ]
    );
    assert_eq!(day["total"].to_string(), "-101");
    assert_eq!(output("sum").to_string(), "-101");
    assert_eq!(day["days"][0]["date"], "2021-12-20");
    let contract =
        workspace.values().into_iter().find(|(address, _)| address == "esu_client.first").unwrap().1;
    assert_eq!(day["contract_id"], contract["contract_id"]);
    assert_eq!((amounts(output("before")), output("before")["total"].to_string()), (vec![], "0".to_owned()));

    let sku = json!({
        "family": "IS", "platform": "KVM", "resource": "VCPU", "grade": "SL6", "quantity": "CR", "basis": "P",
        "unit": "PC", "period": "D",
    });
    assert_eq!(output("sku"), &sku);
    assert_eq!(output("skus").as_object().unwrap().len(), 28);
}

const TRIED: &str = r#"
data "esu_quote" "image" {
  partner     = esu_partner.acme.code
  tariff_plan = esu_tariff_plan.standard.code
  quantities  = { iso = 10, public_ip = 1 }
}

data "esu_quote" "first" {
  partner = esu_partner.acme.code
  client  = esu_client.first.code
}

data "esu_plan_impact" "day" {
  partner     = esu_partner.acme.code
  tariff_plan = esu_tariff_plan.standard.code
  from        = "2021-12-20"
  to          = "2021-12-20"
  services    = { iso = { price = 7.5, period = "day", calendar = true } }
}

output "image" { value = data.esu_quote.image }
output "first" { value = data.esu_quote.first }
output "impact" { value = data.esu_plan_impact.day }
output "month" {
  value = provider::esu::monthly_cost(esu_tariff_plan.standard.services, { iso = 10, public_ip = 1 })
}
output "charged" {
  value = provider::esu::charge_dates("2021-10-05T12:00:00+03:00", "month", true, "Europe/Moscow", 2)
}
"#;

/// Prices are known before anything is ordered, and what others would have cost after: the same by the server and by
/// the function that needs none.
#[test]
fn prices_are_known_before_they_are_charged() {
    let world = World::new(On::Sqlite, Some("2021-12-19T21:00:00Z"));
    let workspace = world.workspace(SET_UP);
    let _ = workspace.apply(&[]).expect(0);
    observe(&world);
    world.admin().put("/v1/clock", &json!({ "now": "2021-12-21T21:00:00Z" }));

    workspace.configure(&format!("{SET_UP}{TRIED}")).unwrap();
    let _ = workspace.apply(&[]).expect(0);
    workspace.expect_empty_plan();
    let outputs = workspace.run(&["output", "-json"]).expect(0).json();
    let number = |output: &str, name: &str| outputs[output]["value"][name].to_string();
    // 10 GB at 10 and an address at 1 a day; a month is 101 x 365 / 12.
    let image = ["first_charge", "per_day", "per_month", "per_year"].map(|name| number("image", name));
    assert_eq!(image, ["101", "101", "3072.0833333", "36865"]);
    assert_eq!(outputs["month"]["value"].to_string(), "3072.0833333");
    assert_eq!(number("first", "per_day"), "101", "what was observed");
    let impact = ["contracts", "before", "after", "difference"].map(|name| number("impact", name));
    assert_eq!(impact, ["1", "101", "75", "-26"]);
    assert_eq!(outputs["impact"]["value"]["clients"][0]["client"], "first");
    assert_eq!(
        outputs["charged"]["value"],
        json!(["2021-10-05T12:00:00+03:00", "2021-11-01T00:00:00+03:00"])
    );
}

/// What a data source cannot find, it says where it was asked for.
#[test]
fn a_report_on_nobody_is_refused() {
    let world = World::shared(On::Sqlite);
    let asked = |client: &str| {
        format!(
            "data \"esu_consumption\" \"it\" {{\n  client = \"{client}\"\n  from = \"2021-12-20\"\n  to = \"2021-12-20\"\n}}\n"
        )
    };
    let workspace = world.workspace(&asked("nobody"));
    for client in ["nobody", "nowhere/nobody"] {
        workspace.configure(&asked(client)).unwrap();
        let errors = workspace.plan(&[]).expect(1).errors();
        assert_eq!(errors[0].summary, format!("No client \"{client}\""));
        assert_eq!(errors[0].address, "data.esu_consumption.it");
        assert!(errors[0].code.starts_with("client ="), "{errors:?}");
    }
}
