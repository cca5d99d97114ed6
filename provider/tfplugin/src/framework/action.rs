//! Actions: what a user can have done apart from creating, changing and deleting.

use async_trait::async_trait;
use tokio::sync::mpsc;

use super::Context;
use crate::{diagnostics::Diagnostics, schema::Schema, value::Object};

/// An action: invoked by a resource's `action_trigger`, or by `terraform apply -invoke`.
#[async_trait]
pub trait ActionHandler: Send + Sync + 'static {
    /// The full name, as in `provider_restart`.
    fn type_name(&self) -> &str;

    /// The attributes of the `config` block. None of them is computed.
    fn schema(&self) -> Schema;

    /// Checks the configuration as a whole, after the attributes' validators. Values may be unknown.
    async fn validate(&self, _context: &Context, _config: &Object) -> Diagnostics {
        Diagnostics::new()
    }

    /// Sees the configuration when an invocation is planned, and may refuse. Values may be unknown. Changes nothing.
    async fn plan(&self, _context: &Context, _config: &Object) -> Diagnostics {
        Diagnostics::new()
    }

    /// Does it. Defaults are filled in, everything is known. When the context is cancelled, stop at the next safe
    /// point and return an error.
    ///
    /// # Errors
    /// Why it failed, and what was done nevertheless.
    async fn invoke(&self, context: &Context, config: Object, progress: &Progress)
    -> Result<(), Diagnostics>;
}

/// Where an action tells how far it is.
#[derive(Clone, Debug)]
pub struct Progress {
    sender: mpsc::Sender<String>,
}

impl Progress {
    /// Progress that goes to a channel. The server makes it; tests of handlers may too.
    #[must_use]
    pub fn new(sender: mpsc::Sender<String>) -> Self {
        Self { sender }
    }

    /// Shows the user one line. Never put a sensitive value into it.
    pub async fn report(&self, message: impl Into<String>) {
        // Whoever stopped listening cancels the invocation; there is nobody to tell here.
        let _ = self.sender.send(message.into()).await;
    }
}
