//! Every example of the documentation, applied, with the objects made first that it speaks of.

use acceptance_tests::world::{On, World};
use std::{
    fs,
    path::{Path, PathBuf},
};
use testkit::terraform::{Version, Workspace};

/// A port on which no libvirt listens: the hypervisor is registered, and its collector reports it out of reach.
const NOBODY: &str = "test+tcp://127.0.0.1:1/default";

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The folders of a kind of examples; none where the kind has none.
fn folders(kind: &str) -> Vec<String> {
    let entries = fs::read_dir(root().join(kind)).into_iter().flatten().map(Result::unwrap);
    let mut names: Vec<String> = entries.map(|entry| entry.file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// What the examples speak of: a hypervisor, the partner `demo`, its plan `basic` and its client `acme`.
pub(crate) const HYPERVISOR: &str = r#"
resource "esu_hypervisor" "first" {
  code = "kvm1"
  name = "KVM"
  type = "kvm"
  uri  = "test+tcp://127.0.0.1:1/default"
}
"#;
pub(crate) const PARTNER: &str = r#"
resource "esu_partner" "first" {
  code        = "demo"
  name        = "Demo"
  hypervisors = [esu_hypervisor.first.code]
}
"#;
pub(crate) const PLAN: &str = r#"
resource "esu_tariff_plan" "first" {
  code    = "basic"
  partner = esu_partner.first.code
  name    = "Basic"
}
"#;
const DOMAIN: &str = r#"
resource "esu_domain" "home" {
  name    = "demo.example.org"
  partner = esu_partner.first.code
}
"#;
const CLIENT: &str = r#"
resource "esu_client" "first" {
  code        = "acme"
  partner     = esu_partner.first.code
  name        = "Acme LLC"
  tariff_plan = esu_tariff_plan.first.code
}
"#;

const USER: &str = r#"
resource "esu_user" "first" {
  login  = "ada@demo.example.org"
  domain = esu_domain.home.name
  name   = "Ada Lovelace"
}
"#;

/// What belongs to that partner and that client.
const BELONGINGS: &str = r#"
resource "esu_domain" "first" {
  name                 = "cloud.demo.example.org"
  partner              = esu_partner.first.code
  registration_enabled = true
}

resource "esu_user" "first" {
  login  = "ada@demo.example.org"
  domain = esu_domain.first.name
  name   = "Ada Lovelace"

  password         = "not-to-be-seen"
  password_version = 1
}

resource "esu_public_key" "first" {
  user       = esu_user.first.login
  name       = "Laptop"
  public_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAElkj5CjQFzRjBgMdTgX1qEV4CmbtEdkhRaovZv2QrR"
}

resource "esu_access" "first" {
  user    = esu_user.first.login
  role    = "client_admin"
  client  = esu_client.first.code
  partner = esu_partner.first.code
}

resource "esu_promotion" "first" {
  code          = "summer"
  partner       = esu_partner.first.code
  name          = "Summer"
  starts_on     = "2022-06-01"
  ends_on       = "2022-06-30"
  price_per_day = 3
  max_count     = 100
  platform      = "kvm"
  vcpu          = 1
  ram_gb        = 1
  hdd_gb        = 10
  disk_type     = "ssd"
}

resource "esu_client_defaults" "first" {
  partner       = esu_partner.first.code
  payment_model = "postpay"
}

resource "esu_default_limits" "first" {
  partner = esu_partner.first.code
  limits  = { kvm1 = { servers = 10 } }
}

resource "esu_client_limits" "first" {
  client  = esu_client.first.code
  partner = esu_partner.first.code
  limits  = { kvm1 = { vcpu = 64 } }
}

resource "esu_project" "first" {
  client  = esu_client.first.code
  partner = esu_partner.first.code
  code    = "shop"
  name    = "Shop"
}

resource "esu_note" "first" {
  client  = esu_client.first.code
  partner = esu_partner.first.code
  text    = "Ask about the renewal of the contract."
}
"#;

/// What the example of a resource needs to be there: all that others refer to and that it does not make itself.
fn needs(folder: &str) -> String {
    let parts: &[&str] = match folder {
        "esu_hypervisor" => &[],
        "esu_partner" => &[HYPERVISOR],
        "esu_tariff_plan" | "esu_promotion" | "esu_domain" => &[HYPERVISOR, PARTNER],
        "esu_user" => &[HYPERVISOR, PARTNER, DOMAIN],
        "esu_access" => &[HYPERVISOR, PARTNER, PLAN, CLIENT, DOMAIN],
        "esu_public_key" => &[HYPERVISOR, PARTNER, DOMAIN, USER],
        "esu_client" | "esu_clients" => &[HYPERVISOR, PARTNER, PLAN],
        _ => &[HYPERVISOR, PARTNER, PLAN, CLIENT],
    };
    parts.concat()
}

/// A folder with an example, and with what its variables and the provider's setting are.
fn example(world: &World, text: &str) -> Workspace {
    let workspace = world.workspace(text).with("ESU_PARTNER", "demo");
    let secrets = ["TF_VAR_esx_password", "TF_VAR_user_password"];
    secrets.into_iter().fold(workspace, |workspace, name| workspace.with(name, "not-to-be-seen"))
}

fn applied_twice(workspace: &Workspace) {
    let _ = workspace.apply(&[]).expect(0);
    workspace.expect_empty_plan();
}

/// Applies the example of a resource over what it needs; then whatever it says of imports finds what was applied.
fn lives(world: &World, folder: &str) {
    let first = world.workspace(&needs(folder));
    let _ = first.apply(&[]).expect(0);
    let text = read(&format!("resources/{folder}/resource.tf"));
    let workspace = example(world, &text);
    applied_twice(&workspace);
    imported_by_identity(world, &workspace, folder, &text);
    imported(&workspace, folder);
    if text.contains("deletion_protection = true") {
        let open = text.replace("deletion_protection = true", "deletion_protection = false");
        workspace.configure(&open).unwrap();
        applied_twice(&workspace);
    }
    let _ = workspace.destroy(&[]).expect(0);
    let _ = first.destroy(&[]).expect(0);
}

/// Runs each import command of a script, with the object's own id in the place of the example's.
fn imported(workspace: &Workspace, folder: &str) {
    let script = read(&format!("resources/{folder}/import.sh"));
    let state = workspace.values();
    let commands = script.lines().filter_map(|line| line.strip_prefix("terraform import "));
    let mut forms = 0;
    for (address, id) in commands.filter_map(|command| command.split_once(' ')) {
        let values = &state.iter().find(|(found, _)| found == address).expect("the example has it").1;
        let is_number = id.bytes().all(|byte| byte.is_ascii_digit());
        let is_id = is_number || (id.len() == 36 && id.matches('-').count() == 4);
        let id = if is_id { values["id"].as_str().unwrap() } else { id.trim_matches(['\'', '"']) };
        let _ = workspace.run(&["state", "rm", address]).expect(0);
        let _ = workspace.import(address, id).expect(0);
        let planned = workspace.plan(&[]);
        assert_ne!(planned.code, 1, "{address} {id}: {}", planned.brief());
        assert_eq!(differing(workspace, address), Vec::<String>::new(), "{address} {id}");
        forms += 1;
    }
    let all = schemas::registry::resources();
    let has_no_key = all.iter().any(|info| format!("esu_{}", info.noun) == folder && info.key.is_empty());
    assert!(forms >= if has_no_key { 1 } else { 2 }, "{folder}: import by key and by id\n{script}");
}

/// Plans the import by identity into an empty state, with the Terraform that knows identities.
fn imported_by_identity(world: &World, applied: &Workspace, folder: &str, text: &str) {
    let Ok(block) = fs::read_to_string(root().join(format!("resources/{folder}/import-by-identity.tf")))
    else {
        return;
    };
    let address = block.split_once("to = ").and_then(|(_, rest)| rest.lines().next()).unwrap().trim();
    let state = applied.values();
    let values = &state.iter().find(|(found, _)| found == address).expect("the example has it").1;
    let mut given = String::new();
    for line in block.lines() {
        // An id stands for the object's own.
        let is_id = line.trim_start().starts_with("id ") || line.trim_start().starts_with("id=");
        let own = format!("    id = {}", values["id"]);
        given.push_str(if is_id { &own } else { line });
        given.push('\n');
    }
    let workspace = example(world, text).with_version(Version::V1_15);
    workspace.write("import.tf", &given).unwrap();
    workspace.init();
    let planned = workspace.plan(&[]);
    assert_ne!(planned.code, 1, "{address} by identity: {}", planned.brief());
    assert_eq!(planned.counts()[0], 1, "{address} is not imported: {}", planned.brief());
    assert_eq!(differing(&workspace, address), Vec::<String>::new(), "{address} by identity");
}

/// The attributes that the kept plan changes in an object. How long operations may take is the configuration's alone,
/// and a secret is not stored, so that an import knows neither.
fn differing(workspace: &Workspace, address: &str) -> Vec<String> {
    let kept = workspace.kept_plan();
    let changes = kept["resource_changes"].as_array().cloned().unwrap_or_default();
    let change = changes.iter().find(|change| change["address"] == address).expect("it is in the plan");
    let (before, after) = (&change["change"]["before"], &change["change"]["after"]);
    let after = after.as_object().into_iter().flatten();
    let differing = after.filter(|(name, value)| before[name.as_str()] != **value).map(|(name, _)| name);
    differing.filter(|name| *name != "timeouts" && !name.ends_with("_version")).cloned().collect()
}

/// A folder with an example that needs the newer Terraform.
fn newer(world: &World, file: &str, text: &str) -> Workspace {
    let workspace = example(world, "").with_version(Version::V1_15);
    workspace.write(file, text).unwrap();
    workspace.init();
    workspace
}

/// Runs a query of an example with the Terraform that knows queries: it finds what is there.
fn found(world: &World, folder: &str) {
    let text = read(&format!("list-resources/{folder}/list-resource.tfquery.hcl"));
    let run = newer(world, "list.tfquery.hcl", &text).run(&["query", "-json"]).expect(0);
    let results = run.messages();
    assert!(
        results.iter().any(|message| message["type"] == "list_resource_found"),
        "{folder} finds nothing: {}",
        run.brief()
    );
}

/// Plans each action of an example with the Terraform that knows actions. What actions do has tests of its own.
fn invocable(world: &World, folder: &str) {
    let text = read(&format!("actions/{folder}/action.tf"));
    let workspace = newer(world, "main.tf", &text);
    let names = text.lines().filter_map(|line| line.strip_prefix(&format!("action \"{folder}\" \"")));
    let names: Vec<&str> = names.filter_map(|rest| rest.split('"').next()).collect();
    assert!(!names.is_empty(), "{folder} shows no action");
    for name in names {
        let planned = workspace.plan(&[&format!("-invoke=action.{folder}.{name}")]);
        assert_ne!(planned.code, 1, "{folder}.{name}: {}", planned.brief());
    }
}

#[test]
fn every_example_holds() {
    // One server for them alone: the examples share their codes.
    let world = World::new(On::Sqlite, None);
    for folder in folders("resources") {
        lives(&world, &folder);
    }
    let first = world.workspace(&[HYPERVISOR, PARTNER, PLAN, CLIENT, BELONGINGS].concat());
    let _ = first.apply(&[]).expect(0);
    for (kind, file) in [
        ("data-sources", "data-source.tf"),
        ("functions", "function.tf"),
        ("ephemeral-resources", "ephemeral-resource.tf"),
    ] {
        for folder in folders(kind) {
            applied_twice(&example(&world, &read(&format!("{kind}/{folder}/{file}"))));
        }
    }
    for folder in folders("list-resources") {
        found(&world, &folder);
    }
    for folder in folders("actions") {
        invocable(&world, &folder);
    }
    let _ = first.destroy(&[]).expect(0);
    for info in schemas::registry::resources() {
        assert!(folders("resources").contains(&format!("esu_{}", info.noun)), "no example of {}", info.noun);
        assert!(world.admin().all(info.noun, "").is_empty(), "an example leaves a {}", info.noun);
    }
}

#[test]
fn examples_are_formatted() {
    let world = World::shared(On::Sqlite);
    let workspace = world.workspace("").with_version(Version::V1_15);
    let folder = root();
    let run = workspace.run(&["fmt", "-check", "-recursive", "-diff", folder.to_str().unwrap()]);
    assert_eq!(run.code, 0, "run: terraform fmt -recursive examples\n{}{}", run.out, run.err);
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
