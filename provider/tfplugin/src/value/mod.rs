//! Terraform's values: dynamic, exact, possibly unknown.

mod convert;
mod error;
pub mod json;
pub mod msgpack;
mod number;
mod object;
mod order;
mod path;
mod ty;

use std::collections::BTreeMap;

pub use error::ValueError;
pub use number::{MAX_NUMBER_DIGITS, Number, NumberError};
pub use object::Object;
pub use path::{Path, Step};
pub use ty::{MAX_DEPTH, Type};

/// The most values that one message may hold, all levels counted.
pub const MAX_VALUES: usize = 8 << 20;

/// A value of any type. Sets are equal whatever their order; numbers are equal whatever their text.
#[derive(Clone, Debug, Default)]
pub enum Value {
    /// No value.
    #[default]
    Null,
    /// A value that will be known after apply.
    Unknown(Unknown),
    /// `true` or `false`
    Bool(bool),
    /// An exact number.
    Number(Number),
    /// A text.
    String(String),
    /// A list or a tuple.
    List(Vec<Value>),
    /// A set, in the order of the wire; unknown elements may repeat.
    Set(Vec<Value>),
    /// A map.
    Map(BTreeMap<String, Value>),
    /// An object: the attributes of a schema or of an object type.
    Object(Object),
    /// A value where the schema allows any type, with its own type.
    Dynamic(Box<Dynamic>),
}

/// What is known of an unknown value.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unknown {
    /// The refinements (not null, a prefix, bounds) as they came on the wire.
    pub refinements: Option<Vec<u8>>,
}

/// A value with the type it carries along.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dynamic {
    /// The type of the value.
    pub ty: Type,
    /// The value itself.
    pub value: Value,
}

impl Value {
    /// An unknown value of which nothing is known.
    pub const UNKNOWN: Self = Self::Unknown(Unknown { refinements: None });

    /// A value of the given type for an attribute that allows any type.
    #[must_use]
    pub fn dynamic(ty: Type, value: Self) -> Self {
        Self::Dynamic(Box::new(Dynamic { ty, value }))
    }

    /// Whether there is no value. A typed null of a dynamic attribute is null too.
    #[must_use]
    pub fn is_null(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Dynamic(dynamic) => dynamic.value.is_null(),
            _ => false,
        }
    }

    /// Whether the value itself is unknown; elements are not looked at.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        match self {
            Self::Unknown(_) => true,
            Self::Dynamic(dynamic) => dynamic.value.is_unknown(),
            _ => false,
        }
    }

    /// Whether nothing in the value is unknown.
    #[must_use]
    pub fn is_wholly_known(&self) -> bool {
        match self {
            Self::Unknown(_) => false,
            Self::List(elements) | Self::Set(elements) => elements.iter().all(Self::is_wholly_known),
            Self::Map(elements) => elements.values().all(Self::is_wholly_known),
            Self::Object(object) => object.values().all(Self::is_wholly_known),
            Self::Dynamic(dynamic) => dynamic.value.is_wholly_known(),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) => true,
        }
    }

    /// The text, if this is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(text) = self { Some(text) } else { None }
    }

    /// The truth value, if this is one.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(truth) = self { Some(*truth) } else { None }
    }

    /// The number, if this is one.
    #[must_use]
    pub fn as_number(&self) -> Option<&Number> {
        if let Self::Number(number) = self { Some(number) } else { None }
    }

    /// The elements, if this is a list, a tuple or a set.
    #[must_use]
    pub fn as_elements(&self) -> Option<&[Self]> {
        if let Self::List(elements) | Self::Set(elements) = self { Some(elements) } else { None }
    }

    /// The elements by key, if this is a map.
    #[must_use]
    pub fn as_map(&self) -> Option<&BTreeMap<String, Self>> {
        if let Self::Map(elements) = self { Some(elements) } else { None }
    }

    /// The attributes, if this is an object.
    #[must_use]
    pub fn as_object(&self) -> Option<&Object> {
        if let Self::Object(object) = self { Some(object) } else { None }
    }

    /// The value at a path below this one.
    #[must_use]
    pub fn at(&self, path: &Path) -> Option<&Self> {
        path.steps().iter().try_fold(self, |value, step| value.below(step))
    }

    /// The value at a path below this one, to be changed.
    pub fn at_mut(&mut self, path: &Path) -> Option<&mut Self> {
        path.steps().iter().try_fold(self, |value, step| value.below_mut(step))
    }

    fn below(&self, step: &Step) -> Option<&Self> {
        match (self, step) {
            (Self::Object(object), Step::Attribute(name)) => object.as_map().get(name),
            (Self::Map(elements), Step::Key(key)) => elements.get(key),
            (Self::List(elements) | Self::Set(elements), Step::Index(index)) => elements.get(*index),
            _ => None,
        }
    }

    fn below_mut(&mut self, step: &Step) -> Option<&mut Self> {
        match (self, step) {
            (Self::Object(object), Step::Attribute(name)) => object.get_mut(name),
            (Self::Map(elements), Step::Key(key)) => elements.get_mut(key),
            (Self::List(elements) | Self::Set(elements), Step::Index(index)) => elements.get_mut(*index),
            _ => None,
        }
    }

    /// What kind of value this is, for messages.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Unknown(_) => "unknown",
            Self::Bool(_) => "bool",
            Self::Number(_) => "number",
            Self::String(_) => "string",
            Self::List(_) => "list",
            Self::Set(_) => "set",
            Self::Map(_) => "map",
            Self::Object(_) => "object",
            Self::Dynamic(_) => "dynamic",
        }
    }
}
