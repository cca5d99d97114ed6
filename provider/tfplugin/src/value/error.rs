//! What may be wrong with a value, and where.

use super::{Path, Step};

/// A value that does not have the form it should have. Never holds the value itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueError {
    path: Path,
    message: String,
}

impl ValueError {
    /// An error about the value itself; its path grows as it travels up.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self { path: Path::root(), message: message.into() }
    }

    /// The same error, seen from the value that holds this one.
    #[must_use]
    pub fn within(mut self, step: Step) -> Self {
        self.path.prepend(step);
        self
    }

    /// Where the wrong value is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What is wrong with it.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl std::fmt::Display for ValueError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if !self.path.is_root() {
            write!(formatter, "{}: ", self.path)?;
        }
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for ValueError {}
