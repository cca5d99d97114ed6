//! The provider itself.

use std::sync::Arc;

use async_trait::async_trait;

use super::{Context, DataSource, Function, ProviderData, Resource};
use crate::{diagnostics::Diagnostics, schema::Schema, value::Object};

/// A provider: its configuration, and the kinds of things it knows.
#[async_trait]
pub trait Provider: Send + Sync + 'static {
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

    /// Its functions.
    fn functions(&self) -> Vec<Arc<dyn Function>> {
        Vec::new()
    }

    /// Checks the configuration as a whole, after the attributes' validators.
    async fn validate(&self, _context: &Context, _config: &Object) -> Diagnostics {
        Diagnostics::new()
    }

    /// Makes the data that handlers find in their context. Values may still be unknown during plan.
    ///
    /// # Errors
    /// What is wrong with the configuration.
    async fn configure(&self, context: &Context, config: &Object) -> Result<ProviderData, Diagnostics>;
}
