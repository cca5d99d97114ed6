//! What machines sent and received.

use super::description::Description;
use super::session::Session;
use super::shape::incarnation;
use crate::{Counters, Reading, TrafficReading, Unreadable};
use libvirt_rpc::{DomainState, DomainStats, Error, StatsGroups, Value};
use std::collections::{BTreeMap, HashSet};
use std::time::Duration;
use uuid::Uuid;

impl Session {
    /// The counters of those of `machines` that run.
    pub(super) async fn traffic(
        &self,
        machines: &[Uuid],
        deadline: Duration,
    ) -> Result<Vec<Counters>, Error> {
        let wanted: HashSet<&Uuid> = machines.iter().collect();
        let mut domains = self.domains(deadline).await?;
        domains.retain(|domain| domain.id.is_some() && wanted.contains(&domain.uuid));
        if domains.is_empty() {
            // The daemon takes an empty list for all.
            return Ok(Vec::new());
        }
        let groups = StatsGroups::STATE | StatsGroups::INTERFACE;
        let statistics = self.connection.domain_stats(&domains, groups, deadline).await?;
        let mut counters = Vec::with_capacity(statistics.len());
        for of_domain in statistics {
            counters.extend(self.domain_traffic(of_domain, deadline / 2).await?);
        }
        Ok(counters)
    }

    /// None for a machine that is off or gone meanwhile: its counters are the daemon's own.
    async fn domain_traffic(&self, of: DomainStats, deadline: Duration) -> Result<Option<Counters>, Error> {
        let (Some(id), true) = (of.domain.id, is_alive(&of.values)) else { return Ok(None) };
        let devices = devices(&of.values);
        let mut traffic = Ok(Vec::new());
        for anew in [false, true] {
            // What is remembered may be older than an interface that was just plugged in.
            traffic = match self.description(&of.domain, anew, deadline).await? {
                None => return Ok(None),
                Some(Err(reason)) => Err(Unreadable { reason }),
                Some(Ok(description)) => joined(&devices, &description),
            };
            if traffic.is_ok() {
                break;
            }
        }
        Ok(Some(Counters { uuid: of.domain.uuid, incarnation: incarnation(id), traffic }))
    }
}

fn is_alive(values: &BTreeMap<String, Value>) -> bool {
    let state = values.get("state.state").and_then(Value::as_u64).and_then(|state| u32::try_from(state).ok());
    state.is_some_and(|state| {
        let state = DomainState::from(state);
        matches!(
            state,
            DomainState::Running | DomainState::Blocked | DomainState::Paused | DomainState::Suspended
        )
    })
}

/// Device, bytes received, bytes sent.
fn devices(values: &BTreeMap<String, Value>) -> Vec<(&str, u64, u64)> {
    let count = values.get("net.count").and_then(Value::as_u64).unwrap_or_default();
    let device = |number| {
        let Some(Value::Text(name)) = values.get(&format!("net.{number}.name")) else { return None };
        let bytes = |way| values.get(&format!("net.{number}.{way}.bytes")).and_then(Value::as_u64);
        Some((name.as_str(), bytes("rx")?, bytes("tx")?))
    };
    // No more than there are values, whatever the daemon says.
    (0..count).take(values.len()).filter_map(device).collect()
}

fn joined(
    devices: &[(&str, u64, u64)],
    description: &Description,
) -> Result<Vec<TrafficReading>, Unreadable> {
    devices
        .iter()
        .map(|&(device, received_bytes, sent_bytes)| {
            let nic = description.nics.iter().find(|nic| nic.device.as_deref() == Some(device));
            let mac = nic.map(|nic| nic.mac.clone());
            let unknown = || Unreadable { reason: format!("the description has no interface {device}") };
            Ok(TrafficReading {
                mac: mac.ok_or_else(unknown)?,
                received_bytes,
                sent_bytes,
                reading: Reading::Cumulative,
            })
        })
        .collect()
}
