//! The server, or Terraform with the provider, is killed in the middle of an apply; the next apply ends what it began.

use acceptance_tests::world::{On, World};
use std::{
    collections::BTreeMap,
    os::unix::process::CommandExt,
    process::{Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};
use testkit::terraform::Workspace;

const CLIENTS: usize = 40;

/// How many clients there must be before the kill.
const BEGUN: usize = 8;

/// How long the first clients may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

fn configuration() -> String {
    // The cap spreads the creations over a second, so that the kill comes between them.
    format!(
        "provider \"esu\" {{\n  requests_per_second = 30\n}}\nresource \"esu_partner\" \"it\" {{\n  code = \"crash\"\n  \
         name = \"Crash\"\n}}\nresource \"esu_tariff_plan\" \"it\" {{\n  code = \"crash\"\n  partner = \
         esu_partner.it.code\n  name = \"Crash\"\n  services = {{ kvm_cpu = {{ price = 0.1 }} }}\n}}\nresource \
         \"esu_client\" \"it\" {{\n  count = {CLIENTS}\n  code = \"crash-${{count.index}}\"\n  partner = \
         esu_partner.it.code\n  name = \"Client ${{count.index}}\"\n  tariff_plan = esu_tariff_plan.it.code\n  \
         payment_methods = [\"bank_transfer\"]\n}}\n"
    )
}

/// Waits until some clients are there; tells how many.
fn wait_for_some(world: &World) -> usize {
    let begun = Instant::now();
    loop {
        let count = world.admin().all("client", "crash-").len();
        if count >= BEGUN {
            return count;
        }
        assert!(begun.elapsed() < PATIENCE, "no client was created");
        sleep(Duration::from_millis(5));
    }
}

/// Every client once, with one creation in the audit log, and nothing left to do.
fn complete(world: &World, workspace: &Workspace) {
    let _ = workspace.apply(&[]).expect(0);
    workspace.expect_empty_plan();
    let clients = world.admin().all("client", "crash-");
    assert_eq!(clients.len(), CLIENTS);
    let mut created: BTreeMap<String, usize> = BTreeMap::new();
    for (action, name) in world.admin().events("client", "crash-") {
        assert_eq!(action, "create", "{name}");
        *created.entry(name).or_default() += 1;
    }
    assert_eq!(created.len(), CLIENTS);
    assert!(created.values().all(|count| *count == 1), "{created:?}");
    // The state knows each by the id that the server gave it.
    let state = workspace.values();
    for client in &clients {
        assert!(state.iter().any(|(_, values)| values["id"] == client["id"]), "{client}");
    }
    let _ = workspace.destroy(&[]).expect(0);
    assert!(world.admin().all("client", "crash-").is_empty());
    assert!(world.admin().all("partner", "crash").is_empty());
}

fn server_dies(on: On) {
    let mut world = World::new(on, None);
    let workspace = world.workspace(&configuration());
    let mut apply = workspace.spawn(&["apply", "-auto-approve"]).unwrap();
    let count = wait_for_some(&world);
    world.server.kill_hard();
    assert!(count < CLIENTS, "the kill came too late");
    world.server.restart().unwrap();
    // It may have waited for the server, or have given up.
    let _ = apply.wait().unwrap();
    complete(&world, &workspace);
}

#[test]
fn the_server_dies_on_sqlite() {
    server_dies(On::Sqlite);
}

#[test]
fn the_server_dies_on_postgres() {
    server_dies(On::Postgres);
}

/// The server stays away for longer than the provider waits: the apply fails, and the next one goes on.
#[test]
fn the_server_stays_away() {
    let mut world = World::new(On::Sqlite, None);
    let impatient = configuration().replace("provider \"esu\" {", "provider \"esu\" {\n  max_retries = 0");
    let workspace = world.workspace(&impatient);
    let mut apply = workspace.spawn(&["apply", "-auto-approve"]).unwrap();
    let count = wait_for_some(&world);
    world.server.kill_hard();
    assert!(count < CLIENTS, "the kill came too late");
    assert!(!apply.wait().unwrap().success());
    world.server.restart().unwrap();
    complete(&world, &workspace);
}

/// Terraform and the provider die: what they created is in no state, and is adopted by the next apply.
#[test]
fn terraform_and_the_provider_die() {
    let world = World::new(On::Sqlite, None);
    let workspace = world.workspace(&configuration());
    let mut command = workspace.command(&["apply", "-auto-approve"]);
    command.process_group(0).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut apply = command.spawn().unwrap();
    let count = wait_for_some(&world);
    let group = format!("-{}", apply.id());
    assert!(Command::new("kill").args(["-KILL", "--", &group]).status().unwrap().success());
    assert!(count < CLIENTS && !apply.wait().unwrap().success());
    complete(&world, &workspace);
}

/// The provider alone dies: Terraform keeps what it has, and the next apply goes on.
#[test]
fn the_provider_dies() {
    let world = World::new(On::Sqlite, None);
    let workspace = world.workspace(&configuration());
    let mut apply = workspace.spawn(&["apply", "-auto-approve"]).unwrap();
    let count = wait_for_some(&world);
    let provider = provider_under(apply.id()).expect("terraform runs the provider");
    assert!(Command::new("kill").args(["-KILL", &provider.to_string()]).status().unwrap().success());
    assert!(count < CLIENTS && !apply.wait().unwrap().success());
    complete(&world, &workspace);
}

/// The process that a Terraform runs its provider in.
fn provider_under(terraform: u32) -> Option<u32> {
    let output =
        Command::new("ps").args(["-o", "pid=,args=", "--ppid", &terraform.to_string()]).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = text.lines().find(|line| line.contains("terraform-provider-esu"))?;
    line.split_whitespace().next()?.parse().ok()
}
