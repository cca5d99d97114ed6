//! From observations to intervals: what shape a resource had, when (P3 to P7).

pub mod bulk;

use crate::observation::{Fact, Observation, Outage, Shape};
use schemas::time::Instant;
use serde::{Deserialize, Serialize};

/// A resource had one shape in `[from, to)`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interval {
    /// The first instant.
    pub from: Instant,
    /// The first instant that is no longer part of it; `None` while it lasts.
    pub to: Option<Instant>,
    /// The shape; the last one known, where the time is unknown.
    pub shape: Shape,
    /// Whether its source could not be heard, and it was found otherwise when that was over, or has not been found yet:
    /// such time is not charged (P7).
    #[serde(default)]
    pub unknown: bool,
}

/// A fact whose clock disagreed by more than [`SKEW_LIMIT_MICROS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Skew {
    /// The fact's source.
    pub source: i64,
    /// The fact's epoch.
    pub epoch: i64,
    /// The fact's place within the epoch.
    pub sequence: i64,
    /// Observed time less effective time, in microseconds: positive where the source's clock ran ahead.
    pub micros: i64,
}

/// The life of one resource.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timeline {
    /// What it was, in order: no overlaps, and no holes but the times when it did not exist.
    pub intervals: Vec<Interval>,
    /// The facts whose clock was off; a matter for an alert, not for money.
    pub skews: Vec<Skew>,
}

/// How far a fact's clock may be off without a flag: 2 seconds (P3).
pub const SKEW_LIMIT_MICROS: i64 = 2_000_000;

/// Why observations cannot be folded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FoldError {
    /// Two different facts carry the same key.
    #[error("source {source_id} sent two different facts as epoch {epoch}, sequence {sequence}")]
    Conflict {
        /// The source.
        source_id: i64,
        /// The epoch.
        epoch: i64,
        /// The place within the epoch.
        sequence: i64,
    },
    /// There are more different facts than a number of 32 bits tells apart.
    #[error("more than 4294967296 different facts cannot be folded at once")]
    TooManyFacts,
}

/// Folds all observations of one resource, in any order and however often delivered, into its timeline.
///
/// Facts are ordered by (epoch, sequence), never by a clock. A fact takes effect when it was observed, but not before
/// the fact ahead of it and not after the server first received it (P3). What lasted no time leaves no interval, and
/// equal shapes that follow each other are one interval (P6). After [`Fact::Gone`] the resource does not exist until
/// it is seen again.
///
/// Of `outages`, in any order, those of the resource's source count. Where it was seen again in the same shape, nothing
/// is unknown; otherwise what it was from its last sighting to the next fact is (P7).
///
/// # Errors
/// When two different facts carry the same key.
pub fn fold(observations: &[Observation], outages: &[Outage]) -> Result<Timeline, FoldError> {
    let mut timeline = Timeline::default();
    let mut lives: Vec<Life<'_>> = Vec::new();
    let mut effective = Instant::MIN;
    for observation in in_order(observations)? {
        effective = effective.max(observation.observed_at.min(observation.received_at));
        timeline.skews.extend(skew(observation, effective));
        let seen = (effective, observation.source);
        let shape = match &observation.fact {
            Fact::Present(shape) => Some(shape),
            Fact::Gone => None,
        };
        if let Some(open) = lives.last_mut().filter(|life| life.to.is_none()) {
            if Some(open.shape) == shape {
                open.seen = seen;
                continue;
            }
            open.to = Some(effective);
            lives.pop_if(|life| life.from == effective);
        }
        let Some(shape) = shape else { continue };
        match lives.last_mut().filter(|last| last.to == Some(effective) && last.shape == shape) {
            Some(last) => (last.to, last.seen) = (None, seen),
            None => lives.push(Life { from: effective, to: None, shape, seen }),
        }
    }
    timeline.intervals = lives.iter().flat_map(|life| life.intervals(outages)).collect();
    Ok(timeline)
}

/// A time in which no other shape was seen.
struct Life<'a> {
    from: Instant,
    to: Option<Instant>,
    shape: &'a Shape,
    /// When it was last seen, and by which source.
    seen: (Instant, i64),
}

impl Life<'_> {
    /// What is known of it, and what is not.
    fn intervals(&self, outages: &[Outage]) -> impl Iterator<Item = Interval> + use<> {
        let ends_in = |outage: &&Outage| match (self.to, outage.to) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(end), Some(heard)) => end <= heard,
        };
        let own = outages.iter().filter(|outage| outage.source == self.seen.1).filter(ends_in);
        let lost = own.map(|outage| outage.from.max(self.seen.0)).min();
        let lost = lost.filter(|lost| self.to.is_none_or(|to| *lost < to));
        let piece = |from, to, unknown| Interval { from, to, shape: self.shape.clone(), unknown };
        let known = lost.is_none_or(|lost| self.from < lost);
        let known = known.then(|| piece(self.from, lost.or(self.to), false));
        known.into_iter().chain(lost.map(|lost| piece(lost, self.to, true)))
    }
}

/// One observation for each key, in order; of redeliveries the one received first.
fn in_order(observations: &[Observation]) -> Result<Vec<&Observation>, FoldError> {
    let key = |observation: &Observation| (observation.epoch, observation.sequence, observation.source);
    let mut sorted: Vec<&Observation> = observations.iter().collect();
    sorted.sort_by_key(|observation| (key(observation), observation.received_at));
    let mut unique: Vec<&Observation> = Vec::with_capacity(sorted.len());
    for observation in sorted {
        match unique.last().filter(|last| key(last) == key(observation)) {
            None => unique.push(observation),
            Some(last) if last.fact == observation.fact && last.observed_at == observation.observed_at => {}
            Some(_) => {
                return Err(FoldError::Conflict {
                    source_id: observation.source,
                    epoch: observation.epoch,
                    sequence: observation.sequence,
                });
            }
        }
    }
    Ok(unique)
}

/// The flag for a fact whose clock was off.
fn skew(observation: &Observation, effective: Instant) -> Option<Skew> {
    let micros = observation.observed_at.micros().checked_sub(effective.micros())?;
    (micros.unsigned_abs() > SKEW_LIMIT_MICROS.unsigned_abs()).then_some(Skew {
        source: observation.source,
        epoch: observation.epoch,
        sequence: observation.sequence,
        micros,
    })
}
