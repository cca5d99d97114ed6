//! `esu_balance_correction`: append only, whatever becomes of the resource (7.7).

use acceptance_tests::world::{On, World};
use serde_json::{Value, json};
use testkit::terraform::{Run, Workspace};

const SET_UP: &str = r#"
resource "esu_partner" "it" {
  code = "corrected"
  name = "Corrected"
}

resource "esu_tariff_plan" "it" {
  code    = "base"
  partner = esu_partner.it.code
  name    = "Base"
}

resource "esu_client" "it" {
  code        = "one"
  partner     = esu_partner.it.code
  name        = "One"
  tariff_plan = esu_tariff_plan.it.code
}
"#;

/// Its balance, its payments and the ledger.
const LOOKED_UP: &str = r#"
data "esu_balance" "it" {
  client     = "corrected/${esu_client.it.code}"
  depends_on = [esu_balance_correction.a]
}

data "esu_payments" "it" {
  partner    = esu_partner.it.code
  client     = esu_client.it.code
  method     = "correction"
  depends_on = [esu_balance_correction.a]
}

data "esu_transactions" "it" {
  partner    = esu_partner.it.code
  client     = esu_client.it.code
  limit      = 1
  depends_on = [esu_balance_correction.a]
}

output "shown" {
  value = [
    data.esu_balance.it.balance,
    data.esu_balance.it.state,
    data.esu_payments.it.payments[*].amount,
    { for side in data.esu_transactions.it.transactions[0].entries : side.account => side.amount },
  ]
}
"#;

fn block(label: &str, reference: &str, amount: &str, reason: &str) -> String {
    format!(
        "resource \"esu_balance_correction\" \"{label}\" {{\n  client    = esu_client.it.code\n  partner   = \
         esu_partner.it.code\n  reference = \"{reference}\"\n  amount    = {amount}\n  reason    = \"{reason}\"\n}}\n"
    )
}

fn corrections(world: &World) -> Vec<(Value, Value)> {
    let listed = world.admin().get("/v1/payment?sort=date&limit=100");
    let items = listed["items"].as_array().unwrap().iter();
    items.map(|item| (item["external_id"].clone(), item["amount"].clone())).collect()
}

/// The only error of a run that must fail.
fn refused(workspace: &Workspace, more: &str) -> String {
    workspace.configure(&format!("{SET_UP}{more}")).unwrap();
    let errors = workspace.apply(&[]).expect(1).errors();
    assert_eq!(errors.len(), 1, "{errors:?}");
    errors[0].summary.clone()
}

fn warnings(run: &Run) -> Vec<String> {
    let said = run.said().into_iter().filter(|said| said.severity == "warning");
    said.map(|said| said.summary).collect()
}

fn imports(workspace: &Workspace, id: &str) {
    for given in ["corrected/one/2022/17", id] {
        let _ = workspace.run(&["state", "rm", "esu_balance_correction.a"]).expect(0);
        let _ = workspace.import("esu_balance_correction.a", given).expect(0);
        workspace.expect_empty_plan();
    }
    let _ = workspace.run(&["state", "rm", "esu_balance_correction.a"]).expect(0);
    for strange in ["corrected/one/2022/18", "nothing"] {
        assert_eq!(workspace.import("esu_balance_correction.a", strange).code, 1, "{strange}");
    }
    let _ = workspace.import("esu_balance_correction.a", id).expect(0);
}

#[test]
fn a_correction_is_written_once_and_stays() {
    let world = World::new(On::Sqlite, None);
    let first = block("a", "2022/17", "100.0000001", "Bonus");
    let workspace = world.workspace(&format!("{SET_UP}{first}"));
    let _ = workspace.apply(&[]).expect(0);
    workspace.expect_empty_plan();
    let values = workspace.values().into_iter().find(|(address, _)| address == "esu_balance_correction.a");
    let (_, values) = values.unwrap();
    assert_eq!(
        (&values["amount"].to_string(), &values["author"]),
        (&"100.0000001".to_owned(), &json!("admin"))
    );
    imports(&workspace, values["id"].as_str().unwrap());

    // It never changes.
    for (amount, reason) in [("101", "Bonus"), ("100.0000001", "Gift")] {
        refused(&workspace, &block("a", "2022/17", amount, reason));
    }
    // Other money needs a reference of its own.
    assert_eq!(
        refused(&workspace, &format!("{first}{}", block("b", "2022/17", "-5", "Other"))),
        "The reference belongs to another correction"
    );
    let one = vec![(json!("2022/17"), json!("100.0000001"))];
    assert_eq!(corrections(&world), one);

    // Another reference is another correction beside it.
    workspace.configure(&format!("{SET_UP}{}", block("a", "2022/18", "100.0000001", "Bonus"))).unwrap();
    let applied = workspace.apply(&[]).expect(0);
    assert!(!warnings(&applied).is_empty(), "{}", applied.brief());
    let both = [one, vec![(json!("2022/18"), json!("100.0000001"))]].concat();
    assert_eq!(corrections(&world), both);

    // What is looked up is exact.
    workspace
        .configure(&format!("{SET_UP}{}{LOOKED_UP}", block("a", "2022/18", "100.0000001", "Bonus")))
        .unwrap();
    let _ = workspace.apply(&[]).expect(0);
    let shown = workspace.run(&["output", "-json", "shown"]).expect(0).json();
    assert_eq!(shown[0].to_string(), "200.0000002");
    assert_eq!((&shown[1], shown[2].to_string()), (&json!("active"), "[100.0000001,100.0000001]".to_owned()));
    assert_eq!(shown[3].to_string(), r#"{"client":100.0000001,"correction":-100.0000001}"#);

    // Taken out of the state it stays in the ledger; written again it is the same.
    workspace.configure(SET_UP).unwrap();
    let removed = workspace.apply(&[]).expect(0);
    assert!(
        warnings(&removed).contains(&"The ledger keeps the correction".to_owned()),
        "{}",
        removed.brief()
    );
    assert_eq!(
        refused(&workspace, &block("a", "2022/17", "1", "Bonus")),
        "The reference belongs to another correction"
    );
    workspace.configure(&format!("{SET_UP}{first}")).unwrap();
    let _ = workspace.apply(&[]).expect(0);
    workspace.expect_empty_plan();
    assert_eq!(corrections(&world), both);
    // The ledger outlives client and partner.
    let _ = workspace.destroy(&[]).expect(0);
    assert_eq!(corrections(&world), both);
}
