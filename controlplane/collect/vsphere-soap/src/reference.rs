//! References to managed objects.

use crate::xml::{Element, Malformed};
use std::fmt;

/// What the other side calls one of its objects.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference {
    /// The type, such as `VirtualMachine`.
    pub kind: String,
    /// The id, unique within the endpoint, such as `vm-42`.
    pub id: String,
}

impl Reference {
    /// A reference of a type and an id.
    #[must_use]
    pub fn new(kind: &str, id: &str) -> Self {
        Self { kind: kind.to_owned(), id: id.to_owned() }
    }

    /// Reads one.
    ///
    /// # Errors
    /// When the element refers to nothing.
    pub fn read(element: &Element) -> Result<Self, Malformed> {
        match &element.object {
            Some(kind) if !element.text.is_empty() => Ok(Self::new(kind, &element.text)),
            _ => Err(Malformed::Content(format!("<{}> refers to no object", element.name))),
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.id)
    }
}
