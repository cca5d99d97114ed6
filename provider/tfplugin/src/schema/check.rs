//! Faults of a schema that Terraform would refuse, or that would surprise at plan time.

use super::{Attribute, Attributes, Nesting, Presence, Schema, Shape};
use crate::value::{Path, Type};

/// A fault of a schema.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {message}")]
pub struct SchemaFault {
    /// The attribute at fault.
    pub path: Path,
    /// What is wrong with it.
    pub message: String,
}

impl Schema {
    /// Finds the faults of this schema. Debug builds refuse to start with one.
    #[must_use]
    pub fn faults(&self) -> Vec<SchemaFault> {
        let mut faults = Vec::new();
        check_attributes(&self.attributes, &Path::root(), &Surroundings::default(), &mut faults);
        faults
    }
}

/// What the attributes above say to the ones below.
#[derive(Clone, Copy, Default)]
struct Surroundings {
    in_set: bool,
    in_collection: bool,
    nested: bool,
}

fn check_attributes(
    attributes: &Attributes,
    path: &Path,
    surroundings: &Surroundings,
    faults: &mut Vec<SchemaFault>,
) {
    for (name, attribute) in attributes {
        let path = path.clone().attribute(name.as_str());
        let mut fault =
            |message: &str| faults.push(SchemaFault { path: path.clone(), message: message.to_owned() });
        if !is_name(name) {
            fault("a name is lower-case letters, digits and underscores, and starts with a letter");
        }
        if !surroundings.nested && RESERVED.contains(&name.as_str()) {
            fault("Terraform keeps this name for itself");
        }
        attribute_faults(attribute, surroundings).into_iter().for_each(&mut fault);
        if let Shape::Nested(nesting, below) = &attribute.shape {
            let surroundings = Surroundings {
                in_set: surroundings.in_set || *nesting == Nesting::Set,
                in_collection: surroundings.in_collection || *nesting != Nesting::Single,
                nested: true,
            };
            check_attributes(below, &path, &surroundings, faults);
        }
    }
}

const RESERVED: [&str; 7] =
    ["connection", "count", "depends_on", "for_each", "lifecycle", "provider", "provisioner"];

fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.chars().all(|char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '_')
}

fn attribute_faults(attribute: &Attribute, surroundings: &Surroundings) -> Vec<&'static str> {
    let computed_only = attribute.presence == Presence::Computed;
    let acts_on_change = attribute.force_new || attribute.immutable;
    let any_type = matches!(&attribute.shape, Shape::Plain(Type::Dynamic));
    let rules = [
        (
            attribute.write_only && attribute.is_computed(),
            "a write-only attribute is required or optional, never computed and without default",
        ),
        (
            attribute.write_only && surroundings.in_set,
            "a set cannot hold write-only attributes: its elements are known by their values",
        ),
        (attribute.write_only && acts_on_change, "a write-only attribute has no prior value to differ from"),
        (attribute.default.is_some() && !attribute.is_computed(), "a default needs optional and computed"),
        (attribute.default.is_some() && computed_only, "only what may be configured has a default"),
        (attribute.volatile && !attribute.is_computed(), "only computed attributes are volatile"),
        (acts_on_change && computed_only, "only what may be configured forces replacement or is immutable"),
        (attribute.force_new && attribute.immutable, "either a change replaces or it is refused, not both"),
        (
            acts_on_change && surroundings.in_set,
            "elements of a set have no identity: put this on the set itself",
        ),
        (
            surroundings.in_collection && any_type,
            "elements of a collection have one type: an attribute of any type cannot be inside",
        ),
    ];
    rules.into_iter().filter_map(|(broken, message)| broken.then_some(message)).collect()
}
