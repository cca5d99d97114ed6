//! Identity: which real thing a resource stands for, apart from its attributes.

use std::collections::BTreeMap;

use crate::value::{Object, Type, Value};

/// One attribute of an identity: a text, a number or a truth value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityAttribute {
    /// Its type.
    pub ty: Type,
    /// Whether an import must name it.
    pub required_for_import: bool,
    /// What it is, in plain text.
    pub description: String,
}

impl IdentityAttribute {
    /// A text. Optional for import until told otherwise.
    #[must_use]
    pub fn string() -> Self {
        Self::of(Type::String)
    }

    /// A number. Optional for import until told otherwise.
    #[must_use]
    pub fn number() -> Self {
        Self::of(Type::Number)
    }

    fn of(ty: Type) -> Self {
        Self { ty, required_for_import: false, description: String::new() }
    }

    /// An import must name it.
    #[must_use]
    pub fn required_for_import(mut self) -> Self {
        self.required_for_import = true;
        self
    }

    /// An import may leave it out; the provider finds it then.
    #[must_use]
    pub fn optional_for_import(mut self) -> Self {
        self.required_for_import = false;
        self
    }

    /// Describes it, in plain text.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }
}

/// The attributes that tell one real thing from every other. They never change while the thing lives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IdentitySchema {
    /// Counts up when stored identities must be upgraded.
    pub version: i64,
    /// The attributes by name.
    pub attributes: BTreeMap<String, IdentityAttribute>,
}

impl IdentitySchema {
    /// An identity without attributes, of version 0.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// This identity with another version.
    #[must_use]
    pub fn version(mut self, version: i64) -> Self {
        self.version = version;
        self
    }

    /// This identity with one attribute more.
    #[must_use]
    pub fn attribute(mut self, name: impl Into<String>, attribute: IdentityAttribute) -> Self {
        self.attributes.insert(name.into(), attribute);
        self
    }

    /// The names of its attributes.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.attributes.keys().map(String::as_str)
    }

    /// The object type of the identities.
    #[must_use]
    pub fn object_type(&self) -> Type {
        Type::object(self.attributes.iter().map(|(name, attribute)| (name.as_str(), attribute.ty.clone())))
    }

    /// The identity that a resource's attributes of the same names make.
    #[must_use]
    pub fn pick(&self, values: &Object) -> Object {
        self.names().map(|name| (name, values.get(name).clone())).collect()
    }

    /// The attributes that an identity lacks: those that are null or unknown although every import needs them.
    pub(crate) fn lacking<'a>(&'a self, identity: &'a Object) -> impl Iterator<Item = &'a str> {
        let lacks = |value: &Value| value.is_null() || value.is_unknown();
        let required = self.attributes.iter().filter(|(_, attribute)| attribute.required_for_import);
        required.map(|(name, _)| name.as_str()).filter(move |name| lacks(identity.get(name)))
    }
}

/// What the user gave to find a resource that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportBy {
    /// An id: any text that the resource understands.
    Id(String),
    /// An identity. Attributes that are optional for import may be null.
    Identity(Object),
}
