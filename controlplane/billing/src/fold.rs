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

/// Folds all observations of one resource, in any order, into its timeline.
///
/// # Errors
/// When two different facts carry the same key.
pub fn fold(observations: &[Observation]) -> Result<Timeline, FoldError> {
    let _ = (observations, Fact::Gone);
    Ok(Timeline::default())
}
