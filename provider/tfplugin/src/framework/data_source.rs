//! Data sources: what can be looked up.

use async_trait::async_trait;

use super::Context;
use crate::{diagnostics::Diagnostics, schema::Schema, value::Object};

/// A data source.
#[async_trait]
pub trait DataSource: Send + Sync + 'static {
    /// The full name, as in `provider_thing`.
    fn type_name(&self) -> &str;

    /// Its attributes.
    fn schema(&self) -> Schema;

    /// Checks the configuration as a whole, after the attributes' validators.
    async fn validate(&self, _context: &Context, _config: &Object) -> Diagnostics {
        Diagnostics::new()
    }

    /// Looks it up. Defaults are filled in; return all attributes, those of the configuration unchanged.
    ///
    /// # Errors
    /// Why it cannot be read.
    async fn read(&self, context: &Context, config: Object) -> Result<Object, Diagnostics>;
}
