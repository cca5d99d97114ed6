//! Ephemeral resources: values that live while Terraform runs and are kept nowhere.

use std::time::Duration;

use async_trait::async_trait;

use super::{Context, Private};
use crate::{diagnostics::Diagnostics, schema::Schema, value::Object};

/// An ephemeral resource.
#[async_trait]
pub trait EphemeralResource: Send + Sync + 'static {
    /// The full name, as in `provider_thing`.
    fn type_name(&self) -> &str;

    /// Its attributes.
    fn schema(&self) -> Schema;

    /// Checks the configuration as a whole, after the attributes' validators. Values may be unknown.
    async fn validate(&self, _context: &Context, _config: &Object) -> Diagnostics {
        Diagnostics::new()
    }

    /// Makes it. Defaults are filled in; return all attributes, those of the configuration unchanged.
    ///
    /// # Errors
    /// Why it cannot be made; nothing is closed then.
    async fn open(&self, context: &Context, config: Object) -> Result<Opened, Diagnostics>;

    /// Prolongs its life, when the time that [`Opened::renew_after`] gave is over.
    ///
    /// # Errors
    /// Why it cannot go on.
    async fn renew(&self, _context: &Context, private: Private) -> Result<Renewed, Diagnostics> {
        Ok(Renewed { private, renew_after: None })
    }

    /// Ends it, when nothing needs it any more.
    ///
    /// # Errors
    /// Why it may live on.
    async fn close(&self, _context: &Context, _private: Private) -> Result<(), Diagnostics> {
        Ok(())
    }
}

/// An ephemeral resource that is open.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Opened {
    /// All of its attributes, wholly known.
    pub values: Object,
    /// What [`EphemeralResource::renew`] and [`EphemeralResource::close`] are given.
    pub private: Private,
    /// After how long it must be renewed; never when `None`.
    pub renew_after: Option<Duration>,
}

impl Opened {
    /// Values that need neither renewal nor memory.
    #[must_use]
    pub fn new(values: Object) -> Self {
        Self { values, ..Self::default() }
    }

    /// This one with what is to be remembered.
    #[must_use]
    pub fn with_private(mut self, private: Private) -> Self {
        self.private = private;
        self
    }

    /// This one, to be renewed after a time. Terraform may be a little late: leave it a margin.
    #[must_use]
    pub fn renew_after(mut self, time: Duration) -> Self {
        self.renew_after = Some(time);
        self
    }
}

/// An ephemeral resource whose life was prolonged.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Renewed {
    /// What the next renewal and the end are given.
    pub private: Private,
    /// After how long it must be renewed again; never when `None`.
    pub renew_after: Option<Duration>,
}
