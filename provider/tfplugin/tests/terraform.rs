//! The demo provider under the real Terraform.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod support;

use std::fs;

use support::Workspace;

const WHOLE: &str = r#"
resource "demo_thing" "it" {
  name     = "whole"
  owner    = "somebody"
  mail     = "Some.Body@Example.COM"
  size     = 12345678901234567890.12
  secret   = "not-to-be-seen"
  password = "never-kept"
  tags     = ["b", "a"]
  anything = { rate = 0.1, list = [1, "x", null] }
  services = {
    disk = { price = 0.1 }
    vcpu = { price = 1.25, period = "day" }
  }
}

data "demo_thing" "it" {
  name = demo_thing.it.name
}

output "size" { value = data.demo_thing.it.size }
output "joined" { value = provider::demo::join("-", "a", "b", "c") }
output "code" { value = demo_thing.it.services["disk"].code }
"#;

#[test]
fn a_thing_lives_from_apply_to_destroy() {
    let workspace = Workspace::new();
    workspace.configure(WHOLE);
    workspace.plan().changes().hides("not-to-be-seen").hides("never-kept");
    workspace.apply().succeeds().says("1 added").hides("not-to-be-seen");
    assert_eq!(workspace.output("size"), "12345678901234567890.12");
    assert_eq!(workspace.output("joined"), "\"a-b-c\"");
    assert_eq!(workspace.output("code"), "\"code-disk\"");
    let state = workspace.state();
    assert!(!state.contains("never-kept"), "{state}");
    assert!(state.contains("Some.Body@Example.COM") && state.contains("\"price\": 0.1"), "{state}");
    workspace.plan().succeeds().says("No changes");

    // The same address in other letters, the same numbers in other digits, the same set in another order.
    let respelled = WHOLE
        .replace("Some.Body@Example.COM", "some.body@example.com")
        .replace("1.25", "1.250")
        .replace(r#"["b", "a"]"#, r#"["a", "b", "a"]"#);
    workspace.configure(&respelled);
    workspace.plan().succeeds().says("No changes");

    workspace.configure(&WHOLE.replace("price = 0.1", "price = 0.2"));
    workspace.plan().changes().says("1 to change").says("revision");
    workspace.apply().succeeds().says("1 changed");
    assert!(workspace.state().contains("\"revision\": 2"));
    workspace.plan().succeeds();

    workspace
        .terraform(&["destroy", "-auto-approve", "-no-color"])
        .succeeds()
        .says("1 destroyed")
        .says("A changed thing is gone");
    assert!(!workspace.thing("whole").exists());
}

#[test]
fn unknown_values_reach_the_store_when_they_are_known() {
    let workspace = Workspace::new();
    workspace.configure(
        r#"
        resource "demo_thing" "first" {
          name     = "first"
          services = { a = { price = 1 } }
        }
        resource "demo_thing" "second" {
          name     = "second"
          tags     = [demo_thing.first.services["a"].code, demo_thing.first.revision, "known"]
          services = { (demo_thing.first.id) = { price = demo_thing.first.revision } }
          anything = demo_thing.first.revision
        }
        "#,
    );
    workspace.apply().succeeds().says("2 added");
    workspace.plan().succeeds();
}

#[test]
fn a_new_name_replaces_the_thing() {
    let workspace = Workspace::new();
    workspace.configure("resource \"demo_thing\" \"it\" {\n  name = \"old\"\n}\n");
    workspace.apply().succeeds();
    workspace.configure("resource \"demo_thing\" \"it\" {\n  name = \"new\"\n}\n");
    workspace.plan().changes().says("forces replacement");
    workspace.apply().succeeds().says("1 added, 0 changed, 1 destroyed");
    assert!(!workspace.thing("old").exists() && workspace.thing("new").exists());
    workspace.plan().succeeds();
}

#[test]
fn what_may_not_change_is_refused_at_plan_time() {
    let workspace = Workspace::new();
    let thing = |name, owner, protected| {
        format!(
            "resource \"demo_thing\" \"it\" {{\n  name = {name:?}\n  owner = {owner:?}\n  protected = {protected}\n}}\n"
        )
    };
    workspace.configure(&thing("a", "x", true));
    workspace.apply().succeeds();
    workspace.configure(&thing("a", "y", true));
    workspace.plan().fails().says("owner cannot be changed");
    workspace.configure(&thing("b", "x", true));
    workspace.plan().fails().says("The thing is protected");
    workspace.terraform(&["destroy", "-auto-approve", "-no-color"]).fails().says("The thing is protected");
    workspace.configure(&thing("a", "x", false));
    workspace.apply().succeeds();
    workspace.terraform(&["destroy", "-auto-approve", "-no-color"]).succeeds();
}

#[test]
fn every_broken_rule_is_told_at_once_and_at_its_place() {
    let workspace = Workspace::new();
    workspace.configure(
        r#"
        resource "demo_thing" "it" {
          name  = ""
          services = {
            disk = {
              price  = -0.00001
              period = "year"
            }
          }
        }
        "#,
    );
    workspace
        .terraform(&["validate", "-no-color"])
        .fails()
        .says("name must have between 1 and 40 characters")
        .says("services[\"disk\"].price must be at least 0")
        .says("services[\"disk\"].price must have at most 4 digits")
        .says("services[\"disk\"].period must be one of \"day\", \"month\"")
        .says("name  = \"\"");
    workspace.configure("resource \"demo_thing\" \"it\" {\n  name = \"a\"\n  owner = \"a\"\n}\n");
    workspace.terraform(&["validate", "-no-color"]).fails().says("Nobody owns himself");
}

#[test]
fn a_thing_is_imported_and_found_unchanged() {
    let workspace = Workspace::new();
    workspace.configure(WHOLE);
    workspace.apply().succeeds();
    workspace.terraform(&["state", "rm", "demo_thing.it"]).succeeds();
    workspace.terraform(&["import", "-no-color", "demo_thing.it", "whole"]).succeeds();
    workspace.plan().succeeds().says("No changes");
    workspace.terraform(&["import", "-no-color", "demo_thing.other", "none"]).fails();
}

#[test]
fn generated_configuration_plans_empty() {
    let workspace = Workspace::new();
    // Terraform writes no sensitive value into a generated configuration.
    workspace.configure(&WHOLE.replace("secret ", "content "));
    workspace.apply().succeeds();
    workspace.terraform(&["state", "rm", "demo_thing.it"]).succeeds();
    workspace.configure("import {\n  to = demo_thing.it\n  id = \"whole\"\n}\n");
    let generate = ["plan", "-no-color", "-input=false", "-generate-config-out=generated.tf"];
    workspace.terraform(&generate).succeeds().says("1 to import, 0 to add, 0 to change, 0 to destroy");
    workspace.apply().succeeds();
    workspace.plan().succeeds();
}

#[test]
fn what_happens_outside_is_seen() {
    let workspace = Workspace::new();
    workspace.configure(WHOLE);
    workspace.apply().succeeds();
    let file = workspace.thing("whole");
    let changed = fs::read_to_string(&file).unwrap().replace("somebody", "else");
    fs::write(&file, changed).unwrap();
    workspace.plan().fails().says("owner cannot be changed");
    fs::remove_file(&file).unwrap();
    workspace.plan().changes().says("1 to add");
    fs::create_dir(&file).unwrap();
    workspace.plan().fails().says("The store failed");
    assert!(workspace.state().contains("\"whole\""), "a failed read keeps the state");
}

#[test]
fn a_panic_is_a_diagnostic() {
    let workspace = Workspace::new();
    workspace.configure("resource \"demo_thing\" \"it\" {\n  name = \"panic\"\n}\n");
    workspace
        .apply()
        .fails()
        .says("The provider panicked")
        .says("the thing \"panic\" cannot be")
        .hides("plugin6.(*GRPCProvider)");
}

#[test]
fn a_thing_created_halfway_is_tainted() {
    let workspace = Workspace::new();
    workspace.configure("resource \"demo_thing\" \"it\" {\n  name = \"halfway\"\n}\n");
    workspace.apply().fails().says("Created only halfway");
    assert!(workspace.state().contains("\"status\": \"tainted\""));
    workspace.plan().changes().says("is tainted, so must be replaced");
}

#[test]
fn a_function_names_the_argument_at_fault() {
    let workspace = Workspace::new();
    workspace.configure("output \"joined\" {\n  value = provider::demo::join(\"\", \"a\")\n}\n");
    workspace
        .plan()
        .fails()
        .says("Invalid value for \"separator\" parameter: The separator must not be empty.");
}

#[test]
fn an_attribute_of_five_megabytes_passes() {
    let workspace = Workspace::new();
    let line = "0123456789abcdef".repeat(5 << 16);
    fs::write(workspace.path("content"), &line).unwrap();
    workspace.configure(&format!(
        "resource \"demo_thing\" \"it\" {{\n  name = \"large\"\n  content = file({:?})\n}}\n\
         output \"length\" {{\n  value = length(demo_thing.it.content)\n}}\n",
        workspace.path("content")
    ));
    workspace.apply().succeeds();
    assert_eq!(workspace.output("length"), line.len().to_string());
    workspace.plan().succeeds();
}

#[test]
fn many_things_are_planned_together() {
    let workspace = Workspace::new();
    workspace.configure(
        "resource \"demo_thing\" \"it\" {\n  count = 50\n  name = \"thing-${count.index}\"\n  size = count.index / 10\n}\n",
    );
    workspace.apply().succeeds().says("50 added");
    workspace.plan().succeeds();
    workspace.terraform(&["destroy", "-auto-approve", "-no-color"]).succeeds();
}
