//! The provider in the hands of a partner's own administrator.

use acceptance_tests::world::{On, World};
use serde_json::json;

const HYPERVISOR: &str = "resource \"esu_hypervisor\" \"it\" {\n  code = \"own-kvm\"\n  name = \"Own\"\n  type = \"kvm\"\n  uri = \
                          \"test+tcp://127.0.0.1:1/default\"\n}\n";

fn partner(code: &str, lines: &str) -> String {
    format!("resource \"esu_partner\" \"{code}\" {{\n  code = \"{code}\"\n  name = \"{code}\"\n{lines}}}\n")
}

fn plan_and_client(partner: &str) -> String {
    format!(
        "resource \"esu_tariff_plan\" \"it\" {{\n  code = \"own\"\n  partner = \"{partner}\"\n  name = \"Own\"\n  services \
         = {{ kvm_cpu = {{ price = 1.5 }} }}\n}}\nresource \"esu_client\" \"it\" {{\n  code = \"own\"\n  partner = \
         \"{partner}\"\n  name = \"Own\"\n  tariff_plan = esu_tariff_plan.it.code\n}}\n"
    )
}

#[test]
fn a_partner_administrator_manages_plans_and_clients_of_its_partner_alone() {
    let world = World::shared(On::Sqlite);
    let home = world.workspace(&format!(
        "{HYPERVISOR}{}{}{}",
        partner("own-acme", "  hypervisors = [esu_hypervisor.it.code]\n"),
        partner("own-other", ""),
        partner("own-reseller", "  model = \"reseller\"\n")
    ));
    let _ = home.apply(&[]).expect(0);
    let token = |code: &str| {
        world
            .server
            .cli(&["admin", "token", "--login", &format!("admin-of-{code}"), "--partner", code])
            .unwrap()
    };
    let acme = token("own-acme");

    let own = world.workspace_of(&acme, &plan_and_client("own-acme"));
    let _ = own.apply(&[]).expect(0);
    own.expect_empty_plan();
    // The audit log says who it was.
    let events = world.admin().get("/v1/event?object_kind=client&limit=1000");
    let event =
        events["items"].as_array().unwrap().iter().find(|event| event["object_name"] == "own").unwrap();
    assert_eq!((&event["actor"], &event["action"]), (&json!("admin-of-own-acme"), &json!("create")));
    assert!(event["client"].as_str().unwrap().starts_with("esu-terraform/"), "{event}");

    // Another partner is not there for it.
    let other = world.workspace_of(&acme, &plan_and_client("own-other"));
    let errors = other.apply(&[]).expect(1).errors();
    assert_eq!(errors[0].address, "esu_tariff_plan.it", "{errors:?}");
    assert!(errors[0].code.starts_with("partner ="), "{errors:?}");
    assert!(errors[0].detail.contains("own-other"), "{errors:?}");
    assert!(world.admin().all("tariff_plan", "own").len() == 1);

    // The platform's objects are the platform's.
    let platform = world.workspace_of(&acme, &partner("own-third", ""));
    let errors = platform.apply(&[]).expect(1).errors();
    assert_eq!((errors.len(), errors[0].address.as_str()), (1, "esu_partner.own-third"), "{errors:?}");
    assert!(errors[0].detail.contains("Only platform administrators"), "{errors:?}");

    // Of its own partner it may change the name, and no more (4-02 to 4-06).
    let of_mine = |lines: &str| partner("own-acme", &format!("  hypervisors = [\"own-kvm\"]\n{lines}"));
    let mine = world.workspace_of(&acme, &of_mine(""));
    let _ = mine.import("esu_partner.own-acme", "own-acme").expect(0);
    mine.expect_empty_plan();
    mine.configure(&of_mine("").replace("name = \"own-acme\"", "name = \"Renamed\"")).unwrap();
    let _ = mine.apply(&[]).expect(0);
    mine.expect_empty_plan();
    for line in [
        "hypervisors = []",
        "dns_ns = [\"ns.example.org\"]",
        "dns_admin_email = \"dns@example.org\"",
        "time_zone = \"UTC\"",
        "services = [\"kvm_cpu\"]",
    ] {
        let configuration = if line.starts_with("hypervisors") {
            partner("own-acme", "  hypervisors = []\n")
        } else {
            of_mine(&format!("  {line}\n"))
        };
        mine.configure(&configuration).unwrap();
        let errors = mine.apply(&[]).expect(1).errors();
        assert!(errors[0].detail.contains("change more than a partner's name"), "{line}: {errors:?}");
    }

    // A reseller's plans are made by the platform (INT-03).
    let reseller = world.workspace_of(&token("own-reseller"), &plan_and_client("own-reseller"));
    let errors = reseller.apply(&[]).expect(1).errors();
    assert!(errors[0].detail.contains("change the tariff plans of a reseller"), "{errors:?}");

    let _ = own.destroy(&[]).expect(0);
    let _ = home.destroy(&[]).expect(0);
}
