//! The attributes of a resource, a data source or a nested object.

use std::collections::{BTreeMap, btree_map};

use super::{Number, Step, Value, ValueError};

/// Named attributes. An attribute that is not there reads as null.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Object(BTreeMap<String, Value>);

static NULL: Value = Value::Null;

impl Object {
    /// An object without attributes.
    #[must_use]
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// This object with one attribute more, or another value for it.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.set(name, value);
        self
    }

    /// Sets an attribute.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<Value>) {
        self.0.insert(name.into(), value.into());
    }

    /// The attribute's value; null when it is not there.
    #[must_use]
    pub fn get(&self, name: &str) -> &Value {
        self.0.get(name).unwrap_or(&NULL)
    }

    /// The attribute's value, to be changed.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Value> {
        self.0.get_mut(name)
    }

    /// The attribute's value, taken out; null stays behind.
    pub fn take(&mut self, name: &str) -> Value {
        self.0.get_mut(name).map(std::mem::take).unwrap_or_default()
    }

    /// The text; `None` when null, unknown or of another type.
    #[must_use]
    pub fn str(&self, name: &str) -> Option<&str> {
        self.get(name).as_str()
    }

    /// The truth value; `None` when null, unknown or of another type.
    #[must_use]
    pub fn bool(&self, name: &str) -> Option<bool> {
        self.get(name).as_bool()
    }

    /// The number; `None` when null, unknown or of another type.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<&Number> {
        self.get(name).as_number()
    }

    /// The integer; `None` when null, unknown, of another type or not an `i64`.
    #[must_use]
    pub fn integer(&self, name: &str) -> Option<i64> {
        self.number(name).and_then(Number::to_i64)
    }

    /// The elements of a list, a tuple or a set; `None` when null, unknown or of another type.
    #[must_use]
    pub fn elements(&self, name: &str) -> Option<&[Value]> {
        self.get(name).as_elements()
    }

    /// The elements of a map; `None` when null, unknown or of another type.
    #[must_use]
    pub fn map(&self, name: &str) -> Option<&BTreeMap<String, Value>> {
        self.get(name).as_map()
    }

    /// The nested object; `None` when null, unknown or of another type.
    #[must_use]
    pub fn object(&self, name: &str) -> Option<&Self> {
        self.get(name).as_object()
    }

    /// The text of an attribute that must be there.
    ///
    /// # Errors
    /// The attribute is null, unknown or of another type.
    pub fn require_str(&self, name: &str) -> Result<&str, ValueError> {
        let value = self.get(name);
        value.as_str().ok_or_else(|| missing(name, "string", value))
    }

    /// The number of an attribute that must be there.
    ///
    /// # Errors
    /// The attribute is null, unknown or of another type.
    pub fn require_number(&self, name: &str) -> Result<&Number, ValueError> {
        let value = self.get(name);
        value.as_number().ok_or_else(|| missing(name, "number", value))
    }

    /// The names and values of all attributes.
    pub fn iter(&self) -> btree_map::Iter<'_, String, Value> {
        self.0.iter()
    }

    /// The names and values of all attributes, to be changed.
    pub fn iter_mut(&mut self) -> btree_map::IterMut<'_, String, Value> {
        self.0.iter_mut()
    }

    /// The values of all attributes.
    pub fn values(&self) -> btree_map::Values<'_, String, Value> {
        self.0.values()
    }

    /// The attributes as a map.
    #[must_use]
    pub fn as_map(&self) -> &BTreeMap<String, Value> {
        &self.0
    }
}

fn missing(name: &str, wanted: &str, value: &Value) -> ValueError {
    ValueError::new(format!("a {wanted} is needed here, this is {}", value.kind()))
        .within(Step::Attribute(name.to_owned()))
}

impl From<BTreeMap<String, Value>> for Object {
    fn from(attributes: BTreeMap<String, Value>) -> Self {
        Self(attributes)
    }
}

impl<N: Into<String>> FromIterator<(N, Value)> for Object {
    fn from_iter<I: IntoIterator<Item = (N, Value)>>(attributes: I) -> Self {
        Self(attributes.into_iter().map(|(name, value)| (name.into(), value)).collect())
    }
}

impl IntoIterator for Object {
    type Item = (String, Value);
    type IntoIter = btree_map::IntoIter<String, Value>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Object {
    type Item = (&'a String, &'a Value);
    type IntoIter = btree_map::Iter<'a, String, Value>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
