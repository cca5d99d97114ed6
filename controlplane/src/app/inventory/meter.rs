//! Which readings of a machine's traffic counters are kept (P8, M1).
//!
//! Counters are read with every inventory. Kept are the readings on both sides of the end of each civil day, so that the
//! use of a day is known to the length of an inventory's interval, those on both sides of a change of hands, and those
//! around the end of a counter's life, so that nothing is lost when it begins anew: a few rows a day for an interface.
//! What is not kept is remembered with the machine, and stored every few minutes for the next collector.

use super::window::Sum;
use schemas::time::Instant;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What counters show is stored once in so long, kept or not: what was used between that and a restart of the machine is
/// not known, if the collector ended as well.
const STORED_EVERY_MICROS: i64 = 5 * 60 * 1_000_000;

/// What a counter showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Shown {
    /// When.
    pub at: Instant,
    /// In which of its lives.
    pub incarnation: i64,
    /// Bytes since that life began.
    pub bytes: i64,
}

/// A counter, as far as it must be remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Counter {
    /// What was kept last.
    kept: Shown,
    /// What it showed last.
    last: Shown,
}

/// The counters of a machine, by the addresses of its interfaces: those that it has now, or had when it was switched off.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Meter {
    /// The contract that had the machine when they were last read, by internal id.
    pub contract: Option<i64>,
    counters: BTreeMap<String, Counter>,
    /// How often an interface left the charged networks, by its address. What it passed elsewhere until it came back is no
    /// use of the counter that it had: it has another one then.
    #[serde(default)]
    left: BTreeMap<String, u32>,
    /// The sums of those that are told as averages over windows of time.
    #[serde(default)]
    pub sums: BTreeMap<String, Sum>,
}

/// What follows from a reading of all counters of a machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Step {
    /// The readings to be kept, in the order of time.
    pub kept: Vec<(String, Shown)>,
    /// Whether what the counters show is to be stored.
    pub is_due: bool,
}

impl Meter {
    /// The meter of a machine that nothing was read of yet.
    pub(super) fn of(contract: Option<i64>) -> Self {
        Self { contract, ..Self::default() }
    }

    /// Has counters that were never read count from 0: their run began after an instant. Answers the readings to be kept.
    pub(super) fn begin(
        &mut self,
        shown: &BTreeMap<String, (i64, i64)>,
        after: Instant,
    ) -> Vec<(String, Shown)> {
        let mut begun = Vec::new();
        for (name, &(incarnation, _)) in shown {
            if self.counters.contains_key(name) {
                continue;
            }
            let reading = Shown { at: after, incarnation, bytes: 0 };
            begun.push((name_of(&self.left, name), reading));
            self.counters.insert(name.clone(), Counter { kept: reading, last: reading });
        }
        begun
    }

    /// Takes what the counters show at an instant, by address: the life of each, and its bytes. Where there are none, the
    /// machine is off, and all stand still, but for those that are `charged` no more. `is_apart` tells whether what was used
    /// before an instant and what was used after it must be told apart now, because a day is over or the machine is
    /// another's.
    pub(super) fn read(
        &mut self,
        shown: &BTreeMap<String, (i64, i64)>,
        charged: &BTreeSet<&str>,
        now: Instant,
        is_apart: impl Fn(Instant) -> bool,
    ) -> Step {
        let mut step = Step::default();
        let mut left = Vec::new();
        for (name, counter) in self.counters.iter_mut().filter(|(name, _)| !shown.contains_key(*name)) {
            let (is_left, called) = (!charged.contains(name.as_str()), name_of(&self.left, name));
            step.keep_last(&called, counter);
            if !is_left && is_apart(counter.kept.at) {
                counter.last.at = now;
                step.keep_last(&called, counter);
            }
            left.extend(is_left.then(|| name.clone()));
        }
        for name in left {
            self.counters.remove(&name);
            let times = self.left.entry(name).or_default();
            *times = times.saturating_add(1);
        }
        for (name, &(incarnation, bytes)) in shown {
            let reading = Shown { at: now, incarnation, bytes };
            let called = name_of(&self.left, name);
            let Some(counter) = self.counters.get_mut(name) else {
                step.kept.push((called, reading));
                self.counters.insert(name.clone(), Counter { kept: reading, last: reading });
                continue;
            };
            let is_reset = counter.last.incarnation != incarnation || bytes < counter.last.bytes;
            let is_kept = is_reset || is_apart(counter.last.at);
            step.is_due |= slot(counter.last.at) != slot(now);
            if is_kept {
                step.keep_last(&called, counter);
            }
            counter.last = reading;
            if is_kept {
                step.keep_last(&called, counter);
            }
        }
        step.kept.sort_by_key(|(_, reading)| reading.at);
        step.is_due |= !step.kept.is_empty();
        step
    }

    /// The readings to be kept when the machine is gone, in the order of time.
    pub(super) fn end(mut self) -> Vec<(String, Shown)> {
        let mut step = Step::default();
        for (name, counter) in &mut self.counters {
            step.keep_last(&name_of(&self.left, name), counter);
        }
        step.kept.sort_by_key(|(_, reading)| reading.at);
        step.kept
    }
}

/// The name of an interface's counter: its address, with a number where it is not its first one.
fn name_of(left: &BTreeMap<String, u32>, address: &str) -> String {
    left.get(address).map_or_else(|| address.to_owned(), |times| format!("{address}#{times}"))
}

impl Step {
    /// Keeps what a counter showed last, unless it is kept already.
    fn keep_last(&mut self, name: &str, counter: &mut Counter) {
        if counter.last.at > counter.kept.at {
            counter.kept = counter.last;
            self.kept.push((name.to_owned(), counter.last));
        }
    }
}

/// Which of the spans of time it is, at whose beginnings what counters show is stored.
const fn slot(at: Instant) -> i64 {
    at.micros().div_euclid(STORED_EVERY_MICROS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::tz::TimeZone;

    /// What is kept of what is shown, by name, life and bytes.
    fn read(meter: &mut Meter, at: &str, shown: &[(&str, i64, i64)]) -> Vec<String> {
        let names: Vec<String> = meter.counters.keys().cloned().collect();
        let off = names.iter().map(String::as_str).filter(|_| shown.is_empty());
        let charged: BTreeSet<&str> = shown.iter().map(|(name, ..)| *name).chain(off).collect();
        read_of(meter, at, shown, &charged)
    }

    /// The same of a machine with these charged interfaces.
    fn read_of(
        meter: &mut Meter,
        at: &str,
        shown: &[(&str, i64, i64)],
        charged: &BTreeSet<&str>,
    ) -> Vec<String> {
        let shown: BTreeMap<String, (i64, i64)> =
            shown.iter().map(|(name, life, bytes)| ((*name).to_owned(), (*life, *bytes))).collect();
        let (now, zone): (Instant, _) = (at.parse().unwrap(), TimeZone::get("Europe/Moscow").unwrap());
        let step = meter.read(&shown, charged, now, |before| before.day_in(&zone) != now.day_in(&zone));
        texts(&step.kept)
    }

    fn texts(kept: &[(String, Shown)]) -> Vec<String> {
        kept.iter().map(|(name, it)| format!("{name} {} {}/{}", it.at, it.incarnation, it.bytes)).collect()
    }

    #[test]
    fn what_passes_while_an_interface_is_elsewhere_is_no_use_of_its_counter() {
        let mut meter = Meter::default();
        let minute = |minute: u32| format!("2022-01-10T09:{minute:02}:00Z");
        assert_eq!(read(&mut meter, &minute(0), &[("a", 1, 5)]), ["a 2022-01-10T09:00:00Z 1/5"]);
        read(&mut meter, &minute(1), &[("a", 1, 6)]);
        // The machine runs, without a charged interface; then beside another one.
        assert_eq!(read_of(&mut meter, &minute(2), &[], &BTreeSet::new()), ["a 2022-01-10T09:01:00Z 1/6"]);
        assert_eq!(read(&mut meter, &minute(3), &[("a", 1, 500)]), ["a#1 2022-01-10T09:03:00Z 1/500"]);
        assert_eq!(read(&mut meter, &minute(4), &[("b", 1, 0)]), ["b 2022-01-10T09:04:00Z 1/0"]);
        let shown = [("a", 1, 900), ("b", 1, 0)];
        assert_eq!(read(&mut meter, &minute(5), &shown), ["a#2 2022-01-10T09:05:00Z 1/900"]);
        // One that is not told once is still where it was.
        let both = BTreeSet::from(["a", "b"]);
        assert!(read_of(&mut meter, &minute(6), &shown[1..], &both).is_empty());
        assert!(read(&mut meter, &minute(7), &[("a", 1, 950), ("b", 1, 0)]).is_empty());
        assert_eq!(texts(&meter.end()), ["a#2 2022-01-10T09:07:00Z 1/950", "b 2022-01-10T09:07:00Z 1/0"]);
    }

    #[test]
    fn a_day_s_end_and_a_life_s_end_are_kept_from_both_sides() {
        let mut meter = Meter::default();
        assert_eq!(read(&mut meter, "2022-01-10T09:00:00Z", &[("a", 1, 5)]), ["a 2022-01-10T09:00:00Z 1/5"]);
        assert!(read(&mut meter, "2022-01-10T12:00:00Z", &[("a", 1, 6)]).is_empty());
        assert!(read(&mut meter, "2022-01-10T20:59:50Z", &[("a", 1, 7)]).is_empty());
        // Midnight in Moscow.
        let both = ["a 2022-01-10T20:59:50Z 1/7", "a 2022-01-10T21:00:20Z 1/9"];
        assert_eq!(read(&mut meter, "2022-01-10T21:00:20Z", &[("a", 1, 9)]), both);
        assert!(read(&mut meter, "2022-01-10T22:00:00Z", &[("a", 1, 20)]).is_empty());
        let reset =
            ["a 2022-01-10T22:00:00Z 1/20", "a 2022-01-10T22:01:00Z 2/3", "b 2022-01-10T22:01:00Z 2/0"];
        assert_eq!(read(&mut meter, "2022-01-10T22:01:00Z", &[("a", 2, 3), ("b", 2, 0)]), reset);
        // In the same life it went down: the interface was put in anew.
        assert!(read(&mut meter, "2022-01-10T22:01:30Z", &[("a", 2, 9), ("b", 2, 0)]).is_empty());
        let anew = ["a 2022-01-10T22:01:30Z 2/9", "a 2022-01-10T22:02:00Z 2/4"];
        assert_eq!(read(&mut meter, "2022-01-10T22:02:00Z", &[("a", 2, 4), ("b", 2, 0)]), anew);
    }

    #[test]
    fn what_stands_still_is_told_once_a_day_and_what_is_gone_no_more() {
        let mut meter = Meter::default();
        read(&mut meter, "2022-01-10T22:01:00Z", &[("a", 2, 3), ("b", 2, 0)]);
        assert!(read(&mut meter, "2022-01-10T22:02:00Z", &[("a", 2, 4), ("b", 2, 0)]).is_empty());
        let last = ["a 2022-01-10T22:02:00Z 2/4", "b 2022-01-10T22:02:00Z 2/0"];
        assert_eq!(read(&mut meter, "2022-01-10T22:03:00Z", &[]), last);
        assert!(read(&mut meter, "2022-01-11T20:00:00Z", &[]).is_empty());
        let still = ["a 2022-01-11T21:00:00Z 2/4", "b 2022-01-11T21:00:00Z 2/0"];
        assert_eq!(read(&mut meter, "2022-01-11T21:00:00Z", &[]), still);
        // Without the other interface: of that one all is told.
        assert!(read(&mut meter, "2022-01-11T21:01:00Z", &[("a", 2, 6)]).is_empty());
        assert_eq!(texts(&meter.clone().end()), ["a 2022-01-11T21:01:00Z 2/6"]);
        assert_eq!(
            read(&mut meter, "2022-01-12T21:00:00Z", &[]).len(),
            2,
            "the last, and that there is no more"
        );
    }

    #[test]
    fn a_run_that_began_since_counts_from_0() {
        let mut meter = Meter::default();
        let shown = BTreeMap::from([("a".to_owned(), (1, 90))]);
        let begun = meter.begin(&shown, "2022-01-10T09:00:00Z".parse().unwrap());
        assert_eq!(texts(&begun), ["a 2022-01-10T09:00:00Z 1/0"]);
        assert!(meter.begin(&shown, "2022-01-10T09:00:10Z".parse().unwrap()).is_empty(), "it is known");
        assert!(read(&mut meter, "2022-01-10T09:00:30Z", &[("a", 1, 90)]).is_empty());
        assert_eq!(texts(&meter.end()), ["a 2022-01-10T09:00:30Z 1/90"]);
    }

    #[test]
    fn a_change_of_hands_is_kept_from_both_sides() {
        let mut meter = Meter::default();
        read(&mut meter, "2022-01-10T09:00:00Z", &[("a", 1, 5)]);
        read(&mut meter, "2022-01-10T10:00:00Z", &[("a", 1, 6)]);
        let shown = BTreeMap::from([("a".to_owned(), (1, 8))]);
        let step =
            meter.read(&shown, &BTreeSet::from(["a"]), "2022-01-10T11:00:00Z".parse().unwrap(), |_| true);
        assert_eq!(texts(&step.kept), ["a 2022-01-10T10:00:00Z 1/6", "a 2022-01-10T11:00:00Z 1/8"]);
        assert!(step.is_due && meter.end().is_empty());
    }

    #[test]
    fn what_is_not_kept_is_stored_every_five_minutes() {
        let mut meter = Meter::default();
        let mut is_due = |at: &str, bytes| {
            let shown = BTreeMap::from([("a".to_owned(), (1, bytes))]);
            meter.read(&shown, &BTreeSet::from(["a"]), at.parse().unwrap(), |_| false).is_due
        };
        assert!(is_due("2022-01-10T09:00:00Z", 5));
        assert!(!is_due("2022-01-10T09:04:59Z", 6));
        assert!(is_due("2022-01-10T09:05:01Z", 7));
        assert!(!is_due("2022-01-10T09:09:00Z", 8));
    }
}
