//! A partner's portfolio as Terraform's configuration, with blocks that import it: read off the registry, so that a type
//! that Terraform manages is exported as well.

mod hcl;

use hcl::Written;
use schemas::{
    code::Code,
    registry::ResourceInfo,
    tf::{Attribute, resource_attributes},
};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

/// Attributes that name other objects by the last part of their keys, by the noun that these are of. They are written as
/// references where the object is exported and its noun comes before in the registry; the other way round there would be a
/// circle.
const REFERENCES: [(&str, &str); 8] = [
    ("partner", "partner"),
    ("domain", "domain"),
    ("user", "user"),
    ("client", "client"),
    ("tariff_plan", "tariff_plan"),
    ("default_plan", "tariff_plan"),
    ("hypervisors", "hypervisor"),
    ("allowed_hypervisors", "hypervisor"),
];

/// Attributes that are what another attribute of their object is where nothing is written, by name.
const FOLLOWERS: [(&str, &str); 1] = [("contract_name", "name")];

/// What comes first in the folder.
const SETTINGS: &str = r#"terraform {
  required_version = ">= 1.11"

  required_providers {
    esu = {
      source = "esu/esu"
    }
  }
}

# Endpoint and token are read from ESU_ENDPOINT and ESU_TOKEN.
provider "esu" {}
"#;

/// The files of an export by name.
pub type Files = BTreeMap<String, String>;

/// An export that is put together, noun by noun in the registry's order.
#[derive(Default)]
pub struct Export {
    files: Files,
    imports: String,
    /// How Terraform refers to what is exported, by noun and by the last part of the key.
    names: BTreeMap<&'static str, BTreeMap<String, String>>,
    count: usize,
}

impl Export {
    /// Whether objects of this noun belong to a partner, or to a domain or a user, which are a partner's; those that do
    /// not are exported where others refer to them.
    pub fn is_partners(resource: &ResourceInfo) -> bool {
        let is_of_partner = |one: &Attribute| ["partner", "domain", "user"].contains(&one.name.as_str());
        resource.noun == "partner" || resource_attributes(resource).iter().any(is_of_partner)
    }

    /// The codes of a noun's objects that an object refers to.
    pub fn referred(resource: &ResourceInfo, view: &Value, noun: &str) -> BTreeSet<String> {
        let names = REFERENCES.iter().filter(|(_, other)| *other == noun).map(|(name, _)| *name);
        let attributes = resource_attributes(resource);
        let found = names.filter_map(|name| attributes.iter().find(|attribute| attribute.name == name));
        found.filter_map(|attribute| at(view, &attribute.path)).flat_map(codes).collect()
    }

    /// Adds the objects of a noun.
    pub fn add(&mut self, resource: &ResourceInfo, views: &[Value]) {
        let attributes = resource_attributes(resource);
        let mut text = String::new();
        let mut taken = BTreeSet::new();
        for view in views.iter().filter(|view| !is_automatic(resource, view)) {
            let key = key(resource, &attributes, view);
            let label = label(resource, &key, &mut taken);
            if let (Some(attribute), Some(name)) = (resource.key.last(), key.last()) {
                let to = format!("esu_{}.{label}.{attribute}", resource.noun);
                self.names.entry(resource.noun).or_default().insert(name.clone(), to);
            }
            let separator = if text.is_empty() { "" } else { "\n" };
            text.push_str(separator);
            text.push_str(&self.block(resource, &attributes, view, &label));
            let to = format!("esu_{}.{label}", resource.noun);
            let id = if key.is_empty() { pointer_text(view, "/id") } else { key.join("/") };
            let separator = if self.imports.is_empty() { "" } else { "\n" };
            // Writing to a string does not fail.
            let _ =
                write!(self.imports, "{separator}import {{\n  to = {to}\n  id = {}\n}}\n", hcl::quoted(&id));
            self.count += 1;
        }
        if !text.is_empty() {
            self.files.insert(format!("{}.tf", resource.noun), text);
        }
    }

    /// How many objects there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The files.
    pub fn into_files(mut self) -> Files {
        self.files.insert("providers.tf".to_owned(), SETTINGS.to_owned());
        self.files.insert("imports.tf".to_owned(), self.imports);
        self.files
    }

    fn block(&self, resource: &ResourceInfo, attributes: &[Attribute], view: &Value, label: &str) -> String {
        let settable = attributes.iter().filter(|attribute| attribute.required || attribute.optional);
        let mut written: Vec<Written> = Vec::new();
        let mut comments = Vec::new();
        for attribute in settable {
            if attribute.write_only {
                comments.push(format!("{} is write-only: set it where it must change.", attribute.name));
            } else if let Some(value) = self.value(resource, attribute, view) {
                written.push((attribute.name.clone(), value));
            }
        }
        let header = format!("resource \"esu_{}\" \"{label}\"", resource.noun);
        hcl::block(&header, &comments, &written)
    }

    /// What an attribute is set to; none where it says what it is by itself.
    fn value(&self, resource: &ResourceInfo, attribute: &Attribute, view: &Value) -> Option<String> {
        let value = at(view, &attribute.path).filter(|value| !value.is_null())?;
        if hcl::is_default(attribute, &value) || follows(attribute, &value, view) {
            return None;
        }
        let reference = REFERENCES.iter().find(|(name, _)| *name == attribute.name);
        let known = reference.filter(|(_, noun)| *noun != resource.noun);
        let Some(names) = known.and_then(|(_, noun)| self.names.get(noun)) else {
            return hcl::laid_out(&value, &attribute.field);
        };
        let one = |named: &Value| {
            let named = named.as_str()?;
            Some(names.get(named).cloned().unwrap_or_else(|| hcl::quoted(named)))
        };
        match &value {
            Value::Array(items) => Some(hcl::list(&items.iter().filter_map(one).collect::<Vec<_>>())),
            single => one(single),
        }
    }
}

/// Whether an attribute is what it follows.
fn follows(attribute: &Attribute, value: &Value, view: &Value) -> bool {
    let leader = FOLLOWERS.iter().find(|(name, _)| *name == attribute.name);
    leader.is_some_and(|(_, leader)| view.get(leader) == Some(value))
}

/// What comes by itself with another object and is not Terraform's to manage.
fn is_automatic(resource: &ResourceInfo, view: &Value) -> bool {
    resource.noun == "project"
        && view.get("code").and_then(Value::as_str) == Some(Code::default_code().as_str())
}

/// The parts of the import key; none where the object is imported by its id.
fn key(resource: &ResourceInfo, attributes: &[Attribute], view: &Value) -> Vec<String> {
    let found = resource.key.iter().map(|name| attributes.iter().find(|attribute| attribute.name == *name));
    found.map(|attribute| attribute.map_or_else(String::new, |one| pointer_text(view, &one.path))).collect()
}

/// The name of a block: the parts of its key below the partner.
fn label(resource: &ResourceInfo, key: &[String], taken: &mut BTreeSet<String>) -> String {
    let own: Vec<&str> = match (resource.key, key) {
        ([first, _, ..], [_, rest @ ..]) if *first == "partner" => rest.iter().map(String::as_str).collect(),
        _ => key.iter().map(String::as_str).collect(),
    };
    let base = if own.is_empty() { resource.noun.to_owned() } else { own.join("_") };
    let mut base: String =
        base.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect();
    if !base.starts_with(|first: char| first.is_ascii_alphabetic()) {
        base.insert(0, '_');
    }
    let mut label = base.clone();
    let mut number = 1;
    while !taken.insert(label.clone()) {
        number += 1;
        label = format!("{base}_{number}");
    }
    label
}

fn pointer_text(view: &Value, path: &str) -> String {
    at(view, path).as_ref().and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// The value at a JSON pointer, in which a star takes every element of an array.
fn at(view: &Value, path: &str) -> Option<Value> {
    let Some((before, after)) = path.split_once("/*") else { return view.pointer(path).cloned() };
    let items = view.pointer(before)?.as_array()?;
    Some(Value::Array(items.iter().filter_map(|item| at(item, after)).collect()))
}

fn codes(value: Value) -> Vec<String> {
    match value {
        Value::String(code) => vec![code],
        Value::Array(items) => items.into_iter().flat_map(codes).collect(),
        _ => Vec::new(),
    }
}
