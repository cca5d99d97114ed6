//! Objects of a configuration as data: written as HCL for Terraform, or resolved for those who speak to the provider
//! themselves.

use schemas::registry::{ResourceInfo, resources};
use serde_json::{Map, Value as Json};
use std::{fmt::Write, sync::OnceLock};

/// An object of a configuration. Among its values, a text `@noun.label` refers to another object by the last attribute
/// of its import key, and a text `=expression` is written as it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    /// The noun: the type is `esu_<noun>`.
    pub noun: &'static str,
    /// The name in the configuration.
    pub label: String,
    /// The values by Terraform's names.
    pub values: Map<String, Json>,
}

impl Object {
    /// An object of these values.
    pub fn new(noun: &'static str, label: &str, values: Json) -> Self {
        let Json::Object(values) = values else { panic!("the values of esu_{noun} are an object") };
        Self { noun, label: label.to_owned(), values }
    }

    /// Its address in the configuration.
    pub fn address(&self) -> String {
        format!("esu_{}.{}", self.noun, self.label)
    }

    /// The resource block.
    pub fn hcl(&self) -> String {
        let mut block = format!("resource \"esu_{}\" \"{}\" {{\n", self.noun, self.label);
        for (name, value) in &self.values {
            let _ = writeln!(block, "  {name} = {}", expression(value));
        }
        if self.noun == "client" && self.values.get("tariff_plan").is_none_or(Json::is_null) {
            // It gets the default plan of its partner, which no reference tells, and which must outlive it.
            block.push_str("  depends_on = [esu_tariff_plan.a]\n");
        }
        block.push_str("}\n");
        block
    }

    /// What refers to it, as other objects do.
    fn handle(&self) -> &Json {
        let name = handle_name(self.noun);
        self.values.get(name).unwrap_or_else(|| panic!("esu_{}.{} has no {name}", self.noun, self.label))
    }
}

/// The blocks of several objects.
pub fn hcl(objects: &[Object]) -> String {
    objects.iter().map(Object::hcl).collect()
}

/// A value with the references to these objects replaced by what they stand for.
pub fn resolved(value: &Json, objects: &[Object]) -> Json {
    match value {
        Json::String(text) => match text.strip_prefix('@') {
            Some(reference) => {
                let found =
                    objects.iter().find(|object| format!("{}.{}", object.noun, object.label) == reference);
                found.unwrap_or_else(|| panic!("nothing is called {text}")).handle().clone()
            }
            None => value.clone(),
        },
        Json::Array(items) => items.iter().map(|item| resolved(item, objects)).collect(),
        Json::Object(fields) => {
            let one = |(key, value): (&String, &Json)| {
                let key = resolved(&Json::String(key.clone()), objects);
                (key.as_str().unwrap_or_default().to_owned(), resolved(value, objects))
            };
            Json::Object(fields.iter().map(one).collect())
        }
        other => other.clone(),
    }
}

/// A value as an expression of the configuration.
pub fn expression(value: &Json) -> String {
    match value {
        Json::String(text) => word(text),
        Json::Array(items) => {
            let items: Vec<String> = items.iter().map(expression).collect();
            format!("[{}]", items.join(", "))
        }
        Json::Object(fields) => {
            let fields: Vec<String> = fields
                .iter()
                .map(|(key, value)| {
                    let key = if key.starts_with('@') { format!("({})", word(key)) } else { word(key) };
                    format!("{key} = {}", expression(value))
                })
                .collect();
            format!("{{ {} }}", fields.join(", "))
        }
        other => other.to_string(),
    }
}

fn word(text: &str) -> String {
    if let Some(raw) = text.strip_prefix('=') {
        return raw.to_owned();
    }
    match text.strip_prefix('@').and_then(|reference| reference.split_once('.')) {
        Some((noun, label)) => format!("esu_{noun}.{label}.{}", handle_name(noun)),
        None => Json::from(text.replace("${", "$${").replace("%{", "%%{")).to_string(),
    }
}

/// The attribute by which others refer to an object of this noun.
fn handle_name(noun: &str) -> &'static str {
    static KNOWN: OnceLock<Vec<ResourceInfo>> = OnceLock::new();
    let known = KNOWN.get_or_init(resources);
    let info =
        known.iter().find(|info| info.noun == noun).unwrap_or_else(|| panic!("there is no esu_{noun}"));
    info.key.last().copied().unwrap_or("id")
}
