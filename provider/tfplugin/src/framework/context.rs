//! What every handler is given along with its values.

use std::{
    any::Any,
    sync::{Arc, Mutex, PoisonError},
};

use tokio_util::sync::CancellationToken;

use crate::diagnostics::{Diagnostic, Diagnostics};

/// What the provider made of its configuration: a client, most often.
#[derive(Clone)]
pub struct ProviderData(Arc<dyn Any + Send + Sync>);

impl ProviderData {
    /// Wraps the provider's own type, which handlers get back from [`Context::data`].
    #[must_use]
    pub fn new<T: Any + Send + Sync>(data: T) -> Self {
        Self(Arc::new(data))
    }
}

/// The circumstances of one call.
pub struct Context {
    cancellation: CancellationToken,
    data: Option<ProviderData>,
    terraform_version: Option<String>,
    warnings: Mutex<Diagnostics>,
}

impl Context {
    /// A context for one call. The server makes it; tests of handlers may too.
    #[must_use]
    pub fn new(cancellation: CancellationToken, data: Option<ProviderData>) -> Self {
        Self { cancellation, data, terraform_version: None, warnings: Mutex::default() }
    }

    /// This context, of a call by Terraform of this version.
    #[must_use]
    pub fn with_terraform_version(mut self, version: impl Into<String>) -> Self {
        self.terraform_version = Some(version.into()).filter(|version| !version.is_empty());
        self
    }

    /// The version of Terraform, which it tells when it configures the provider and at no other call.
    #[must_use]
    pub fn terraform_version(&self) -> Option<&str> {
        self.terraform_version.as_deref()
    }

    /// Cancelled when the user interrupts Terraform: stop at the next safe point.
    #[must_use]
    pub fn cancellation(&self) -> &CancellationToken {
        &self.cancellation
    }

    /// The data that the provider made when it was configured.
    ///
    /// # Errors
    /// The provider is not configured, or its data has another type.
    pub fn data<T: Any + Send + Sync>(&self) -> Result<Arc<T>, Diagnostic> {
        let data = self.data.clone().ok_or_else(|| {
            Diagnostic::error("Provider not configured").detail(
                "This operation needs a configured provider; its configuration may depend on unknown values.",
            )
        })?;
        data.0.downcast().map_err(|_| {
            Diagnostic::error("Provider data has another type").detail("This is a fault of the provider.")
        })
    }

    /// Tells the user something without failing.
    pub fn warn(&self, diagnostic: Diagnostic) {
        self.warnings.lock().unwrap_or_else(PoisonError::into_inner).push(diagnostic);
    }

    /// Takes what was said by [`Context::warn`].
    pub fn take_warnings(&self) -> Diagnostics {
        std::mem::take(&mut *self.warnings.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
