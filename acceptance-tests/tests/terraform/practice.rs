//! What `examples/` gives pipelines: the policy on plans, and a module with tests of its own.

use crate::examples::{HYPERVISOR, PARTNER, root};
use acceptance_tests::world::{On, World};
use regorus::Engine;
use std::fs;
use testkit::terraform::Workspace;

/// What the policy says of the kept plan: refusals, then warnings.
fn judged(workspace: &Workspace) -> [Vec<String>; 2] {
    let mut engine = Engine::new();
    let policy = fs::read_to_string(root().join("policy/esu.rego")).unwrap();
    engine.add_policy("esu.rego".to_owned(), policy).unwrap();
    let plan = workspace.run(&["show", "-json", "plan"]).expect(0).out;
    engine.set_input_json(&plan).unwrap();
    ["deny", "warn"].map(|rule| {
        let said = engine.eval_rule(format!("data.main.{rule}")).unwrap();
        let mut said: Vec<String> =
            said.as_set().unwrap().iter().map(|text| text.as_string().unwrap().to_string()).collect();
        said.sort();
        said
    })
}

fn configuration(protection: bool, price: &str, more: &str) -> String {
    format!(
        "{HYPERVISOR}{PARTNER}
resource \"esu_tariff_plan\" \"basic\" {{
  code     = \"basic\"
  partner  = esu_partner.first.code
  name     = \"Basic\"
  services = {{
    kvm_cpu = {{ price = {price}, period = \"day\" }}{more}
  }}
}}

resource \"esu_client\" \"acme\" {{
  code                = \"acme\"
  partner             = esu_partner.first.code
  name                = \"Acme\"
  tariff_plan         = esu_tariff_plan.basic.code
  deletion_protection = {protection}
}}
"
    )
}

#[test]
fn the_policy_refuses_what_it_says() {
    let world = World::new(On::Sqlite, None);
    let workspace = world.workspace(&configuration(true, "10", ""));
    let nothing = [Vec::<String>::new(), Vec::new()];
    assert_eq!(workspace.plan(&[]).expect(2).code, 2);
    assert_eq!(judged(&workspace), nothing);
    let _ = workspace.apply(&[]).expect(0);

    workspace.configure(&configuration(true, "12", "")).unwrap();
    let _ = workspace.plan(&[]).expect(2);
    assert_eq!(judged(&workspace), nothing);

    let dearer = configuration(false, "12.5", "\n    kvm_ram = { price = 1, period = \"day\" }");
    workspace.configure(&dearer).unwrap();
    let _ = workspace.plan(&[]).expect(2);
    let [refused, warned] = judged(&workspace);
    assert_eq!(
        refused,
        [
            "esu_client.acme has no deletion_protection",
            "esu_tariff_plan.basic: the price of kvm_cpu would rise from 10 to 12.5",
        ]
    );
    assert_eq!(warned, ["esu_tariff_plan.basic: kvm_ram was free and would cost 1"]);

    workspace.configure("").unwrap();
    let _ = workspace.plan(&[]).expect(2);
    let gone = ["esu_client.acme", "esu_hypervisor.first", "esu_partner.first", "esu_tariff_plan.basic"];
    assert_eq!(judged(&workspace)[0], gone.map(|address| format!("{address} would be deleted")));
}

/// What the guide calls a save in two steps: a plan that nobody applies changes nothing (6.1.1-05, 7.2-13).
#[test]
fn what_is_planned_and_not_applied_leaves_no_trace() {
    let world = World::new(On::Sqlite, None);
    let workspace = world.workspace(&configuration(true, "10", ""));
    let _ = workspace.apply(&[]).expect(0);
    let admin = world.admin();
    let kept = || {
        let nouns = ["tariff_plan", "client", "event"];
        nouns.map(|noun| admin.get(&format!("/v1/{noun}?limit=1000"))["items"].clone())
    };
    let before = kept();
    assert!(before.iter().all(|items| items.as_array().is_some_and(|items| !items.is_empty())));
    workspace.configure(&configuration(false, "12.5", "")).unwrap();
    assert_eq!(workspace.plan(&[]).expect(2).counts(), [0, 0, 2, 0]);
    assert_eq!(kept(), before);
}

#[test]
fn the_module_passes_its_own_tests() {
    let world = World::shared(On::Sqlite);
    let workspace = world.workspace("").without("ESU_TOKEN").without("ESU_ENDPOINT");
    workspace.remove("head.tf");
    fs::create_dir_all(workspace.path().join("tests/mocks")).unwrap();
    for file in ["main.tf", "tests/clients.tftest.hcl", "tests/mocks/esu.tfmock.hcl"] {
        let text = fs::read_to_string(root().join("testing").join(file)).unwrap();
        workspace.write(file, &text).unwrap();
    }
    workspace.init();
    let run = workspace.run(&["test", "-no-color"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert!(run.out.contains("2 passed, 0 failed"), "{}", run.out);
}
