//! What machines sent and received.
//!
//! A host keeps averages over 20 s for an hour. They are told as they are, window by window; whoever counts them keeps the
//! time up to which they are counted, so that none counts twice, and none is lost that the host still has: those before a
//! machine was switched off neither.

use super::session::{Known, Session};
use crate::{Counters, Incarnation, Metered, Reading, TrafficReading, Unreadable};
use jiff::{SignedDuration, Timestamp};
use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};
use tokio::time::Instant;
use uuid::Uuid;
use vsphere_soap::{Error, Metric, Reference, Samples, Series};

/// The samples of an hour, which is all that there are.
const HOUR: u32 = 180;

/// How long a host keeps a sample.
const KEPT: SignedDuration = SignedDuration::from_hours(1);

/// What is asked for beyond what is needed: one sample.
const OVERLAP: SignedDuration = SignedDuration::from_secs(20);

/// How far ahead of the endpoint's clock a window may end, as clocks of hosts differ.
const AHEAD: SignedDuration = SignedDuration::from_mins(2);

/// Bytes in the unit of the counters, which is KBps of 1024 bytes.
const UNIT_BYTES: u64 = 1024;

/// The ids of the counters of traffic: received, sent.
type Ids = (i32, i32);

/// A machine as it was read last, and up to when its windows are counted.
struct Asked {
    known: Known,
    since: Option<Timestamp>,
}

impl Session {
    /// The traffic of those of `machines` that run, or did within the hour, as far as it comes before `end`.
    pub(super) async fn traffic(&self, machines: &[Metered], end: Instant) -> Result<Vec<Counters>, Error> {
        let left = || end.saturating_duration_since(Instant::now());
        if self.known().is_empty() {
            self.inventory(left()).await?;
        }
        let asked = self.asked(machines, left()).await?;
        let Some(ids) = self.traffic_counters(left()).await? else {
            let reason = "the endpoint measures no traffic";
            let unread = |one: &Asked| counters(&one.known, Err(Unreadable { reason: reason.to_owned() }));
            return Ok(asked.values().filter(|one| one.runs()).map(unread).collect());
        };
        let samples: Vec<Samples> = asked
            .iter()
            .map(|(machine, one)| one.samples(machine, ids))
            .filter(|samples| !samples.metrics.is_empty())
            .collect();
        let measured = self.soap.samples(&samples, left()).await?;
        let unread: BTreeMap<Reference, Error> = measured.unread.into_iter().collect();
        let of_running = samples.iter().filter(|samples| asked.get(&samples.of).is_some_and(Asked::runs));
        let all_unread: Option<Vec<&Error>> = of_running.map(|samples| unread.get(&samples.of)).collect();
        let error = all_unread.and_then(|errors| errors.first().copied().cloned());
        // The last windows of those that are off are not lost with those of the others.
        if let Some(error) = error.filter(|_| measured.series.is_empty()) {
            return Err(error);
        }
        let series: BTreeMap<Reference, Series> =
            measured.series.into_iter().map(|series| (series.of.clone(), series)).collect();
        let told = |(machine, one): (&Reference, &Asked)| match unread.get(machine) {
            Some(error) => one.unread(error),
            None => one.read(series.get(machine), ids),
        };
        Ok(asked.iter().filter_map(told).collect())
    }

    /// The machines that the endpoint may have samples of.
    async fn asked(
        &self,
        machines: &[Metered],
        deadline: Duration,
    ) -> Result<BTreeMap<Reference, Asked>, Error> {
        let since: HashMap<Uuid, Option<Timestamp>> =
            machines.iter().map(|one| (one.machine, one.since)).collect();
        let asked = |(machine, known): (Reference, Known)| {
            let since = *since.get(&known.uuid)?;
            Some((machine, Asked { known, since }))
        };
        let mut asked: BTreeMap<Reference, Asked> = self.known().into_iter().filter_map(asked).collect();
        let now = self.soap.time(deadline).await?;
        let is_kept = |since: Timestamp| now.duration_since(since) < KEPT;
        asked.retain(|_, one| one.runs() || one.since.is_some_and(is_kept));
        // A host's clock was wrong for a while: of the time to come there are no samples.
        for one in asked.values_mut() {
            one.since = one.since.filter(|since| since.duration_since(now) <= AHEAD);
        }
        Ok(asked)
    }
}

impl Asked {
    fn runs(&self) -> bool {
        self.known.incarnation.is_some()
    }

    fn samples(&self, machine: &Reference, (received, sent): Ids) -> Samples {
        let keys = self.known.configuration.iter().flat_map(|configuration| &configuration.nic_keys);
        let both = |key: &String| [received, sent].map(|counter| Metric { counter, instance: key.clone() });
        Samples {
            of: machine.clone(),
            metrics: keys.flat_map(both).collect(),
            after: self.since.and_then(|since| since.checked_sub(OVERLAP).ok()),
            most: HOUR,
        }
    }

    /// What its samples say; of one that is off, only where something is left to be counted.
    fn read(&self, series: Option<&Series>, ids: Ids) -> Option<Counters> {
        if let (Err(reason), true) = (&self.known.configuration, self.runs()) {
            return Some(counters(&self.known, Err(Unreadable { reason: reason.clone() })));
        }
        let windows = series.map(|series| windows(&self.known, series, ids)).unwrap_or_default();
        let is_new = |one: &TrafficReading| match one.reading {
            Reading::Window { until, .. } => Some(until) > self.since,
            Reading::Cumulative => false,
        };
        (self.runs() || windows.iter().any(is_new)).then(|| counters(&self.known, Ok(windows)))
    }

    /// Why it has no samples. One that is off need not have any.
    fn unread(&self, error: &Error) -> Option<Counters> {
        self.runs().then(|| counters(&self.known, Err(Unreadable { reason: error.to_string() })))
    }
}

fn counters(known: &Known, traffic: Result<Vec<TrafficReading>, Unreadable>) -> Counters {
    let incarnation = known.incarnation.clone().unwrap_or_else(|| Incarnation(String::new()));
    Counters { uuid: known.uuid, incarnation, traffic }
}

/// The windows of each interface, in the order of time.
fn windows(known: &Known, series: &Series, (received, sent): Ids) -> Vec<TrafficReading> {
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
