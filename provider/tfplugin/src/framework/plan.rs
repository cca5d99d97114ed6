//! Plans, as a resource sees them.

use super::Private;
use crate::{
    diagnostics::Diagnostics,
    planner,
    schema::Schema,
    value::{Object, Path, Value},
};

/// What a plan does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Nothing.
    Unchanged,
    /// Creates the resource.
    Create,
    /// Changes it in place, or replaces it when the plan requires so.
    Update,
    /// Deletes it.
    Delete,
}

/// A plan, as the generic planner made it.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The attributes until now; `None` before creation.
    pub prior: Option<Object>,
    /// What the user wrote; empty for a deletion.
    pub config: Object,
    /// What will be; empty for a deletion.
    pub planned: Object,
    /// What is remembered until apply, and in state afterwards.
    pub private: Private,
    pub(crate) action: Action,
    pub(crate) requires_replace: Vec<Path>,
}

impl Plan {
    /// The plan that the schema alone leads to, with the errors for what may not change. The server makes it
    /// before [`Resource::modify_plan`] sees it; tests of a schema may too.
    #[must_use]
    pub fn draft(
        schema: &Schema,
        prior: Option<Object>,
        config: Object,
        private: Private,
    ) -> (Self, Diagnostics) {
        planner::plan(schema, prior, config, private)
    }

    /// What the plan does.
    #[must_use]
    pub fn action(&self) -> Action {
        self.action
    }

    /// Whether this resource will be deleted: by a deletion or by a replacement.
    #[must_use]
    pub fn deletes(&self) -> bool {
        self.action == Action::Delete || !self.requires_replace.is_empty()
    }

    /// The paths whose changes require replacement.
    #[must_use]
    pub fn requires_replace(&self) -> &[Path] {
        &self.requires_replace
    }

    /// Replaces the resource because of the attribute at a path.
    pub fn require_replace(&mut self, path: impl Into<Path>) {
        let path = path.into();
        if !self.requires_replace.contains(&path) {
            self.requires_replace.push(path);
        }
    }

    /// Plans another value for a computed attribute.
    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.planned.set(name, value);
    }

    /// Whether an attribute's planned value differs from its prior one, or may differ.
    #[must_use]
    pub fn changes(&self, name: &str) -> bool {
        self.prior.as_ref().is_none_or(|prior| prior.get(name) != self.planned.get(name))
    }
}
