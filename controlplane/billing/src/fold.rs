//! From observations to intervals: what shape a resource had, when (P3 to P6).

use crate::observation::{Fact, Observation, Shape};
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
    /// The shape.
    pub shape: Shape,
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
}

/// Folds all observations of one resource, in any order and however often delivered, into its timeline.
///
/// Facts are ordered by (epoch, sequence), never by a clock. A fact takes effect when it was observed, but not before
/// the fact ahead of it and not after the server first received it (P3). What lasted no time leaves no interval, and
/// equal shapes that follow each other are one interval (P6). After [`Fact::Gone`] the resource does not exist until
/// it is seen again.
///
/// # Errors
/// When two different facts carry the same key.
pub fn fold(observations: &[Observation]) -> Result<Timeline, FoldError> {
    let mut timeline = Timeline::default();
    let mut open: Option<(Instant, &Shape)> = None;
    let mut effective = Instant::MIN;
    for observation in in_order(observations)? {
        effective = effective.max(observation.observed_at.min(observation.received_at));
        timeline.skews.extend(skew(observation, effective));
        let shape = match &observation.fact {
            Fact::Present(shape) => Some(shape),
            Fact::Gone => None,
        };
        if open.map(|(_, shape)| shape) == shape {
            continue;
        }
        if let Some((from, shape)) = open.take() {
            close(&mut timeline.intervals, from, effective, shape);
        }
        open = shape.map(|shape| begin(&mut timeline.intervals, effective, shape));
    }
    if let Some((from, shape)) = open {
        timeline.intervals.push(Interval { from, to: None, shape: shape.clone() });
    }
    Ok(timeline)
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

/// Ends the interval of `shape`, unless it lasted no time.
fn close(intervals: &mut Vec<Interval>, from: Instant, to: Instant, shape: &Shape) {
    if from < to {
        intervals.push(Interval { from, to: Some(to), shape: shape.clone() });
    }
}

/// Begins an interval of `shape`; takes the last one up again where it had just ended with the same shape.
fn begin<'a>(intervals: &mut Vec<Interval>, at: Instant, shape: &'a Shape) -> (Instant, &'a Shape) {
    match intervals.pop_if(|last| last.to == Some(at) && last.shape == *shape) {
        Some(last) => (last.from, shape),
        None => (at, shape),
    }
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
