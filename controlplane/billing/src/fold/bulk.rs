//! Many resources folded at once: observations in columns, facts by number, each distinct one held once.
//!
//! [`Log::fold`] tells of each resource what [`fold`](super::fold) tells of it. Where observations stand in order, as
//! they are stored, one pass over the columns does; a resource whose observations are out of order or were delivered
//! twice goes the long way.

use super::{FoldError, Interval, SKEW_LIMIT_MICROS, Skew, Timeline, fold};
use crate::observation::{Fact, Observation, Outage};
use schemas::time::Instant;
use std::{collections::HashMap, ops::Range};

/// The observations of many resources, resource after resource.
#[derive(Debug, Default)]
pub struct Log {
    facts: Vec<Fact>,
    numbers: HashMap<Fact, FactId>,
    /// The first entry of each resource.
    resources: Vec<usize>,
    source: Vec<i64>,
    epoch: Vec<i64>,
    sequence: Vec<i64>,
    observed_at: Vec<i64>,
    received_at: Vec<i64>,
    fact: Vec<FactId>,
}

/// The number of a fact in its log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FactId(u32);

/// An observation whose fact is a number.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Who saw it.
    pub source: i64,
    /// The number of the source's connection.
    pub epoch: i64,
    /// The place within the epoch.
    pub sequence: i64,
    /// When it happened, by the source's clock.
    pub observed_at: Instant,
    /// When the server recorded it.
    pub received_at: Instant,
    /// What was seen.
    pub fact: FactId,
}

/// The lives of many resources, in columns.
#[derive(Debug, Default)]
pub struct Lives {
    from: Vec<i64>,
    /// `i64::MAX` while an interval lasts.
    to: Vec<i64>,
    fact: Vec<FactId>,
    unknown: Vec<bool>,
    /// The end of each resource's intervals.
    ends: Vec<usize>,
    skews: Vec<(usize, Skew)>,
}

impl Log {
    /// The number of a fact: equal facts have one.
    ///
    /// # Errors
    /// When there are more than 2^32 different facts.
    pub fn fact(&mut self, fact: Fact) -> Result<FactId, FoldError> {
        if let Some(id) = self.numbers.get(&fact) {
            return Ok(*id);
        }
        let id = FactId(u32::try_from(self.facts.len()).map_err(|_| FoldError::TooManyFacts)?);
        self.facts.push(fact.clone());
        self.numbers.insert(fact, id);
        Ok(id)
    }

    /// Begins the next resource: what is pushed from now on was seen of it.
    pub fn begin(&mut self) {
        self.resources.push(self.fact.len());
    }

    /// Adds what was seen of the resource begun last.
    pub fn push(&mut self, entry: Entry) {
        self.source.push(entry.source);
        self.epoch.push(entry.epoch);
        self.sequence.push(entry.sequence);
        self.observed_at.push(entry.observed_at.micros());
        self.received_at.push(entry.received_at.micros());
        self.fact.push(entry.fact);
    }

    /// Adds an observation of the resource begun last.
    ///
    /// # Errors
    /// When there are more than 2^32 different facts.
    pub fn observe(&mut self, observation: &Observation) -> Result<(), FoldError> {
        let fact = self.fact(observation.fact.clone())?;
        let Observation { source, epoch, sequence, observed_at, received_at, .. } = *observation;
        self.push(Entry { source, epoch, sequence, observed_at, received_at, fact });
        Ok(())
    }

    /// How many observations there are.
    pub const fn len(&self) -> usize {
        self.fact.len()
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.fact.is_empty()
    }

    /// All that a fold reads, added up without any sense: what reading alone costs.
    pub fn read(&self) -> u64 {
        let columns = [&self.source, &self.epoch, &self.sequence, &self.observed_at, &self.received_at];
        let sum = |column: &Vec<i64>| {
            column.iter().fold(0_u64, |sum, value| sum.wrapping_add(value.cast_unsigned()))
        };
        let facts = self.fact.iter().fold(0_u64, |sum, fact| sum.wrapping_add(fact.0.into()));
        columns.into_iter().map(sum).fold(facts, u64::wrapping_add)
    }

    /// The lives of all resources. Of `outages` those of a resource's sources count for it.
    ///
    /// # Errors
    /// When two different facts of a resource carry the same key.
    pub fn fold(&self, outages: &[Outage]) -> Result<Lives, FoldError> {
        let mut lives = Lives::with_capacity(self.len());
        let ends = self.resources.iter().skip(1).copied().chain([self.fact.len()]);
        let gone = self.numbers.get(&Fact::Gone).copied();
        for (first, end) in self.resources.iter().zip(ends) {
            let is_heard = outages.is_empty() || {
                let sources = self.source.get(*first..end).unwrap_or_default();
                !outages.iter().any(|outage| sources.contains(&outage.source))
            };
            if !is_heard || lives.pass(self, *first..end, gone).is_none() {
                lives.long_way(self, *first..end, outages)?;
            }
            lives.ends.push(lives.from.len());
        }
        Ok(lives)
    }

    /// The life of a resource, counted from 0 in the order in which they were begun.
    pub fn timeline(&self, lives: &Lives, resource: usize) -> Timeline {
        let start = resource.checked_sub(1).and_then(|before| lives.ends.get(before)).copied().unwrap_or(0);
        let rows = start..lives.ends.get(resource).copied().unwrap_or(start);
        let intervals = rows.filter_map(|row| {
            let to = *lives.to.get(row)?;
            let Fact::Present(shape) = self.facts.get(self.number(*lives.fact.get(row)?))? else {
                return None;
            };
            Some(Interval {
                from: Instant::from_micros(*lives.from.get(row)?),
                to: (to != i64::MAX).then(|| Instant::from_micros(to)),
                shape: shape.clone(),
                unknown: *lives.unknown.get(row)?,
            })
        });
        let first = lives.skews.partition_point(|(other, _)| *other < resource);
        let skews = lives.skews.iter().skip(first).take_while(|(other, _)| *other == resource);
        Timeline { intervals: intervals.collect(), skews: skews.map(|(_, skew)| *skew).collect() }
    }

    /// The place of a fact.
    fn number(&self, fact: FactId) -> usize {
        usize::try_from(fact.0).unwrap_or(self.facts.len())
    }

    /// The observations of some entries.
    fn observations(&self, entries: Range<usize>) -> Vec<Observation> {
        let at = |column: &[i64], entry: usize| column.get(entry).copied();
        entries
            .filter_map(|entry| {
                Some(Observation {
                    source: at(&self.source, entry)?,
                    epoch: at(&self.epoch, entry)?,
                    sequence: at(&self.sequence, entry)?,
                    observed_at: Instant::from_micros(at(&self.observed_at, entry)?),
                    received_at: Instant::from_micros(at(&self.received_at, entry)?),
                    fact: self.facts.get(self.number(*self.fact.get(entry)?))?.clone(),
                })
            })
            .collect()
    }
}

impl Lives {
    /// No lives yet, with room for so many intervals.
    fn with_capacity(intervals: usize) -> Self {
        Self {
            from: Vec::with_capacity(intervals),
            to: Vec::with_capacity(intervals),
            fact: Vec::with_capacity(intervals),
            unknown: Vec::with_capacity(intervals),
            ..Self::default()
        }
    }

    /// How many intervals there are.
    pub const fn len(&self) -> usize {
        self.from.len()
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.from.is_empty()
    }

    /// A number that tells whether two folds are equal: of all intervals, in order.
    pub fn digest(&self) -> u64 {
        let rows = self.from.iter().zip(&self.to).zip(&self.fact);
        let numbers =
            rows.flat_map(|((from, to), fact)| [from.cast_unsigned(), to.cast_unsigned(), u64::from(fact.0)]);
        crate::workload::digest(numbers)
    }

    /// Adds the life of one resource in one pass; `None`, and nothing added, where its entries are not in order.
    fn pass(&mut self, log: &Log, entries: Range<usize>, gone: Option<FactId>) -> Option<()> {
        let (first, skews, resource) = (self.from.len(), self.skews.len(), self.ends.len());
        let keys = column(&log.epoch, &entries).zip(column(&log.sequence, &entries));
        let times = column(&log.observed_at, &entries).zip(column(&log.received_at, &entries));
        let facts = column(&log.source, &entries).zip(column(&log.fact, &entries));
        let mut last = (i64::MIN, i64::MIN, i64::MIN);
        let mut effective = Instant::MIN.micros();
        let mut open: Option<(i64, FactId)> = None;
        for (((epoch, sequence), (observed, received)), (source, fact)) in keys.zip(times).zip(facts) {
            let key = (*epoch, *sequence, *source);
            if key <= last {
                self.from.truncate(first);
                self.to.truncate(first);
                self.fact.truncate(first);
                self.unknown.truncate(first);
                self.skews.truncate(skews);
                return None;
            }
            last = key;
            effective = effective.max(*observed.min(received));
            let micros = observed.wrapping_sub(effective);
            if micros.unsigned_abs() > SKEW_LIMIT_MICROS.unsigned_abs() {
                let (source, epoch, sequence) = (*source, *epoch, *sequence);
                self.skews.push((resource, Skew { source, epoch, sequence, micros }));
            }
            let seen = Some(*fact).filter(|fact| Some(*fact) != gone);
            if open.map(|(_, fact)| fact) == seen {
                continue;
            }
            if let Some((from, fact)) = open
                && from < effective
            {
                self.row(from, effective, fact, false);
            }
            open = seen.map(|fact| (self.taken_up(first, effective, fact), fact));
        }
        if let Some((from, fact)) = open {
            self.row(from, i64::MAX, fact, false);
        }
        Some(())
    }

    fn row(&mut self, from: i64, to: i64, fact: FactId, unknown: bool) {
        self.from.push(from);
        self.to.push(to);
        self.fact.push(fact);
        self.unknown.push(unknown);
    }

    /// Where an interval of `fact` begins that is seen from `at` on: where the last one of the resource did, if that
    /// had just ended with the same fact.
    fn taken_up(&mut self, first: usize, at: i64, fact: FactId) -> i64 {
        let is_same =
            self.from.len() > first && self.to.last() == Some(&at) && self.fact.last() == Some(&fact);
        if !is_same {
            return at;
        }
        self.to.pop();
        self.fact.pop();
        self.unknown.pop();
        self.from.pop().unwrap_or(at)
    }

    /// Adds the life of one resource as [`fold`] tells it.
    #[cold]
    fn long_way(&mut self, log: &Log, entries: Range<usize>, outages: &[Outage]) -> Result<(), FoldError> {
        let Timeline { intervals, skews } = fold(&log.observations(entries), outages)?;
        for interval in intervals {
            let fact = log.numbers.get(&Fact::Present(interval.shape)).copied();
            let to = interval.to.map_or(i64::MAX, Instant::micros);
            self.row(interval.from.micros(), to, fact.unwrap_or(FactId(u32::MAX)), interval.unknown);
        }
        let resource = self.ends.len();
        self.skews.extend(skews.into_iter().map(|skew| (resource, skew)));
        Ok(())
    }
}

/// Some entries of a column.
fn column<'a, T>(column: &'a [T], entries: &Range<usize>) -> std::slice::Iter<'a, T> {
    column.get(entries.clone()).unwrap_or_default().iter()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may")]
mod tests {
    use super::*;
    use crate::workload::observations;

    /// The long way is right too: only this tells whether it is taken where it need not be.
    #[test]
    fn what_stands_in_order_is_folded_in_one_pass() {
        let log = observations(3, 20).unwrap();
        let ends = log.resources.iter().skip(1).copied().chain([log.fact.len()]);
        let gone = log.numbers.get(&Fact::Gone).copied();
        let mut lives = Lives::default();
        for (first, end) in log.resources.iter().zip(ends) {
            assert_eq!(lives.pass(&log, *first..end, gone), Some(()));
        }
        assert!(!lives.is_empty());
    }
}
