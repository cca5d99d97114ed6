//! Counters for monitoring, in the text format of Prometheus.

use http::StatusCode;
use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};
use schemas::resource::hypervisor::{CollectorState, CollectorView};
use std::sync::{Mutex, PoisonError};

/// The states that a collection can be in, as they are named.
const STATES: [(CollectorState, &str); 4] = [
    (CollectorState::New, "new"),
    (CollectorState::Ok, "ok"),
    (CollectorState::Degraded, "degraded"),
    (CollectorState::Down, "down"),
];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    operation: &'static str,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct HypervisorLabels {
    hypervisor: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StateLabels {
    hypervisor: String,
    state: &'static str,
}

/// What is told of hypervisors.
#[derive(Default)]
struct Hypervisors {
    state: Family<StateLabels, Gauge>,
    state_since: Family<HypervisorLabels, Gauge>,
    last_ok: Family<HypervisorLabels, Gauge>,
    machines: Family<HypervisorLabels, Gauge>,
    unowned: Family<HypervisorLabels, Gauge>,
    mismatched: Family<HypervisorLabels, Gauge>,
    unmapped_disks: Family<HypervisorLabels, Gauge>,
}

impl Hypervisors {
    fn register(&self, registry: &mut Registry) {
        let text = "1 for the state that the collection from a hypervisor is in, else 0";
        registry.register("hypervisor_state", text, self.state.clone());
        let text = "Since when the collection from a hypervisor is in its state";
        registry.register("hypervisor_state_since_timestamp_seconds", text, self.state_since.clone());
        let text = "When a hypervisor last gave a complete inventory";
        registry.register("hypervisor_last_ok_timestamp_seconds", text, self.last_ok.clone());
        let text = "Machines in a hypervisor's last complete inventory";
        registry.register("hypervisor_machines", text, self.machines.clone());
        let text = "Machines among them that no project owns";
        registry.register("hypervisor_unowned_machines", text, self.unowned.clone());
        let text = "Machines among them whose tag contradicts the owner that was assigned";
        registry.register("hypervisor_mismatched_machines", text, self.mismatched.clone());
        let text = "Disks of owned machines in places without a tier";
        registry.register("hypervisor_unmapped_disks", text, self.unmapped_disks.clone());
    }

    /// Tells of these hypervisors, and of no others any more.
    fn set(&self, collections: &[(String, CollectorView)]) {
        self.state.clear();
        self.state_since.clear();
        self.last_ok.clear();
        self.machines.clear();
        self.unowned.clear();
        self.mismatched.clear();
        self.unmapped_disks.clear();
        for (hypervisor, collector) in collections {
            let labels = || HypervisorLabels { hypervisor: hypervisor.clone() };
            for (state, name) in STATES {
                let labels = StateLabels { hypervisor: hypervisor.clone(), state: name };
                self.state.get_or_create(&labels).set(i64::from(state == collector.state));
            }
            self.state_since.get_or_create(&labels()).set(collector.since.micros() / 1_000_000);
            self.machines.get_or_create(&labels()).set(collector.machines);
            self.unowned.get_or_create(&labels()).set(collector.unowned);
            self.mismatched.get_or_create(&labels()).set(collector.mismatched);
            self.unmapped_disks.get_or_create(&labels()).set(collector.unmapped_disks);
            if let Some(at) = collector.last_ok_at {
                self.last_ok.get_or_create(&labels()).set(at.micros() / 1_000_000);
            }
        }
    }
}

/// What is counted.
pub(crate) struct Metrics {
    registry: Mutex<Registry>,
    requests: Family<RequestLabels, Counter>,
    hypervisors: Hypervisors,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("esu");
        let requests = Family::default();
        registry.register("http_requests", "Requests answered, by operation and status", requests.clone());
        let hypervisors = Hypervisors::default();
        hypervisors.register(&mut registry);
        Self { registry: Mutex::new(registry), requests, hypervisors }
    }
}

impl Metrics {
    /// Counts a request.
    pub(crate) fn request(&self, operation: &'static str, status: StatusCode) {
        self.requests.get_or_create(&RequestLabels { operation, status: status.as_u16() }).inc();
    }

    /// Everything, as text, with how the collection from hypervisors goes.
    pub(crate) fn text(&self, collections: &[(String, CollectorView)]) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        let registry = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        self.hypervisors.set(collections);
        encode(&mut text, &registry)?;
        Ok(text)
    }
}
