//! The section of a page that tells the attributes, with an anchor for each nested object.

use super::types;
use std::fmt::Write;
use tfplugin::{
    Attribute, Schema,
    schema::{Attributes, Presence, Shape},
    value::json,
};

/// Where Terraform says what write-only is.
const WRITE_ONLY: &str =
    "https://developer.hashicorp.com/terraform/language/resources/ephemeral#write-only-arguments";

/// The rule that a number has no fraction, and how its bounds begin.
const INTEGER: &str = "must be an integer";
const BOUNDS: [&str; 3] = ["must be between", "must be at least", "must be at most"];

/// The section of a schema's attributes, which may have to be written in a block of their own.
pub(super) fn section(schema: &Schema, block: Option<&str>) -> String {
    let mut text = "## Schema\n".to_owned();
    if let Some(block) = block.filter(|_| !schema.attributes.is_empty()) {
        let _ = write!(text, "\nIn the block `{block}`:\n");
    }
    let mut waiting = list(&mut text, &schema.attributes, "### ", &[]);
    waiting.reverse();
    while let Some((path, attributes)) = waiting.pop() {
        let (anchor, name) = (anchor(&path), path.join("."));
        let _ = write!(text, "\n<a id=\"{anchor}\"></a>\n### Nested Schema for `{name}`\n");
        let mut below = list(&mut text, attributes, "", &path);
        below.reverse();
        waiting.extend(below);
    }
    text
}

/// Nested objects, with where they are.
type Nested<'a> = Vec<(Vec<&'a str>, &'a Attributes)>;

/// Writes the attributes of one object by who sets them. Returns the objects that are nested in it.
fn list<'a>(text: &mut String, attributes: &'a Attributes, heading: &str, path: &[&'a str]) -> Nested<'a> {
    let groups = [
        ("Required", [Presence::Required, Presence::Required]),
        ("Optional", [Presence::Optional, Presence::OptionalComputed]),
        ("Read-Only", [Presence::Computed, Presence::Computed]),
    ];
    let colon = if heading.is_empty() { ":" } else { "" };
    let mut nested = Vec::new();
    for (title, presences) in groups {
        let members = attributes.iter().filter(|(_, attribute)| presences.contains(&attribute.presence));
        let members: Vec<_> = members.collect();
        if members.is_empty() {
            continue;
        }
        let _ = write!(text, "\n{heading}{title}{colon}\n\n");
        for (name, attribute) in members {
            let here: Vec<&str> = path.iter().copied().chain([name.as_str()]).collect();
            let _ = writeln!(text, "- `{name}` {}", told(attribute, &here));
            if let Shape::Nested(_, below) = &attribute.shape {
                nested.push((here, below));
            }
        }
    }
    nested
}

/// What there is to say of one attribute.
fn told(attribute: &Attribute, path: &[&str]) -> String {
    let mut sentences = vec![format!("({})", traits(attribute).join(", "))];
    if let Some(reason) = &attribute.deprecation {
        sentences.push(format!("**Deprecated:** {reason}"));
    }
    sentences.push(attribute.description.trim().replace('\n', "\n  "));
    sentences.extend(rules(attribute));
    if let Some(default) = default(attribute) {
        sentences.push(format!("Default: `{default}`."));
    }
    if attribute.force_new {
        sentences.push("A change forces replacement.".to_owned());
    }
    if attribute.immutable {
        sentences.push("A change is refused at plan.".to_owned());
    }
    if let Shape::Nested(..) = attribute.shape {
        sentences.push(format!("(see [below for nested schema](#{}))", anchor(path)));
    }
    sentences.retain(|sentence| !sentence.is_empty());
    sentences.join(" ")
}

fn traits(attribute: &Attribute) -> Vec<String> {
    let shape = match &attribute.shape {
        Shape::Plain(ty) => types::words(ty),
        Shape::Nested(nesting, _) => types::nesting(*nesting).to_owned(),
    };
    let sensitive = attribute.sensitive.then(|| "Sensitive".to_owned());
    let write_only = attribute.write_only.then(|| format!("[Write-only]({WRITE_ONLY})"));
    let deprecated = attribute.deprecation.is_some().then(|| "Deprecated".to_owned());
    [Some(shape), sensitive, write_only, deprecated].into_iter().flatten().collect()
}

/// What is accepted, where the description does not name every word of it already.
fn rules(attribute: &Attribute) -> Vec<String> {
    let mut all: Vec<String> = attribute.validators.iter().flat_map(|validator| validator.rules()).collect();
    // An integer and its bounds are one sentence.
    if let Some(at) = all.iter().position(|rule| rule == INTEGER)
        && let Some(bounds) = all.iter().position(|rule| BOUNDS.iter().any(|bound| rule.starts_with(bound)))
    {
        all[bounds] = all[bounds].replacen("must be", INTEGER, 1);
        all.remove(at);
    }
    let told = |rule: &str| {
        let mut words = rule.split('"').skip(1).step_by(2).peekable();
        words.peek().is_some() && words.all(|word| attribute.description.contains(&format!("`{word}`")))
    };
    all.iter().filter(|rule| !told(rule)).map(|rule| sentence(&rule.replace('"', "`"))).collect()
}

fn sentence(clause: &str) -> String {
    let mut letters = clause.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).chain(['.']).collect()
}

fn default(attribute: &Attribute) -> Option<String> {
    let default = json::to_json(attribute.default.as_ref()?, &attribute.value_type()).ok()?;
    Some(default.to_string())
}

fn anchor(path: &[&str]) -> String {
    format!("nestedatt--{}", path.join("--"))
}
