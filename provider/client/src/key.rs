//! How users name objects: by code, within parents.

use serde_json::Value;
use std::collections::BTreeMap;

/// The code of an object, with those of its parents as far as they are told. Of a singleton, which is the one of its
/// parent, it is the parent's code.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// The code, or the id.
    pub code: String,
    /// The parents' codes, by their nouns.
    pub parents: BTreeMap<String, String>,
}

impl Key {
    /// This code, wherever it is.
    pub fn new(code: impl Into<String>) -> Self {
        Self { code: code.into(), parents: BTreeMap::new() }
    }

    /// This key, within a parent.
    #[must_use]
    pub fn within(mut self, noun: impl Into<String>, code: impl Into<String>) -> Self {
        self.parents.insert(noun.into(), code.into());
        self
    }

    /// The query that names the parents.
    pub(crate) fn query(&self) -> Value {
        self.parents.iter().map(|(noun, code)| (noun.clone(), Value::from(code.as_str()))).collect()
    }
}
