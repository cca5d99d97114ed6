//! The provider itself.

use std::sync::Arc;

use async_trait::async_trait;

use super::{
    ActionHandler, Context, DataSource, EphemeralResource, Function, ListResource, ProviderData, Resource,
};
use crate::{diagnostics::Diagnostics, schema::Schema, value::Object};

/// A provider: its configuration, and the kinds of things it knows.
#[async_trait]
pub trait Provider: Send + Sync + 'static {
    /// Where it is published, as in `registry.terraform.io/esu/esu`. The last part is its name: the prefix of its
    /// types, and of the variable that sets the level of its log.
    fn address(&self) -> &str;

    /// The attributes of the `provider` block.
    fn schema(&self) -> Schema;

    /// Its resources. Called once at start: keep it cheap, schemas are asked for later.
    fn resources(&self) -> Vec<Arc<dyn Resource>> {
        Vec::new()
    }

    /// Its data sources.
    fn data_sources(&self) -> Vec<Arc<dyn DataSource>> {
        Vec::new()
    }

    /// Its ephemeral resources.
    fn ephemeral_resources(&self) -> Vec<Arc<dyn EphemeralResource>> {
        Vec::new()
    }

    /// Its list resources, each beside the managed resource of the same type.
    fn list_resources(&self) -> Vec<Arc<dyn ListResource>> {
        Vec::new()
    }

    /// Its actions.
    fn actions(&self) -> Vec<Arc<dyn ActionHandler>> {
        Vec::new()
    }

    /// Its functions.
    fn functions(&self) -> Vec<Arc<dyn Function>> {
        Vec::new()
    }

    /// Checks the configuration as a whole, after the attributes' validators.
    async fn validate(&self, _context: &Context, _config: &Object) -> Diagnostics {
        Diagnostics::new()
    }

    /// Ends what still goes on behind the handlers' backs. Called once, when Terraform is done with the provider; it waits
    /// two seconds for the process to end.
    async fn finish(&self, _context: &Context) {}

    /// Makes the data that handlers find in their context. Values may still be unknown during plan.
    ///
    /// # Errors
    /// What is wrong with the configuration.
    async fn configure(&self, context: &Context, config: &Object) -> Result<ProviderData, Diagnostics>;
}
