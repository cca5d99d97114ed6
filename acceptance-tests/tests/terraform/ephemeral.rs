//! Ephemeral resources: there while Terraform runs, used by it, and taken back whatever comes of the run.

use acceptance_tests::world::{On, World};
use serde_json::{Value, json};
use std::{fs, path::Path};
use testkit::terraform::{Version, Workspace};

const PASSWORD: &str = "battery-staple-9052";

/// A user of a partner's, who administers it, with a password.
fn user(world: &World, code: &str) -> String {
    let (admin, login) = (world.admin(), format!("{code}-user"));
    let home = format!("{code}.example.org");
    admin.post("/v1/partner", &json!({ "code": code, "name": code }));
    admin.post("/v1/domain", &json!({ "name": home, "partner": code }));
    let body = json!({ "login": login, "domain": home, "name": "U", "password": PASSWORD });
    admin.post("/v1/user", &body);
    let _ = world.server.cli(&["admin", "token", "--login", &login, "--partner", code]).unwrap();
    login
}

/// A configuration that reads with what an ephemeral resource gives, and then makes a note of a client.
fn configuration(ephemeral: &str, kind: &str, client: &str) -> String {
    format!(
        r#"
variable "password" {{
  type      = string
  ephemeral = true
  sensitive = true
}}

{ephemeral}

provider "esu" {{
  alias = "second"
  token = ephemeral.{kind}.it.token
}}

data "esu_partners" "seen" {{
  provider = esu.second
}}

resource "esu_client" "made" {{
  provider    = esu.second
  code        = "{client}"
  partner     = data.esu_partners.seen.partners[0].code
  name        = "Made"
  tariff_plan = "base"
}}
"#
    )
}

/// What the audit log tells of a user's tokens or sessions: action and prefix.
fn told(world: &World, kind: &str, login: &str) -> Vec<(String, Value)> {
    let page = world.admin().get(&format!("/v1/event?object_kind={kind}&limit=1000"));
    let events = page["items"].as_array().unwrap().iter().filter(|event| event["object_name"] == login);
    events.map(|event| (event["action"].as_str().unwrap().to_owned(), event["after"].clone())).collect()
}

/// Nothing is in force of what a run had, and all that it began it ended.
fn expect_taken_back(world: &World, kind: &str, login: &str, runs: usize) {
    let page = if kind == "token" { "token" } else { "session" };
    let left = world.admin().get(&format!("/v1/account/{login}/{page}?limit=1000"));
    let left: Vec<&Value> =
        left["items"].as_array().unwrap().iter().filter(|row| row["label"] != "command line").collect();
    assert!(left.is_empty(), "{left:?}");
    let told = told(world, kind, login);
    let count = |action: &str| told.iter().filter(|(done, _)| done == action).count();
    let made = count("create") - usize::from(kind == "token");
    assert!(made >= runs && made == count("delete"), "{told:?}");
}

/// Looks for a text in all that Terraform left in a folder.
fn left_in(folder: &Path, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        let kind = entry.file_type().unwrap();
        if kind.is_dir() && !path.ends_with("mirror") && !path.ends_with("providers") {
            found.extend(left_in(&path, text));
        } else if kind.is_file() {
            let bytes = fs::read(&path).unwrap();
            if bytes.windows(text.len()).any(|window| window == text.as_bytes()) {
                found.push(path.display().to_string());
            }
        }
    }
    found
}

fn lives(version: Version, kind: &str, noun: &str, code: &str, ephemeral: &dyn Fn(&str) -> String) {
    let world = World::shared(On::Sqlite);
    let login = user(&world, code);
    world
        .admin()
        .post("/v1/tariff_plan", &json!({ "partner": code, "code": "base", "name": "B", "services": {} }));
    let workspace: Workspace = world.uninstalled().with_version(version).with("TF_LOG", "TRACE");
    let workspace = workspace.with("TF_VAR_password", PASSWORD);
    workspace.configure(&configuration(&ephemeral(&login), kind, "first")).unwrap();
    workspace.init();
    let applied = workspace.apply(&[]).expect(0);
    // The token did what it was for: what was made was made by the user.
    let client =
        &world.admin().all("client", "first").into_iter().find(|one| one["partner"]["code"] == code).unwrap();
    let event = world.admin().get(&format!("/v1/event?object_id={}", client["id"].as_str().unwrap()));
    assert_eq!(event["items"][0]["actor"], json!(login));
    expect_taken_back(&world, noun, &login, 1);
    workspace.expect_empty_plan();
    expect_taken_back(&world, noun, &login, 2);
    // Also where the run fails.
    workspace.configure(&configuration(&ephemeral(&login), kind, "me")).unwrap();
    let refused = workspace.apply(&[]).expect(1);
    workspace.configure(&configuration(&ephemeral(&login), kind, "taken")).unwrap();
    world
        .admin()
        .post("/v1/client", &json!({ "partner": code, "code": "taken", "name": "T", "tariff_plan": "base" }));
    let failed = workspace.apply(&[]).expect(1);
    expect_taken_back(&world, noun, &login, 3);
    // No text of a token is anywhere: of those of tokens the audit log tells how they begin.
    let prefixes = told(&world, noun, &login)
        .into_iter()
        .filter_map(|(_, after)| after["prefix"].as_str().map(str::to_owned));
    let mut secrets: Vec<String> = prefixes.collect();
    secrets.push(PASSWORD.to_owned());
    for secret in secrets {
        assert_eq!(left_in(workspace.path(), &secret), Vec::<String>::new(), "{secret}");
        for run in [&applied, &refused, &failed] {
            assert!(run.err.contains("TRACE") && !run.err.contains(&secret) && !run.out.contains(&secret));
        }
        assert!(!world.server.log().contains(&secret), "the server's log has {secret}");
    }
}

#[test]
fn a_users_token_is_revoked_when_the_run_ends() {
    for (number, version) in Version::ALL.into_iter().enumerate() {
        lives(version, "esu_user_token", "token", &format!("tokens-{number}"), &|login| {
            format!("ephemeral \"esu_user_token\" \"it\" {{\n  user = \"{login}\"\n  label = \"run\"\n}}")
        });
    }
}

#[test]
fn a_login_session_is_ended_when_the_run_ends() {
    for (number, version) in Version::ALL.into_iter().enumerate() {
        lives(version, "esu_login_session", "login_session", &format!("sessions-{number}"), &|login| {
            format!(
                "ephemeral \"esu_login_session\" \"it\" {{\n  login = \"{login}\"\n  password = var.password\n  valid_for = \"10m\"\n}}"
            )
        });
    }
}
