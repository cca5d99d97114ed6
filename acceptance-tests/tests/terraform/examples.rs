//! Every example of the documentation, applied, with the objects made first that it speaks of.

use acceptance_tests::world::{On, World};
use std::{
    fs,
    path::{Path, PathBuf},
};
use testkit::terraform::Workspace;

/// A port on which no libvirt listens: the hypervisor is registered, and its collector reports it out of reach.
const NOBODY: &str = "test+tcp://127.0.0.1:1/default";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The folders of a kind of examples.
fn folders(kind: &str) -> Vec<String> {
    let entries = fs::read_dir(root().join(kind)).unwrap().map(Result::unwrap);
    let mut names: Vec<String> = entries.map(|entry| entry.file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

const HYPERVISOR: &str = "resource \"esu_hypervisor\" \"first\" {\n  code = \"kvm1\"\n  name = \"KVM\"\n  type = \"kvm\"\n  uri = \
                          \"test+tcp://127.0.0.1:1/default\"\n}\n";
const PARTNER: &str = "resource \"esu_partner\" \"first\" {\n  code = \"demo\"\n  name = \"Demo\"\n}\n";
const PARTNER_WITH_HYPERVISOR: &str = "resource \"esu_partner\" \"first\" {\n  code = \"demo\"\n  name = \"Demo\"\n  hypervisors = \
                                       [esu_hypervisor.first.code]\n}\n";
const PLAN: &str = "resource \"esu_tariff_plan\" \"first\" {\n  code = \"basic\"\n  partner = esu_partner.first.code\n  name = \
                    \"Basic\"\n}\n";
const CLIENT: &str = "resource \"esu_client\" \"first\" {\n  code = \"acme\"\n  partner = esu_partner.first.code\n  name = \
                      \"Acme\"\n  tariff_plan = esu_tariff_plan.first.code\n}\n";

/// What an example needs to be there.
fn needs(kind: &str, folder: &str) -> String {
    match (kind, folder) {
        ("data-sources", folder) => {
            format!("{HYPERVISOR}{PARTNER_WITH_HYPERVISOR}{PLAN}{CLIENT}{}", singleton(folder))
        }
        ("functions", _) | (_, "esu_hypervisor") => String::new(),
        (_, "esu_partner") => HYPERVISOR.to_owned(),
        (_, "esu_tariff_plan") => PARTNER.to_owned(),
        (_, "esu_client" | "esu_clients") => format!("{PARTNER}{PLAN}"),
        (_, "esu_domain") => PARTNER.to_owned(),
        (_, "esu_project" | "esu_note") => format!("{PARTNER}{PLAN}{CLIENT}"),
        (_, folder) => panic!("say what the example {folder} needs"),
    }
}

/// What there is one of for each parent, where an example looks it up.
fn singleton(folder: &str) -> String {
    let block = |type_name: &str, of: &str, attributes: &str| {
        format!(
            "resource \"{type_name}\" \"it\" {{\n  {of} = esu_{of}.first.code\n  {attributes}\n  depends_on = \
             [esu_partner.first, esu_hypervisor.first]\n}}\n"
        )
    };
    let limits = "limits = { kvm1 = { servers = 5 } }";
    match folder {
        "esu_client_defaults" => block(folder, "partner", "tariff_plan = esu_tariff_plan.first.code"),
        "esu_default_limits" => block(folder, "partner", limits),
        "esu_client_limits" => block(folder, "client", limits),
        _ => String::new(),
    }
}

fn applied_twice(workspace: &Workspace) {
    let _ = workspace.apply(&[]).expect(0);
    workspace.expect_empty_plan();
}

/// Applies an example over what it needs; then each of its import commands finds what was applied.
fn holds(world: &World, kind: &str, folder: &str, file: &str) {
    let first = world.workspace(&needs(kind, folder));
    let _ = first.apply(&[]).expect(0);
    let example = read(&format!("{kind}/{folder}/{file}"));
    let workspace =
        world.workspace(&example).with("ESU_PARTNER", "demo").with("TF_VAR_esx_password", "not-to-be-seen");
    applied_twice(&workspace);
    if kind == "resources" {
        imported(&workspace, &read(&format!("{kind}/{folder}/import.sh")));
    }
    if example.contains("deletion_protection = true") {
        workspace
            .configure(&example.replace("deletion_protection = true", "deletion_protection = false"))
            .unwrap();
        applied_twice(&workspace);
    }
    let _ = workspace.destroy(&[]).expect(0);
    let _ = first.destroy(&[]).expect(0);
}

/// Runs each import command of a script, with the object's own id in the place of the example's.
fn imported(workspace: &Workspace, script: &str) {
    let state = workspace.values();
    let commands = script.lines().filter_map(|line| line.strip_prefix("terraform import "));
    let mut count = 0;
    for (address, id) in commands.filter_map(|command| command.split_once(' ')) {
        let values = &state.iter().find(|(found, _)| found == address).expect("the example has it").1;
        let is_id = id.len() == 36 && id.matches('-').count() == 4;
        let id = if is_id { values["id"].as_str().unwrap() } else { id };
        let _ = workspace.run(&["state", "rm", address]).expect(0);
        let _ = workspace.import(address, id).expect(0);
        // How long operations may take is the configuration's alone, so that an import does not know it.
        let planned = workspace.plan(&[]);
        let kept = workspace.kept_plan();
        for change in kept["resource_changes"].as_array().into_iter().flatten() {
            let (before, after) = (&change["change"]["before"], &change["change"]["after"]);
            let differing = after
                .as_object()
                .into_iter()
                .flatten()
                .filter(|(name, value)| before[name.as_str()] != **value);
            let names: Vec<&String> =
                differing.map(|(name, _)| name).filter(|name| *name != "timeouts").collect();
            assert!(names.is_empty() && planned.code != 1, "{address} {id}: {names:?}");
        }
        count += 1;
    }
    assert!(count >= 2, "{script}");
}

#[test]
fn every_example_holds() {
    // One server for them alone: the examples share their codes.
    let world = World::new(On::Sqlite, None);
    for (kind, file) in
        [("resources", "resource.tf"), ("data-sources", "data-source.tf"), ("functions", "function.tf")]
    {
        for folder in folders(kind) {
            holds(&world, kind, &folder, file);
        }
    }
    for info in schemas::registry::resources() {
        assert!(folders("resources").contains(&format!("esu_{}", info.noun)), "no example of {}", info.noun);
        assert!(world.admin().all(info.noun, "").is_empty(), "an example leaves a {}", info.noun);
    }
}

/// The provider block with a configuration that uses it, at a port where nobody listens.
#[test]
fn the_example_of_the_provider_is_valid() {
    let world = World::shared(On::Sqlite);
    let workspace = world.workspace("");
    workspace.remove("head.tf");
    workspace.configure(&read("provider/provider.tf")).unwrap();
    workspace.init();
    assert_eq!(workspace.validate().expect(0).said(), []);
    let here = read("provider/provider.tf").replace("https://esu.example.org", &world.server.url());
    workspace.configure(&format!("{here}data \"esu_services\" \"all\" {{}}\n")).unwrap();
    let _ = workspace.apply(&[]).expect(0);
}

#[test]
fn the_quickstart_holds() {
    let world = World::new(On::Sqlite, None);
    let workspace = world.workspace("").with("TF_VAR_hypervisor_uri", NOBODY);
    workspace.remove("head.tf");
    workspace.configure(&read("quickstart/main.tf")).unwrap();
    workspace.init();
    applied_twice(&workspace);
    let contracts = workspace.run(&["output", "-json", "contracts"]).expect(0).json();
    for (name, client) in [("first", "first-client"), ("second", "second-client")] {
        let found = world.admin().all("client", client);
        assert_eq!(contracts[name], found[0]["contract"]["id"]);
    }
    let _ = workspace.destroy(&[]).expect(0);
    for info in schemas::registry::resources() {
        assert!(world.admin().all(info.noun, "").is_empty());
    }
}
