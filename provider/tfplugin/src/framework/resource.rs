//! Managed resources.

use async_trait::async_trait;

use super::{
    Context, Private,
    identity::{IdentitySchema, ImportBy},
    plan::Plan,
    stored::{MoveSource, RawState},
};
use crate::{
    diagnostics::{Diagnostic, Diagnostics},
    schema::Schema,
    value::{Object, ValueError},
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

    /// Finds it by what the user gave; Terraform reads it afterwards. By an identity only where there is a schema
    /// of it.
    ///
    /// # Errors
    /// Why there is none; by default because this resource cannot be imported.
    async fn import(&self, _context: &Context, _by: ImportBy) -> Result<State, Diagnostics> {
        Err(unsupported("Import", format!("{} cannot be imported.", self.type_name())))
    }

    /// The attributes of its identity, where it has one. It belongs to all states from then on.
    fn identity_schema(&self) -> Option<IdentitySchema> {
        None
    }

    /// The identity of the thing that has these attributes. By default it is made of the attributes of the same
    /// names. Asked after each creation, update, reading, import and move; it must stay what it was.
    fn identity(&self, values: &Object) -> Object {
        self.identity_schema().map(|schema| schema.pick(values)).unwrap_or_default()
    }

    /// Reads the attributes off a state that an older version of the schema wrote. Never called for the version of
    /// today.
    ///
    /// # Errors
    /// Why it cannot be read; by default because this resource knows no older version.
    async fn upgrade(&self, _context: &Context, version: i64, _old: RawState) -> Result<Object, Diagnostics> {
        let today = self.schema().version;
        Err(unsupported(
            "Upgrade",
            format!("The state has version {version}, this provider needs {today} and cannot upgrade it."),
        ))
    }

    /// Reads an identity that an older version of its schema wrote. Never called for the version of today.
    ///
    /// # Errors
    /// Why it cannot be read; by default because this resource knows no older version.
    async fn upgrade_identity(
        &self,
        _context: &Context,
        version: i64,
        _old: RawState,
    ) -> Result<Object, Diagnostics> {
        Err(unsupported(
            "Upgrade",
            format!("The identity has version {version}, which this provider cannot upgrade."),
        ))
    }

    /// Takes over the state of a resource of another type or provider; `None` when it does not know that one.
    ///
    /// # Errors
    /// Why a resource that it knows cannot be taken over.
    async fn move_from(&self, _context: &Context, _source: MoveSource) -> Result<Option<State>, Diagnostics> {
        Ok(None)
    }
}

fn unsupported(what: &str, detail: String) -> Diagnostics {
    Diagnostic::error(format!("{what} is not supported")).detail(detail).into()
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
