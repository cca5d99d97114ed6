//! What machines sent and received.
//!
//! A host keeps averages over 20 s for an hour. They are told as they are, window by window; whoever counts them keeps the
//! time up to which they are counted, so that none counts twice, and none is lost that the host still has.

use super::session::{Known, Session};
use crate::{Counters, Incarnation, Reading, TrafficReading, Unreadable};
use std::{
    collections::{BTreeMap, HashSet},
    time::Duration,
};
use uuid::Uuid;
use vsphere_soap::{Error, Metric, Reference, Samples, Series};

/// The samples of an hour, which is all that there are.
const HOUR: u32 = 180;

/// Bytes in the unit of the counters, which is KBps of 1024 bytes.
const UNIT_BYTES: u64 = 1024;

impl Session {
    /// The traffic of those of `machines` that run.
    pub(super) async fn traffic(
        &self,
        machines: &[Uuid],
        deadline: Duration,
    ) -> Result<Vec<Counters>, Error> {
        let wanted: HashSet<&Uuid> = machines.iter().collect();
        let runs =
            |(_, known): &(Reference, Known)| known.incarnation.is_some() && wanted.contains(&known.uuid);
        if self.known().is_empty() {
            self.inventory(deadline).await?;
        }
        let running: BTreeMap<Reference, Known> = self.known().into_iter().filter(runs).collect();
        let Some((received, sent)) = self.traffic_counters(deadline).await? else {
            let reason = "the endpoint measures no traffic".to_owned();
            return Ok(running
                .values()
                .map(|known| counters(known, Err(Unreadable { reason: reason.clone() })))
                .collect());
        };
        let samples: Vec<Samples> = running
            .iter()
            .map(|(machine, known)| Samples {
                of: machine.clone(),
                metrics: metrics(known, received, sent),
                most: HOUR,
            })
            .filter(|samples| !samples.metrics.is_empty())
            .collect();
        let mut series: BTreeMap<Reference, Series> = BTreeMap::new();
        for one in self.soap.samples(&samples, deadline).await? {
            series.insert(one.of.clone(), one);
        }
        let read = |(machine, known): (&Reference, &Known)| {
            let traffic = match &known.configuration {
                Err(reason) => Err(Unreadable { reason: reason.clone() }),
                Ok(_) => Ok(series
                    .get(machine)
                    .map_or_else(Vec::new, |series| windows(known, series, received, sent))),
            };
            counters(known, traffic)
        };
        Ok(running.iter().map(read).collect())
    }
}

fn counters(known: &Known, traffic: Result<Vec<TrafficReading>, Unreadable>) -> Counters {
    let incarnation = known.incarnation.clone().unwrap_or_else(|| Incarnation(String::new()));
    Counters { uuid: known.uuid, incarnation, traffic }
}

fn metrics(known: &Known, received: i32, sent: i32) -> Vec<Metric> {
    let keys = known.configuration.iter().flat_map(|configuration| &configuration.nic_keys);
    let both = |key: &String| [received, sent].map(|counter| Metric { counter, instance: key.clone() });
    keys.flat_map(both).collect()
}

/// The windows of each interface, in the order of time.
fn windows(known: &Known, series: &Series, received: i32, sent: i32) -> Vec<TrafficReading> {
    let mut all = Vec::new();
    let Ok(configuration) = &known.configuration else { return all };
    for (nic, key) in configuration.nics.iter().zip(&configuration.nic_keys) {
        let of = |counter| series.values.get(&Metric { counter, instance: key.clone() });
        let (Some(received), Some(sent)) = (of(received), of(sent)) else { continue };
        for ((sample, received), sent) in series.samples.iter().zip(received).zip(sent) {
            let (Some(received), Some(sent)) = (received, sent) else { continue };
            let bytes = |rate: &u64| rate.saturating_mul(UNIT_BYTES).saturating_mul(sample.length.as_secs());
            all.push(TrafficReading {
                mac: nic.mac.clone(),
                received_bytes: bytes(received),
                sent_bytes: bytes(sent),
                reading: Reading::Window { until: sample.until, length: sample.length },
            });
        }
    }
    all.sort_by_key(|reading| match reading.reading {
        Reading::Window { until, .. } => Some(until),
        Reading::Cumulative => None,
    });
    all
}
