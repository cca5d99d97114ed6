//! What is logged of a call: its name, what it is about, how it ended and how long it took. Never its values.

use std::time::Instant;

use tracing::{Span, field};

use crate::proto::tfplugin6::{Diagnostic, diagnostic::Severity};

/// One call.
pub(super) struct Rpc {
    span: Span,
    begun: Instant,
}

impl Rpc {
    /// A call that is about the provider as a whole.
    pub(super) fn new(name: &'static str) -> Self {
        Self::about(name, "")
    }

    /// A call that is about one type.
    pub(super) fn about(name: &'static str, type_name: &str) -> Self {
        let span = tracing::info_span!(
            "rpc",
            tf_rpc = name,
            tf_resource_type = field::Empty,
            tf_req_id = field::Empty
        );
        if !span.is_disabled() {
            span.record("tf_req_id", uuid::Uuid::new_v4().to_string());
            if !type_name.is_empty() {
                span.record("tf_resource_type", type_name);
            }
        }
        span.in_scope(|| tracing::trace!("received"));
        Self { span, begun: Instant::now() }
    }

    pub(super) fn span(&self) -> &Span {
        &self.span
    }

    /// Logs the end of the call.
    pub(super) fn answered(&self, diagnostics: &[Diagnostic]) {
        let count =
            |severity| diagnostics.iter().filter(|diagnostic| diagnostic.severity() == severity).count();
        let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
        let duration_ms = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.span.in_scope(|| tracing::debug!(errors, warnings, duration_ms, "answered"));
    }
}
