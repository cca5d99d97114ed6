//! The section of a resource's page that tells how to import one.

use super::{
    examples::{Examples, terraform},
    types,
};
use crate::GenerateError;
use std::fmt::Write;
use tfplugin::IdentitySchema;

const BLOCK: &str = "https://developer.hashicorp.com/terraform/language/import";
const COMMAND: &str = "https://developer.hashicorp.com/terraform/cli/commands/import";

/// The section of the resource of this type; empty where there is no example of its import.
pub(super) fn section(
    type_name: &str,
    identity: Option<&IdentitySchema>,
    examples: &Examples,
) -> Result<String, GenerateError> {
    let folder = format!("resources/{type_name}");
    let mut parts = Vec::new();
    if let Some(script) = examples.text(&folder, "import.sh")? {
        if let Some(block) = block(&script) {
            parts.push(format!("With an [`import` block]({BLOCK}):\n\n{}", terraform(&block)));
        }
        let script = script.trim_end();
        parts.push(format!("With the [`terraform import` command]({COMMAND}):\n\n```shell\n{script}\n```\n"));
    }
    if let Some(block) = examples.text(&folder, "import-by-identity.tf")? {
        let said = "With an `import` block that names the identity, in Terraform 1.12 and later:";
        parts.push(format!("{said}\n\n{}", terraform(&block)));
    }
    parts.extend(identity.map(attributes));
    if parts.is_empty() {
        return Ok(String::new());
    }
    Ok(format!("## Import\n\n{}", parts.join("\n")))
}

/// The block that says what the script's first command does.
fn block(script: &str) -> Option<String> {
    let command = script.lines().find_map(|line| line.strip_prefix("terraform import "))?;
    let (address, id) = command.split_once(' ')?;
    let id = id.trim_matches(['\'', '"']);
    Some(format!("import {{\n  to = {address}\n  id = \"{id}\"\n}}"))
}

/// What an identity names.
fn attributes(identity: &IdentitySchema) -> String {
    let mut text = "### Identity\n".to_owned();
    for (title, required) in [("Required", true), ("Optional", false)] {
        let members = identity.attributes.iter().filter(|(_, one)| one.required_for_import == required);
        let lines: Vec<String> = members
            .map(|(name, one)| format!("- `{name}` ({}) {}", types::words(&one.ty), one.description))
            .collect();
        if !lines.is_empty() {
            let _ = write!(text, "\n{title}:\n\n{}\n", lines.join("\n"));
        }
    }
    text
}
