//! What a resource remembers without showing it.

use serde_json::{Map, Value as Json};

/// A JSON object that Terraform keeps beside a resource's state, unseen by the user. No secrets: it is
/// stored in plain text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Private(Map<String, Json>);

impl Private {
    /// Nothing remembered.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What is remembered under a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Json> {
        self.0.get(name)
    }

    /// The text that is remembered under a name.
    #[must_use]
    pub fn str(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Json::as_str)
    }

    /// Remembers something under a name.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<Json>) {
        self.0.insert(name.into(), value.into());
    }

    /// Forgets what is remembered under a name.
    pub fn remove(&mut self, name: &str) -> Option<Json> {
        self.0.remove(name)
    }

    /// The bytes that Terraform keeps.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        if self.0.is_empty() { Vec::new() } else { serde_json::to_vec(&self.0).unwrap_or_default() }
    }

    /// Reads the bytes back; no bytes are an empty object.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        if bytes.is_empty() { Ok(Self::default()) } else { serde_json::from_slice(bytes).map(Self) }
    }
}
