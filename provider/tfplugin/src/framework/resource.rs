//! Managed resources.

use async_trait::async_trait;

use super::{Context, Private};
use crate::{
    diagnostics::{Diagnostic, Diagnostics},
    planner,
    schema::Schema,
    value::{Object, Path, Value, ValueError},
};

/// A managed resource.
#[async_trait]
pub trait Resource: Send + Sync + 'static {
    /// The full name, as in `provider_thing`.
    fn type_name(&self) -> &str;

    /// Its attributes and the version of its state.
    fn schema(&self) -> Schema;

    /// Checks the configuration as a whole, after the attributes' validators. Values may be unknown.
    async fn validate(&self, _context: &Context, _config: &Object) -> Diagnostics {
        Diagnostics::new()
    }

    /// Sees every plan after the generic planner, deletion included: may change computed values, require
    /// replacement, remember private data, or refuse.
    async fn modify_plan(&self, _context: &Context, _plan: &mut Plan) -> Diagnostics {
        Diagnostics::new()
    }

    /// Creates it. Return the planned attributes with every unknown one filled in.
    ///
    /// # Errors
    /// Why it failed, with the state of what was created nevertheless (it is then tainted).
    async fn create(&self, context: &Context, create: Create) -> Result<State, ApplyError>;

    /// Reads it anew; `None` when it is gone.
    ///
    /// # Errors
    /// Why it cannot be read; the state stays.
    async fn read(&self, context: &Context, state: State) -> Result<Option<State>, Diagnostics>;

    /// Changes it in place.
    ///
    /// # Errors
    /// Why it failed, with the state that holds now; without one the prior state stays.
    async fn update(&self, context: &Context, change: Change) -> Result<State, ApplyError>;

    /// Deletes it. One that is gone already is no error.
    ///
    /// # Errors
    /// Why it failed, with the state that holds now; without one the prior state stays.
    async fn delete(&self, context: &Context, state: State) -> Result<(), ApplyError>;

    /// Finds it by the id that the user gave; Terraform reads it afterwards.
    ///
    /// # Errors
    /// Why there is none; by default because this resource cannot be imported.
    async fn import(&self, _context: &Context, _id: &str) -> Result<State, Diagnostics> {
        Err(Diagnostic::error("Import is not supported")
            .detail(format!("{} cannot be imported.", self.type_name()))
            .into())
    }
}

/// The attributes of a resource as it is, and what is remembered of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// The attributes.
    pub values: Object,
    /// What is remembered beside them.
    pub private: Private,
}

impl State {
    /// A state with nothing remembered.
    #[must_use]
    pub fn new(values: Object) -> Self {
        Self { values, private: Private::new() }
    }

    /// This state with what is to be remembered.
    #[must_use]
    pub fn with_private(mut self, private: Private) -> Self {
        self.private = private;
        self
    }
}

/// A resource to be created.
#[derive(Clone, Debug)]
pub struct Create {
    /// What the user wrote; the only place of write-only attributes.
    pub config: Object,
    /// What was planned; computed attributes are unknown.
    pub planned: Object,
    /// What the plan remembered.
    pub private: Private,
}

/// A resource to be changed in place.
#[derive(Clone, Debug)]
pub struct Change {
    /// The attributes until now.
    pub prior: Object,
    /// What the user wrote; the only place of write-only attributes.
    pub config: Object,
    /// What was planned; attributes that will change in ways not known yet are unknown.
    pub planned: Object,
    /// What the state and the plan remembered.
    pub private: Private,
}

/// Why a create, update or delete failed, and what holds now.
#[derive(Clone, Debug, Default)]
pub struct ApplyError {
    /// The state that holds now. For a create `None` means that nothing exists; else that the prior state holds.
    pub state: Option<State>,
    /// Why it failed.
    pub diagnostics: Diagnostics,
}

impl ApplyError {
    /// A failure that leaves a state behind.
    #[must_use]
    pub fn with_state(diagnostics: impl Into<Diagnostics>, state: State) -> Self {
        Self { state: Some(state), diagnostics: diagnostics.into() }
    }
}

impl From<Diagnostics> for ApplyError {
    fn from(diagnostics: Diagnostics) -> Self {
        Self { state: None, diagnostics }
    }
}

impl From<Diagnostic> for ApplyError {
    fn from(diagnostic: Diagnostic) -> Self {
        Diagnostics::from(diagnostic).into()
    }
}

impl From<ValueError> for ApplyError {
    fn from(error: ValueError) -> Self {
        Diagnostics::from(error).into()
    }
}

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
