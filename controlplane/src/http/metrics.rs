//! Counters for monitoring, in the text format of Prometheus.

use http::StatusCode;
use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family},
    registry::Registry,
};
use std::sync::{Mutex, PoisonError};

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    operation: &'static str,
    status: u16,
}

/// What is counted.
pub(crate) struct Metrics {
    registry: Mutex<Registry>,
    requests: Family<RequestLabels, Counter>,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("esu");
        let requests = Family::default();
        registry.register("http_requests", "Requests answered, by operation and status", requests.clone());
        Self { registry: Mutex::new(registry), requests }
    }
}

impl Metrics {
    /// Counts a request.
    pub(crate) fn request(&self, operation: &'static str, status: StatusCode) {
        self.requests.get_or_create(&RequestLabels { operation, status: status.as_u16() }).inc();
    }

    /// Everything, as text.
    pub(crate) fn text(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry.lock().unwrap_or_else(PoisonError::into_inner))?;
        Ok(text)
    }
}
