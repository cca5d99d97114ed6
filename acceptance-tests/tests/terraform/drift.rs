//! What was changed outside of Terraform: a plan shows it, and a plan made before it is not carried out.

use acceptance_tests::world::{On, World};
use serde_json::{Value, json};

fn configuration(prefix: &str, name: &str) -> String {
    format!(
        "resource \"esu_partner\" \"it\" {{\n  code = \"{prefix}\"\n  name = \"Drift\"\n}}\nresource \"esu_tariff_plan\" \
         \"it\" {{\n  code = \"{prefix}\"\n  partner = esu_partner.it.code\n  name = \"Drift\"\n  services = {{\n    \
         kvm_cpu = {{ price = 0.4861111 }}\n  }}\n}}\nresource \"esu_client\" \"it\" {{\n  code = \"{prefix}\"\n  partner \
         = esu_partner.it.code\n  name = \"{name}\"\n  tariff_plan = esu_tariff_plan.it.code\n}}\n"
    )
}

fn path_of(world: &World, noun: &str, code: &str) -> String {
    let found = world.admin().all(noun, code);
    format!("/v1/{noun}/{}", found[0]["id"].as_str().unwrap())
}

#[test]
fn a_change_outside_is_planned_back() {
    let world = World::shared(On::Sqlite);
    let workspace = world.workspace(&configuration("drift", "Client"));
    let _ = workspace.apply(&[]).expect(0);
    let client = path_of(&world, "client", "drift");
    let plan = path_of(&world, "tariff_plan", "drift");
    world.admin().patch(&client, &json!({ "name": "By hand", "internet": 77, "min_balance": "-5" }));
    world.admin().patch(&plan, &json!({ "services": { "kvm_ram": { "price": "2.5" } } }));

    let planned = workspace.plan(&[]).expect(2);
    // Who it was is told at each attribute that is set back.
    let told = planned.said();
    let of = |address: &str| -> Vec<_> { told.iter().filter(|said| said.address == address).collect() };
    assert_eq!((of("esu_client.it").len(), of("esu_tariff_plan.it").len()), (3, 1), "{told:?}");
    for said in of("esu_client.it") {
        assert_eq!(said.summary, "esu_client \"drift/drift\" was changed outside of Terraform");
        let who = "admin changed the object last (internet_mbps, min_balance, name), at 20";
        assert!(said.detail.contains(who) && said.detail.contains(" with testkit"), "{said:?}");
    }
    let update = |name: &str| (format!("{name}.it"), "update".to_owned());
    let mut changes = planned.planned();
    changes.sort();
    assert_eq!(changes, [update("esu_client"), update("esu_tariff_plan")]);
    let kept = workspace.kept_plan();
    let change = |address: &str| -> Value {
        let changes = kept["resource_changes"].as_array().unwrap();
        changes.iter().find(|change| change["address"] == address).unwrap()["change"].clone()
    };
    let of_client = change("esu_client.it");
    assert_eq!(
        (&of_client["before"]["name"], &of_client["after"]["name"]),
        (&json!("By hand"), &json!("Client"))
    );
    assert_eq!(
        (&of_client["before"]["internet_mbps"], &of_client["after"]["internet_mbps"]),
        (&json!(77), &json!(null))
    );
    let of_plan = change("esu_tariff_plan.it");
    assert_eq!(of_plan["before"]["services"].as_object().unwrap().len(), 2);
    assert_eq!(of_plan["after"]["services"].as_object().unwrap().len(), 1);

    let _ = workspace.run(&["apply", "-no-color", "plan"]).expect(0);
    workspace.expect_empty_plan();
    let client = world.admin().get(&client);
    assert_eq!((&client["name"], &client["internet"]), (&json!("Client"), &json!(null)));
    assert_eq!(world.admin().get(&plan)["services"].as_object().unwrap().len(), 1);
    let _ = workspace.destroy(&[]).expect(0);
}

#[test]
fn a_plan_made_before_a_change_is_not_carried_out() {
    let world = World::shared(On::Sqlite);
    let workspace = world.workspace(&configuration("moved", "Client"));
    let _ = workspace.apply(&[]).expect(0);
    workspace.configure(&configuration("moved", "Client, renamed")).unwrap();
    let _ = workspace.plan(&[]).expect(2);
    let client = path_of(&world, "client", "moved");
    world.admin().patch(&client, &json!({ "lan": 500 }));

    let applied = workspace.run(&["apply", "-json", "plan"]).expect(1);
    let errors = applied.errors();
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert_eq!(errors[0].summary, "esu_client \"moved/moved\" was changed by someone else");
    assert_eq!(errors[0].address, "esu_client.it");
    let detail = &errors[0].detail;
    assert!(detail.starts_with("admin changed ") && detail.contains(" with testkit"), "{detail}");
    let unchanged = world.admin().get(&client);
    assert_eq!((&unchanged["name"], &unchanged["lan"]), (&json!("Client"), &json!(500)));

    // A new plan sees both, and is carried out.
    let _ = workspace.apply(&[]).expect(0);
    workspace.expect_empty_plan();
    let after = world.admin().get(&client);
    assert_eq!((&after["name"], &after["lan"]), (&json!("Client, renamed"), &json!(1000)));
    let _ = workspace.destroy(&[]).expect(0);
}

/// An object that was deleted between plan and apply is told as such, and planned anew.
#[test]
fn an_object_deleted_before_its_update_is_planned_anew() {
    let world = World::shared(On::Sqlite);
    let workspace = world.workspace(&configuration("gone", "Client"));
    let _ = workspace.apply(&[]).expect(0);
    workspace.configure(&configuration("gone", "Client, renamed")).unwrap();
    let _ = workspace.plan(&[]).expect(2);
    world.admin().delete(&path_of(&world, "client", "gone"));
    let errors = workspace.run(&["apply", "-json", "plan"]).expect(1).errors();
    assert_eq!(errors[0].address, "esu_client.it", "{errors:?}");
    let planned = workspace.plan(&[]).expect(2);
    let said = planned.said();
    let gone =
        said.iter().find(|said| said.summary == "esu_client \"gone/gone\" was deleted outside of Terraform");
    assert!(gone.is_some_and(|gone| gone.detail.contains("admin deleted it at 20")), "{said:?}");
    assert_eq!(planned.planned(), [("esu_client.it".to_owned(), "create".to_owned())]);
    let _ = workspace.apply(&[]).expect(0);
    workspace.expect_empty_plan();

    // Deleting what is gone already is no error.
    world.admin().delete(&path_of(&world, "client", "gone"));
    let _ = workspace.destroy(&["-refresh=false"]).expect(0);
    assert!(world.admin().all("partner", "gone").is_empty());
}

/// Which messages a user gets is the user's own to say, as far as the configuration says nothing of it.
#[test]
fn what_people_choose_is_no_change() {
    let world = World::shared(On::Sqlite);
    let configuration = |notify: &str| {
        format!(
            "resource \"esu_partner\" \"it\" {{\n  code = \"choice\"\n  name = \"Choice\"\n}}\nresource \"esu_domain\" \
             \"it\" {{\n  name = \"choice.example.org\"\n  partner = esu_partner.it.code\n}}\nresource \"esu_user\" \
             \"it\" {{\n  login = \"choosy\"\n  domain = esu_domain.it.name\n  name = \"C\"\n{notify}}}\n"
        )
    };
    let workspace = world.workspace(&configuration(""));
    let _ = workspace.apply(&[]).expect(0);
    workspace.expect_empty_plan();
    let user = "/v1/user/choosy";
    let notify = || world.admin().get(user)["notify"].clone();
    assert_eq!(notify(), json!({ "low_balance": true, "note": true, "collector": true }));
    world.admin().patch(user, &json!({ "notify": { "note": false } }));
    workspace.expect_empty_plan();
    // What is said in the configuration is whole, and is set back.
    workspace.configure(&configuration("  notify = { collector = false }\n")).unwrap();
    let _ = workspace.apply(&[]).expect(0);
    workspace.expect_empty_plan();
    world.admin().patch(user, &json!({ "notify": { "low_balance": false } }));
    let planned = workspace.plan(&[]).expect(2).planned();
    assert_eq!(planned, [("esu_user.it".to_owned(), "update".to_owned())]);
    let _ = workspace.apply(&[]).expect(0);
    assert_eq!(notify(), json!({ "low_balance": true, "note": true, "collector": false }));
    workspace.configure(&configuration("")).unwrap();
    workspace.expect_empty_plan();
    assert_eq!(notify()["collector"], json!(false));
    let _ = workspace.destroy(&[]).expect(0);
}
