//! Values from Rust's own types.

use std::collections::BTreeMap;

use super::{Number, Object, Value};

impl Value {
    /// A list of values.
    #[must_use]
    pub fn list<T: Into<Self>>(elements: impl IntoIterator<Item = T>) -> Self {
        Self::List(elements.into_iter().map(Into::into).collect())
    }

    /// A set of values, which must differ.
    #[must_use]
    pub fn set<T: Into<Self>>(elements: impl IntoIterator<Item = T>) -> Self {
        Self::Set(elements.into_iter().map(Into::into).collect())
    }

    /// A map of values.
    #[must_use]
    pub fn map<K: Into<String>, T: Into<Self>>(elements: impl IntoIterator<Item = (K, T)>) -> Self {
        Self::Map(elements.into_iter().map(|(key, value)| (key.into(), value.into())).collect())
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl From<Number> for Value {
    fn from(number: Number) -> Self {
        Self::Number(number)
    }
}

impl From<i32> for Value {
    fn from(integer: i32) -> Self {
        Self::Number(integer.into())
    }
}

impl From<u32> for Value {
    fn from(integer: u32) -> Self {
        Self::Number(integer.into())
    }
}

impl From<i64> for Value {
    fn from(integer: i64) -> Self {
        Self::Number(integer.into())
    }
}

impl From<u64> for Value {
    fn from(integer: u64) -> Self {
        Self::Number(integer.into())
    }
}

impl From<Object> for Value {
    fn from(object: Object) -> Self {
        Self::Object(object)
    }
}

impl From<BTreeMap<String, Value>> for Value {
    fn from(elements: BTreeMap<String, Value>) -> Self {
        Self::Map(elements)
    }
}

impl From<Vec<Value>> for Value {
    /// A list; a set is written as `Value::Set`.
    fn from(elements: Vec<Value>) -> Self {
        Self::List(elements)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
