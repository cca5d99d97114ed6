//! What a resource, a data source or a provider looks like to Terraform.

mod attribute;
mod check;
pub mod validator;

use std::collections::BTreeMap;

pub use attribute::{Attribute, Attributes, Nesting, Presence, SemanticEquality, Shape};
pub use check::SchemaFault;
pub use validator::{Validator, Violation};

use crate::value::Type;

/// The attributes of one kind of object, with their common description.
#[derive(Clone, Default)]
pub struct Schema {
    /// Counts up when old state must be upgraded.
    pub version: i64,
    /// Markdown.
    pub description: String,
    /// Why not to use it, when it is deprecated.
    pub deprecation: Option<String>,
    /// The attributes by name.
    pub attributes: Attributes,
}

impl Schema {
    /// A schema without attributes, described in Markdown.
    #[must_use]
    pub fn new(description: impl Into<String>) -> Self {
        Self { description: description.into(), ..Self::default() }
    }

    /// This schema with another version.
    #[must_use]
    pub fn version(mut self, version: i64) -> Self {
        self.version = version;
        self
    }

    /// This schema, deprecated for the reason given.
    #[must_use]
    pub fn deprecated(mut self, reason: impl Into<String>) -> Self {
        self.deprecation = Some(reason.into());
        self
    }

    /// This schema with one attribute more.
    #[must_use]
    pub fn attribute(mut self, name: impl Into<String>, attribute: Attribute) -> Self {
        self.attributes.insert(name.into(), attribute);
        self
    }

    /// The object type of the values that this schema describes.
    #[must_use]
    pub fn object_type(&self) -> Type {
        object_type(&self.attributes)
    }
}

/// The object type of the given attributes.
pub(crate) fn object_type(attributes: &BTreeMap<String, Attribute>) -> Type {
    Type::object(attributes.iter().map(|(name, attribute)| (name.as_str(), attribute.value_type())))
}

#[cfg(test)]
mod check_test;
