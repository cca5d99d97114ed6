//! What an older version, or another resource, left in state.

use serde_json::Value as Json;

use crate::value::{
    Object, Type, Value, ValueError,
    json::{self, Surplus},
};

/// An object as it is stored: JSON that need not fit any schema of today.
#[derive(Clone, Debug, PartialEq)]
pub struct RawState(Json);

impl RawState {
    /// An object that is stored as this JSON. The server makes it; tests of handlers may too.
    #[must_use]
    pub fn new(json: Json) -> Self {
        Self(json)
    }

    /// The stored JSON.
    #[must_use]
    pub fn json(&self) -> &Json {
        &self.0
    }

    /// The text of an attribute; `None` when it is null, missing or no text.
    #[must_use]
    pub fn str(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Json::as_str)
    }

    /// Reads it as an object of a type: an old schema's, or today's. What the type does not know is dropped, what
    /// is missing becomes null.
    ///
    /// # Errors
    /// Something stored is not of the type, with its path.
    pub fn decode(&self, ty: &Type) -> Result<Object, ValueError> {
        match json::from_json(&self.0, ty, Surplus::Drop)? {
            Value::Object(object) => Ok(object),
            other => Err(ValueError::new(format!("an object is needed, this is {}", other.kind()))),
        }
    }
}

/// A resource of another type that becomes one of this type: the user's `moved` block says so.
#[derive(Clone, Debug, PartialEq)]
pub struct MoveSource {
    /// The other resource's provider, as in `registry.terraform.io/hashicorp/aws`.
    pub provider_address: String,
    /// The other resource's type.
    pub type_name: String,
    /// The version of the other type's schema that wrote the state.
    pub schema_version: i64,
    /// The state.
    pub state: RawState,
    /// What the other provider remembered, in its own form.
    pub private: Vec<u8>,
    /// The identity, where the other type has one.
    pub identity: Option<RawState>,
    /// The version of the identity's schema.
    pub identity_version: i64,
}
