//! What newer releases of Terraform ask of a provider, under the real ones.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod support;

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use support::{Workspace, demo};
use testkit::terraform::Version;

const EPHEMERAL: &str = r#"
ephemeral "demo_token" "it" {
  seed = "s3cret"
}

resource "demo_thing" "it" {
  name     = "with-token"
  password = ephemeral.demo_token.it.value
}
"#;

#[test]
fn an_ephemeral_value_reaches_a_write_only_attribute_and_nothing_else() {
    for version in Version::ALL {
        let workspace = Workspace::of(version);
        workspace.configure(EPHEMERAL);
        workspace.plan().changes().hides("token-s3cret");
        workspace.apply().succeeds().says("1 added").hides("token-s3cret");
        // "token-s3cret" has 12 characters: the value arrived.
        assert!(workspace.state().contains("\"password_length\": 12"), "{version:?}");
        assert!(!workspace.state().contains("s3cret"));
        assert!(workspace.thing("closed-s3cret").exists(), "it was closed with what it remembered");
        workspace.plan().succeeds().says("No changes");
    }
}

/// A state as an older version of the provider left it.
fn stored(kind: &str, version: u8, identity: &str, attributes: &str) -> String {
    format!(
        r#"{{ "version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "fixture", "outputs": {{}},
        "resources": [{{ "mode": "managed", "type": "{kind}", "name": "it",
        "provider": "provider[\"registry.terraform.io/example/demo\"]",
        "instances": [{{ "schema_version": {version}, "attributes": {attributes}{identity} }}] }}] }}"#
    )
}

#[test]
fn a_state_of_an_older_version_is_upgraded() {
    for version in Version::ALL {
        let workspace = Workspace::of(version);
        let identity = match version {
            Version::V1_11 => "",
            Version::V1_15 => r#", "identity_schema_version": 0, "identity": { "called": "old" }"#,
        };
        let old = stored("demo_note", 1, identity, r#"{ "name": "old", "lines": ["a", "b"], "gone": 1 }"#);
        workspace.write("terraform.tfstate", &old);
        workspace.configure("resource \"demo_note\" \"it\" {\n  name = \"old\"\n  text = \"a\\nb\"\n}\n");
        workspace.plan().succeeds().says("No changes");
        workspace.terraform(&["apply", "-refresh-only", "-auto-approve", "-no-color"]).succeeds();
        let text = workspace.state();
        assert!(text.contains("\"schema_version\": 2") && text.contains("version 1"), "{text}");

        workspace.write("terraform.tfstate", &stored("demo_note", 3, "", r#"{ "name": "old" }"#));
        workspace.plan().fails();
    }
}

#[test]
fn a_damaged_state_is_told_at_its_place() {
    let workspace = Workspace::new();
    workspace
        .write("terraform.tfstate", &stored("demo_note", 1, "", r#"{ "name": "old", "lines": [["a"]] }"#));
    workspace.configure("resource \"demo_note\" \"it\" {\n  name = \"old\"\n}\n");
    workspace.plan().fails().says("lines[0]");
}

#[test]
fn a_thing_becomes_a_note_when_the_configuration_says_so() {
    for version in Version::ALL {
        let workspace = Workspace::of(version);
        workspace
            .configure("resource \"demo_thing\" \"it\" {\n  name = \"first\"\n  content = \"words\"\n}\n");
        workspace.apply().succeeds();
        let moved = |kind: &str| {
            format!(
                "moved {{\n  from = demo_thing.it\n  to = {kind}.it\n}}\n\
                 resource \"{kind}\" \"it\" {{\n  name = \"first\"\n  text = \"words\"\n}}\n"
            )
        };
        workspace.configure(&moved("demo_note"));
        workspace.plan().says("has moved to demo_note.it").says("0 to add, 0 to change, 0 to destroy");
        workspace.apply().succeeds();
        workspace.plan().succeeds();
        assert!(workspace.state().contains("\"origin\": \"demo_thing\""));
        assert!(workspace.thing("first").exists(), "nothing was destroyed");
    }
}

#[test]
fn a_resource_that_does_not_know_the_other_type_refuses_the_move() {
    let workspace = Workspace::new();
    workspace.configure("resource \"demo_note\" \"it\" {\n  name = \"first\"\n}\n");
    workspace.apply().succeeds();
    workspace.configure(
        "moved {\n  from = demo_note.it\n  to = demo_thing.it\n}\n\
         resource \"demo_thing\" \"it\" {\n  name = \"first\"\n}\n",
    );
    workspace.plan().fails().says("A demo_thing cannot become of a demo_note");
}

const THING: &str = "resource \"demo_thing\" \"it\" {\n  name = \"found\"\n  size = 7\n}\n";

#[test]
fn a_thing_is_imported_by_its_identity() {
    let workspace = Workspace::of(Version::V1_15);
    workspace.configure(THING);
    workspace.apply().succeeds();
    assert!(workspace.state().contains("\"identity\""), "{}", workspace.state());
    workspace.terraform(&["state", "rm", "demo_thing.it"]).succeeds();
    let import = "import {\n  to = demo_thing.it\n  identity = {\n    name = \"found\"\n  }\n}\n";
    workspace.configure(&format!("{import}{THING}"));
    workspace.plan().says("1 to import, 0 to add, 0 to change, 0 to destroy");
    workspace.apply().succeeds().says("1 imported, 0 added, 0 changed, 0 destroyed");
    workspace.plan().succeeds().says("No changes");
    workspace.configure(&format!("{}{THING}", import.replace("found", "missing").replace(".it", ".it2")));
    workspace.plan().fails();
}

#[test]
fn a_configuration_is_generated_for_what_is_imported() {
    let workspace = Workspace::of(Version::V1_15);
    let whole = "resource \"demo_thing\" \"it\" {\n  name = \"found\"\n  size = 7\n  tags = [\"a\"]\n  \
                 services = { disk = { price = 0.1, period = \"month\" } }\n}\n";
    workspace.configure(whole);
    workspace.apply().succeeds();
    workspace.terraform(&["state", "rm", "demo_thing.it"]).succeeds();
    workspace.configure("import {\n  to = demo_thing.it\n  identity = {\n    name = \"found\"\n  }\n}\n");
    let generate = ["plan", "-no-color", "-input=false", "-generate-config-out=generated.tf"];
    workspace.terraform(&generate).succeeds().says("1 to import, 0 to add, 0 to change, 0 to destroy");
    let generated = workspace.read("generated.tf");
    assert!(generated.contains("price") && !generated.contains("revision"), "{generated}");
    assert!(!generated.contains("month"), "a default is left out: {generated}");
    workspace.terraform(&["validate", "-no-color"]).succeeds();
    workspace.apply().succeeds();
    workspace.plan().succeeds();
}

#[test]
fn a_query_finds_what_nobody_manages_and_writes_its_configuration() {
    let workspace = Workspace::of(Version::V1_15);
    workspace.configure("resource \"demo_thing\" \"it\" {\n  count = 12\n  name = \"n${count.index}\"\n}\n");
    workspace.apply().succeeds();
    workspace.configure("");
    workspace.write(
        "all.tfquery.hcl",
        "list \"demo_thing\" \"all\" {\n  provider = demo\n  limit = 5\n}\n\
         list \"demo_thing\" \"some\" {\n  provider = demo\n  include_resource = true\n  config {\n    prefix = \"n1\"\n  }\n}\n",
    );
    let found = workspace.terraform(&["query", "-no-color"]).succeeds();
    assert_eq!(found.text.matches("list.demo_thing.all").count(), 5, "{}", found.text);
    assert_eq!(found.text.matches("list.demo_thing.some").count(), 3, "{}", found.text);
    found.says("name=n11").says("thing n11");
    workspace.terraform(&["query", "-no-color", "-generate-config-out=found.tf"]).succeeds();
    let generated = workspace.read("found.tf");
    assert!(generated.contains("import {") && generated.contains("\"n11\""), "{generated}");
}

const ACTION: &str = r#"
action "demo_touch" "it" {
  config {
    name  = "seen"
    times = 3
  }
}

resource "demo_thing" "it" {
  name = "triggering"
  lifecycle {
    action_trigger {
      events  = [after_create]
      actions = [action.demo_touch.it]
    }
  }
}
"#;

#[test]
fn an_action_is_triggered_and_invoked() {
    let workspace = Workspace::of(Version::V1_15);
    workspace.configure(ACTION);
    workspace.apply().succeeds().says("touched seen, time 3 of 3");
    let trace = workspace.thing("touched-seen");
    assert_eq!(std::fs::read_to_string(&trace).unwrap(), "{\"times\":3}");
    std::fs::remove_file(&trace).unwrap();
    workspace.plan().succeeds();

    let invoke = ["apply", "-auto-approve", "-no-color", "-invoke=action.demo_touch.it"];
    workspace.terraform(&invoke).succeeds().says("touched seen, time 1 of 3");
    assert!(trace.exists());

    workspace.configure(&ACTION.replace("times = 3", "times = 0"));
    workspace.terraform(&["validate", "-no-color"]).fails().says("times must be at least 1");
    workspace.configure(&ACTION.replace("\"seen\"", "\"nothing\""));
    workspace.terraform(&invoke).fails().says("Nothing to touch");
}

#[test]
fn what_is_deprecated_says_why() {
    let workspace = Workspace::of(Version::V1_15);
    workspace.configure("resource \"demo_note\" \"it\" {\n  name = \"a\"\n  title = \"b\"\n}\n");
    workspace.terraform(&["validate", "-no-color"]).succeeds().says("Say it in the text.");
}

#[test]
fn the_log_tells_of_calls_and_not_of_values() {
    let workspace = Workspace::new();
    workspace.configure(
        "resource \"demo_thing\" \"it\" {\n  name = \"logged\"\n  secret = \"s3cret-1\"\n  password = \"s3cret-2\"\n}\n",
    );
    let log = workspace.path("log");
    let run = |level: &str| {
        let _ = std::fs::remove_file(&log);
        let mut command = workspace.command(&["plan", "-no-color"]);
        let output =
            command.env("TF_LOG", "TRACE").env("TF_LOG_PROVIDER_DEMO", level).env("TF_LOG_PATH", &log);
        assert!(output.output().unwrap().status.success());
        std::fs::read_to_string(&log).unwrap()
    };
    let text = run("TRACE");
    let planned =
        text.lines().find(|line| line.contains("tf_rpc=PlanResourceChange") && line.contains("answered"));
    let planned = planned.unwrap_or_else(|| panic!("no line of the plan in the log"));
    for part in ["[DEBUG]", "tf_resource_type=demo_thing", "tf_req_id=", "@module=tfplugin"] {
        assert!(planned.contains(part), "{part}: {planned}");
    }
    assert!(!text.contains("s3cret"), "a value is in the log");
    assert!(!run("ERROR").contains("tf_rpc="));
}

/// A provider that a developer started.
struct Debugged(Child);

impl Drop for Debugged {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn terraform_attaches_itself_to_a_provider_that_is_debugged() {
    let child = Command::new(demo()).arg("--debug").stdout(Stdio::piped()).spawn().unwrap();
    let mut debugged = Debugged(child);
    let mut lines = BufReader::new(debugged.0.stdout.take().unwrap()).lines();
    let line = lines.find_map(|line| line.unwrap().strip_prefix("TF_REATTACH_PROVIDERS=").map(str::to_owned));
    let attach = line.unwrap().trim_matches('\'').to_owned();
    let workspace = Workspace::new();
    workspace.configure(THING);
    for arguments in
        [&["apply", "-auto-approve", "-no-color"][..], &["plan", "-no-color", "-detailed-exitcode"]]
    {
        let output = workspace.command(arguments).env("TF_REATTACH_PROVIDERS", &attach).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    assert!(debugged.0.try_wait().unwrap().is_none(), "it serves one Terraform after another");
    let socket = attach.split('"').find(|part| part.ends_with("/plugin")).unwrap().to_owned();
    let pid = debugged.0.id().to_string();
    assert!(Command::new("kill").args(["-s", "INT", &pid]).status().unwrap().success());
    let begun = Instant::now();
    while debugged.0.try_wait().unwrap().is_none() {
        assert!(begun.elapsed() < Duration::from_secs(10), "it does not end");
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(!std::path::Path::new(&socket).exists(), "nothing is left behind");
}
