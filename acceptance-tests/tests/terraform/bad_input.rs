//! Wrong input: what is said, and where it points. What can be known without the server is said without it.

use acceptance_tests::world::{On, World};
use testkit::terraform::{Said, Workspace};

/// A port on which nothing listens.
const CLOSED: &str = "http://127.0.0.1:1";

fn plan(code: &str, services: &str) -> String {
    format!(
        "resource \"esu_tariff_plan\" \"it\" {{\n  code     = \"{code}\"\n  partner  = \"bad\"\n  name     = \"Bad\"\n  \
         services = {{ {services} }}\n}}\n"
    )
}

fn partner(code: &str) -> String {
    format!("resource \"esu_partner\" \"it\" {{\n  code = \"{code}\"\n  name = \"Bad\"\n}}\n")
}

/// The one error of a run that must have failed.
#[track_caller]
fn one(errors: Vec<Said>) -> Said {
    assert_eq!(errors.len(), 1, "{errors:?}");
    errors.into_iter().next().unwrap()
}

/// The same error by `validate`, and by `plan` with the server down.
#[track_caller]
fn told_without_the_server(workspace: &Workspace, configuration: &str) -> Said {
    workspace.configure(configuration).unwrap();
    let validated = one(workspace.validate().expect(1).errors());
    let planned = one(workspace.plan(&[]).expect(1).errors());
    assert_eq!((&validated.summary, &validated.detail), (&planned.summary, &planned.detail));
    planned
}

#[test]
fn wrong_values_are_told_without_the_server() {
    let world = World::shared(On::Sqlite);
    let workspace = world.workspace("").with("ESU_ENDPOINT", CLOSED);
    for (configuration, code, detail) in [
        (plan("bad", "kvm_gpu = { price = 1 }"), "services =", "services[\"kvm_gpu\"] is not accepted"),
        (
            plan("bad", "kvm_cpu = { price = 0.12345678 }"),
            "",
            "services[\"kvm_cpu\"].price 0.12345678 has more than 7",
        ),
        (plan("bad", "kvm_cpu = { price = -1 }"), "", "services[\"kvm_cpu\"].price -1 is negative"),
        (plan("bad", "kvm_cpu = { price = 1, charging = \"by_use\" }"), "", "charging must be one of"),
        (plan("Bad", ""), "code     =", "\"Bad\" is not a code"),
        // Terraform's generated configurations write null for an empty text: it must not mean something else.
        (
            "resource \"esu_hypervisor\" \"it\" {\n  code = \"bad\"\n  name = \"Bad\"\n  type = \"kvm\"\n  uri = \
             \"qemu+unix:///system\"\n  username = \"\"\n}\n"
                .to_owned(),
            "username =",
            "characters",
        ),
        (partner("954fd467-1111-4222-8333-444455556666"), "code =", "shape of an id"),
    ] {
        let said = told_without_the_server(&workspace, &configuration);
        assert_eq!(said.address, configuration.split('"').nth(1).unwrap().to_owned() + ".it");
        assert!(said.code.starts_with(code) && said.detail.contains(detail), "{said:?}");
    }
}

#[test]
fn a_wrong_endpoint_is_told_at_the_provider_block() {
    let world = World::shared(On::Sqlite);
    let nobody = format!("provider \"esu\" {{\n  endpoint    = \"{CLOSED}\"\n  max_retries = 0\n}}\n");
    let workspace = world.workspace(&format!("{nobody}{}", partner("bad")));
    let said = one(workspace.plan(&[]).expect(1).errors());
    assert_eq!(said.summary, format!("ESU cannot be reached at {CLOSED}"));
    assert!(said.code.starts_with("endpoint"), "{said:?}");
    assert!(said.detail.contains("onnection refused"), "{said:?}");

    for malformed in
        ["esu.example.org", "ftp://esu.example.org", "https://", "http://user:word@esu.example.org"]
    {
        let block = format!("provider \"esu\" {{\n  endpoint = \"{malformed}\"\n}}\n");
        let said = told_without_the_server(&workspace, &format!("{block}{}", partner("bad")));
        assert!(said.code.starts_with("endpoint ="), "{said:?}");
    }

    // By the environment it has no line of its own: the provider block is pointed to.
    let workspace = workspace.with("ESU_ENDPOINT", "esu.example.org");
    workspace.configure(&format!("provider \"esu\" {{}}\n{}", partner("bad"))).unwrap();
    let said = one(workspace.plan(&[]).expect(1).errors());
    assert_eq!(said.summary, "endpoint cannot be used");
    assert!(said.code.starts_with("provider \"esu\""), "{said:?}");
}

#[test]
fn a_wrong_token_is_told_and_never_shown() {
    let world = World::shared(On::Sqlite);
    let wrong = "esu_not_to_be_seen_0123456789abcdef0123456789abcdef";
    let workspace = world.workspace_of(wrong, &format!("provider \"esu\" {{}}\n{}", partner("bad")));
    let run = workspace.plan(&[]).expect(1);
    let said = one(run.errors());
    assert_eq!(said.summary, "The token is not accepted");
    assert!(!format!("{}{}", run.out, run.err).contains("not_to_be_seen"));

    let by_attribute = format!("provider \"esu\" {{\n  token = \"{wrong}\"\n}}\n{}", partner("bad"));
    workspace.configure(&by_attribute).unwrap();
    assert!(one(workspace.plan(&[]).expect(1).errors()).code.starts_with("token ="));
}

#[test]
fn a_code_that_is_taken_is_told_with_the_import() {
    let world = World::shared(On::Sqlite);
    let both = format!("{}{}", partner("taken"), plan("taken", "").replace("\"bad\"", "esu_partner.it.code"));
    let workspace = world.workspace(&both);
    let _ = workspace.apply(&[]).expect(0);

    // Another configuration of the same plan, with another body.
    let again = world.workspace(&plan("taken", "kvm_cpu = { price = 2 }").replace("\"bad\"", "\"taken\""));
    let said = one(again.apply(&[]).expect(1).errors());
    assert_eq!(said.summary, "esu_tariff_plan is there already");
    assert_eq!(said.address, "esu_tariff_plan.it");
    assert!(said.code.starts_with("code     ="), "{said:?}");
    assert!(said.detail.contains("terraform import esu_tariff_plan.NAME taken/taken"), "{said:?}");

    let command = said.detail.lines().find_map(|line| line.trim().strip_prefix("terraform import ")).unwrap();
    let (address, id) = command.split_once(' ').unwrap();
    let _ = again.import(&address.replace("NAME", "it"), id).expect(0);
    assert_eq!(again.apply(&[]).expect(0).counts(), [0, 0, 1, 0]);
    again.expect_empty_plan();
    let _ = workspace.destroy(&[]).expect(0);
}

/// A block that was copied and not changed is another object of the same code, not the same object once more.
#[test]
fn a_code_that_is_given_twice_is_told() {
    let world = World::shared(On::Sqlite);
    let twice = format!("{}{}", partner("twice"), partner("twice").replace("\"it\"", "\"copy\""));
    let workspace = world.workspace(&twice);
    let said = one(workspace.apply(&[]).expect(1).errors());
    assert_eq!(said.summary, "esu_partner is there already");
    assert!(said.code.starts_with("code ="), "{said:?}");
    assert_eq!(workspace.values().len(), 1);
    let _ = workspace.destroy(&[]).expect(0);
    assert!(world.admin().all("partner", "twice").is_empty());
}

/// 6.1.4-02: a plan that a client uses is not deleted.
#[test]
fn a_plan_in_use_is_not_deleted() {
    let world = World::shared(On::Sqlite);
    let home = partner("in-use");
    let plan = plan("in-use", "").replace("\"bad\"", "esu_partner.it.code");
    let workspace = world.workspace(&format!("{home}{plan}"));
    let _ = workspace.apply(&[]).expect(0);
    let client = "resource \"esu_client\" \"it\" {\n  code = \"in-use\"\n  partner = \"in-use\"\n  name = \"In use\"\n  \
                  tariff_plan = \"in-use\"\n}\n";
    let other = world.workspace(client);
    let _ = other.apply(&[]).expect(0);

    workspace.configure(&home).unwrap();
    let said = one(workspace.apply(&[]).expect(1).errors());
    // Terraform gives no address where the resource is in no configuration any more: the summary names it.
    assert_eq!(said.summary, "Cannot delete esu_tariff_plan \"in-use/in-use\"");
    assert!(said.detail.contains("is assigned to 1 client(s)"), "{said:?}");
    assert_eq!(world.admin().all("tariff_plan", "in-use").len(), 1);

    let _ = other.destroy(&[]).expect(0);
    let _ = workspace.apply(&[]).expect(0);
    let _ = workspace.destroy(&[]).expect(0);
}

/// What only the server knows is told at apply, at the attribute that is wrong.
#[test]
fn what_the_server_refuses_is_told_at_its_attribute() {
    let world = World::shared(On::Sqlite);
    let home = partner("refused");
    let restricted = home.replace("name =", "services = [\"kvm_cpu\"]\n  name =");
    let client = |lines: &str| {
        format!(
            "{home}{}resource \"esu_client\" \"it\" {{\n  code = \"refused\"\n  partner = esu_partner.it.code\n  name = \
             \"Refused\"\n{lines}}}\n",
            plan("refused", "").replace("\"bad\"", "esu_partner.it.code")
        )
    };
    let workspace = world.workspace(&home);
    for (configuration, address, code, detail) in [
        (
            format!(
                "{restricted}{}",
                plan("other", "iso = { price = 1 }").replace("\"bad\"", "esu_partner.it.code")
            ),
            "esu_tariff_plan.it",
            "",
            "services[\"iso\"]",
        ),
        (client("  tariff_plan = \"none\"\n"), "esu_client.it", "tariff_plan =", "no tariff plan \"none\""),
        (
            client("  tariff_plan = esu_tariff_plan.it.code\n  allowed_hypervisors = [\"none\"]\n"),
            "esu_client.it",
            "allowed_hypervisors =",
            "no hypervisor \"none\"",
        ),
        (
            home.replace("name =", "hypervisors = [\"none\"]\n  name ="),
            "esu_partner.it",
            "hypervisors =",
            "there is no hypervisor \"none\"",
        ),
    ] {
        workspace.configure(&configuration).unwrap();
        let said = one(workspace.apply(&[]).expect(1).errors());
        assert_eq!(said.address, address, "{said:?}");
        assert!(said.code.starts_with(code) && said.detail.contains(detail), "{said:?}");
    }
    let _ = workspace.destroy(&[]).expect(0);
}

/// An import of what is not there, or of what names nothing, says which forms there are.
#[test]
fn an_import_of_nothing_says_what_is_accepted() {
    let world = World::shared(On::Sqlite);
    let workspace = world.workspace(&plan("nothing", ""));
    for (id, words) in [
        ("nowhere/nothing", "No esu_tariff_plan"),
        ("nothing", "No esu_tariff_plan"),
        ("a/b/c", "names no esu_tariff_plan"),
        ("954fd467-1111-4222-8333-444455556666", "No esu_tariff_plan"),
    ] {
        let run = workspace.import("esu_tariff_plan.it", id).expect(1);
        assert!(run.err.contains(words) && run.err.contains("partner/code"), "{}", run.err);
    }
}
