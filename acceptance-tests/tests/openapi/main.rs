//! The API and its own description, by Schemathesis: requests made from `/v1/openapi.json`, right and wrong ones, to
//! every operation, and every check of what comes back.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use acceptance_tests::world::{On, World};
use serde_json::json;
use std::{env, path::Path, process::Command};

/// How many requests are made up of each operation: the same ones on every machine, as long as the time lasts.
const EXAMPLES: &str = "30";

/// How long the requests of one caller go on, in seconds.
const SECONDS: [(&str, &str); 2] = [("a partner's administrator", "100"), ("nobody", "40")];

/// Tries everything as one caller; another seed, from `ESU_SCHEMATHESIS_SEED`, makes other requests.
fn tried(world: &World, seconds: &str, token: Option<&str>) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    let run = Path::new(env!("CARGO_MANIFEST_DIR")).join("testkit/schemathesis/run.py");
    let mut command = Command::new("python3");
    command.arg(run).arg(format!("{}/v1/openapi.json", world.server.url()));
    let seed = env::var("ESU_SCHEMATHESIS_SEED").unwrap_or_else(|_| "1".to_owned());
    command.args([
        "--checks",
        "all",
        "--phases",
        "examples,coverage,fuzzing,stateful",
        "--max-examples",
        EXAMPLES,
        "--max-time",
        seconds,
        "--seed",
        &seed,
    ]);
    command.args(["--continue-on-failure", "--no-color", "--generation-database", "none"]);
    if let Some(token) = token {
        command.args(["--header", &format!("Authorization: Bearer {token}")]);
    }
    let output = command.current_dir(&folder).output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() && told.contains(" passed") {
        return Ok(());
    }
    Err(format!("{told}{}", String::from_utf8_lossy(&output.stderr)))
}

#[test]
fn the_api_is_as_it_is_described() {
    let world = World::new(On::Sqlite, None);
    let admin = world.admin();
    let uri = "test+tcp://127.0.0.1:9/default";
    admin.post("/v1/hypervisor", &json!({ "code": "kvm", "type": "kvm", "name": "KVM", "uri": uri }));
    admin.post("/v1/partner", &json!({ "code": "north", "name": "North", "hypervisors": ["kvm"] }));
    let plan = json!({ "partner": "north", "code": "base", "name": "Base", "services": {} });
    admin.post("/v1/tariff_plan", &plan);
    let client = json!({ "partner": "north", "code": "acme", "name": "Acme", "tariff_plan": "base" });
    admin.post("/v1/client", &client);
    let token = world.server.cli(&["admin", "token", "--login", "tester", "--partner", "north"]).unwrap();
    for ((caller, seconds), token) in SECONDS.into_iter().zip([Some(token.as_str()), None]) {
        if let Err(told) = tried(&world, seconds, token) {
            panic!("as {caller}:\n{told}");
        }
    }
    // Whatever was asked, the audit log stands.
    world.server.cli(&["audit", "verify"]).unwrap();
}
