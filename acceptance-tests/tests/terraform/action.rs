//! The actions, run by the Terraform that knows them: by themselves, and after something else was made.

use acceptance_tests::world::{On, World};
use serde_json::json;
use std::{path::Path, process::Command};
use tempfile::TempDir;
use testkit::terraform::{Run, Version, Workspace};

fn folder(world: &World, configuration: &str) -> Workspace {
    let workspace = world.uninstalled().with_version(Version::V1_15);
    workspace.configure(configuration).unwrap();
    workspace.init();
    workspace
}

fn invoke(workspace: &Workspace, address: &str) -> Run {
    workspace.apply(&[&format!("-invoke=action.{address}")])
}

/// What the actions of a run told while they were at it.
fn told(run: &Run) -> String {
    let messages = run.messages();
    let told = messages.iter().filter(|message| message["type"] == "action_progress");
    told.map(|message| message["@message"].as_str().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

const PLAN: &str = r#"
resource "esu_partner" "it" {
  code = "cloned"
  name = "Cloned"
}

resource "esu_tariff_plan" "it" {
  code    = "this-year"
  partner = esu_partner.it.code
  name    = "This year"
  services = {
    kvm_cpu   = { price = 0.4861111, period = "hour", while = "running" }
    public_ip = { price = 150 }
  }
}
"#;

const CLONE: &str = r#"
action "esu_clone_plan" "it" {
  config {
    source  = "this-year"
    partner = "cloned"
    code    = "next-year"
    name    = "Next year"
  }
}

action "esu_clone_plan" "nothing" {
  config {
    source  = "nowhere"
    partner = "cloned"
    code    = "from-nowhere"
    name    = "From nowhere"
  }
}
"#;

#[test]
fn a_plan_is_cloned_once() {
    let world = World::shared(On::Sqlite);
    let workspace = folder(&world, &format!("{PLAN}{CLONE}"));
    let _ = workspace.apply(&[]).expect(0);
    let plans = || world.admin().all("tariff_plan", "next-year");
    assert!(plans().is_empty(), "an action that nothing triggers is not run");

    let run = invoke(&workspace, "esu_clone_plan.it").expect(0);
    assert!(told(&run).contains("The plan next-year has the prices that this-year has now."), "{}", run.out);
    let made = plans();
    let source = &world.admin().all("tariff_plan", "this-year")[0];
    assert_eq!((made.len(), &made[0]["name"]), (1, &json!("Next year")));
    assert_eq!((&made[0]["partner"], &made[0]["services"]), (&source["partner"], &source["services"]));
    workspace.expect_empty_plan();

    // Again, it is there already.
    let run = invoke(&workspace, "esu_clone_plan.it").expect(0);
    assert!(told(&run).contains("The plan next-year is there already"), "{}", run.out);
    assert_eq!(plans(), made);

    let run = invoke(&workspace, "esu_clone_plan.nothing").expect(1);
    let errors = run.errors();
    assert!(errors.iter().any(|error| error.detail.contains("\"nowhere\"")), "{errors:?}");
    assert!(world.admin().all("tariff_plan", "from-nowhere").is_empty());

    // It belongs to no state until it is imported.
    let imported = format!(
        "{PLAN}resource \"esu_tariff_plan\" \"next\" {{\n  code = \"next-year\"\n  partner = \"cloned\"\n  name = \"Next \
         year\"\n  services = esu_tariff_plan.it.services\n}}\n"
    );
    workspace.configure(&imported).unwrap();
    let _ = workspace.import("esu_tariff_plan.next", "cloned/next-year").expect(0);
    workspace.expect_empty_plan();
    let _ = workspace.destroy(&[]).expect(0);
}

/// What is wrong with an action's configuration is said before anything is run.
#[test]
fn an_action_is_checked_at_plan() {
    let world = World::shared(On::Sqlite);
    let workspace = folder(&world, &CLONE.replace("\"next-year\"", "\"Next Year\""));
    let errors = workspace.validate().expect(1).errors();
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(errors[0].code.starts_with("code "), "{errors:?}");
}

/// A libvirtd of its own, of which the driver `test` is used. It ends with this value.
struct Libvirt(TempDir);

impl Libvirt {
    fn start() -> Self {
        let libvirt = Self(TempDir::with_prefix("esu-libvirt-").unwrap());
        let _ = libvirt.shell("libvirt_start \"$1\"");
        libvirt
    }

    /// Runs a command of the examples' library, with the daemon's folder as its first argument.
    fn shell(&self, command: &str) -> String {
        let library = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/lib/libvirtd.sh");
        let script = format!("set -euo pipefail; . '{}'; {command}", library.display());
        let output = Command::new("bash").args(["-c", &script, "bash"]).arg(self.0.path()).output().unwrap();
        assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    fn uri(&self) -> String {
        self.shell("libvirt_uri \"$1\" test")
    }

    fn define(&self, name: &str) {
        let _ = self.shell(&format!(
            "machine_define \"$1\" \"$(libvirt_uri \"$1\" test)\" {name} 1 2 512 10 collected/first/default"
        ));
    }
}

impl Drop for Libvirt {
    fn drop(&mut self) {
        let _ = self.shell("libvirt_stop \"$1\"");
    }
}

fn hypervisor(code: &str, uri: &str) -> String {
    format!(
        "resource \"esu_hypervisor\" \"it\" {{\n  code = \"{code}\"\n  name = \"Collected\"\n  type = \"kvm\"\n  uri = \
         \"{uri}\"\n  poll_interval = \"1h\"\n}}\n"
    )
}

fn collect(code: &str, wait: &str) -> String {
    format!(
        "action \"esu_collect_now\" \"it\" {{\n  config {{\n    hypervisor = \"{code}\"\n    wait = \"{wait}\"\n  }}\n}}\n"
    )
}

/// The action that waits shows in its last words what was found, by itself and after something that was made.
#[test]
fn an_inventory_is_taken_when_it_is_asked_for() {
    let libvirt = Libvirt::start();
    let world = World::new(On::Sqlite, None);
    let configuration = format!("{}{}", hypervisor("collected", &libvirt.uri()), collect("collected", "1m"));
    let workspace = folder(&world, &configuration);
    let _ = workspace.apply(&[]).expect(0);
    libvirt.define("web");
    let run = invoke(&workspace, "esu_collect_now.it").expect(0);
    assert!(told(&run).contains("The inventory has 1 machines, 1 of them without an owner."), "{}", run.out);

    libvirt.define("db");
    let trigger = "resource \"terraform_data\" \"after\" {\n  lifecycle {\n    action_trigger {\n      events = \
                   [after_create]\n      actions = [action.esu_collect_now.it]\n    }\n  }\n}\n";
    workspace.configure(&format!("{configuration}{trigger}")).unwrap();
    let run = workspace.apply(&[]).expect(0);
    assert!(told(&run).contains("The inventory has 2 machines, 2 of them without an owner."), "{}", run.out);
    workspace.expect_empty_plan();
    let asked = world.admin().events("hypervisor", "collected");
    assert_eq!(asked.iter().filter(|(action, _)| action == "collect").count(), 2, "{asked:?}");
    let _ = workspace.destroy(&[]).expect(0);
}

/// An inventory that does not come is an error that says why.
#[test]
fn an_inventory_that_fails_is_told() {
    let world = World::shared(On::Sqlite);
    let nobody = hypervisor("not-collected", "test+tcp://127.0.0.1:1/default");
    let workspace = folder(&world, &format!("{nobody}{}", collect("not-collected", "30s")));
    let _ = workspace.apply(&[]).expect(0);
    let errors = invoke(&workspace, "esu_collect_now.it").expect(1).errors();
    assert!(errors.iter().any(|error| error.detail.contains("127.0.0.1:1")), "{errors:?}");
    workspace.configure(&format!("{nobody}{}", collect("not-collected", "0s"))).unwrap();
    let _ = invoke(&workspace, "esu_collect_now.it").expect(0);
    workspace.configure(&format!("{nobody}{}", collect("nowhere", "5s"))).unwrap();
    let errors = invoke(&workspace, "esu_collect_now.it").expect(1).errors();
    assert!(errors.iter().any(|error| error.detail.contains("\"nowhere\"")), "{errors:?}");
    let _ = workspace.destroy(&[]).expect(0);
}
