//! Invariants 2 and 3, and P3 to P7: what observations become, whatever their delivery.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may")]

mod common;

use billing::{
    fold::{FoldError, Interval, Timeline, fold},
    observation::{Fact, Observation, Outage, Power, Shape, Thing},
    rate::Resource,
};
use common::*;
use proptest::prelude::*;
use schemas::time::Instant;
use uuid::Uuid;

const REGRESSIONS: &str = "tests/regressions/fold.txt";

/// A fact seen and received at the same second.
fn seen(sequence: i64, second: i64, fact: Fact) -> Observation {
    let at = Instant::from_micros(second * 1_000_000);
    Observation { source: 1, epoch: 1, sequence, observed_at: at, received_at: at, fact }
}

/// A machine of so many vCPUs is there.
fn present(vcpu: u32) -> Fact {
    Fact::Present(shape(machine(vcpu, 1024)))
}

/// The intervals as (from, to, vCPU), in seconds.
fn shown(timeline: &Timeline) -> Vec<(i64, Option<i64>, u32)> {
    let seconds = |at: Instant| at.micros() / 1_000_000;
    timeline
        .intervals
        .iter()
        .map(|Interval { from, to, shape, .. }| match shape.thing {
            Thing::Machine { vcpu, .. } => (seconds(*from), to.map(seconds), vcpu),
            _ => panic!("not a machine"),
        })
        .collect()
}

#[test]
fn a_life_is_folded() {
    let facts = [
        seen(1, 10, present(1)),
        seen(2, 20, present(1)),
        seen(3, 30, present(2)),
        seen(4, 40, Fact::Gone),
        seen(5, 45, Fact::Gone),
        seen(6, 50, present(2)),
    ];
    assert_eq!(shown(&fold(&facts, &[]).unwrap()), [(10, Some(30), 1), (30, Some(40), 2), (50, None, 2)]);
}

/// P3: the order is (epoch, sequence); a clock that went back shortens nothing.
#[test]
fn a_clock_never_reorders() {
    let late_epoch = Observation { epoch: 2, ..seen(1, 15, present(3)) };
    let facts = [late_epoch, seen(2, 30, present(2)), seen(1, 10, present(1))];
    let timeline = fold(&facts, &[]).unwrap();
    assert_eq!(shown(&timeline), [(10, Some(30), 1), (30, None, 3)]);
    assert_eq!(timeline.skews.len(), 1, "15 s back is flagged");
    assert_eq!(timeline.skews[0].micros, -15_000_000);
}

/// P3: nothing takes effect after it was received.
#[test]
fn a_clock_ahead_counts_as_now() {
    let mut ahead = seen(1, 100, present(1));
    ahead.received_at = Instant::from_micros(40_000_000);
    let timeline = fold(&[ahead, seen(2, 50, Fact::Gone)], &[]).unwrap();
    assert_eq!(shown(&timeline), [(40, Some(50), 1)]);
    assert_eq!(timeline.skews[0].micros, 60_000_000);
    let mut close = seen(1, 42, present(1));
    close.received_at = Instant::from_micros(40_000_000);
    assert!(fold(&[close], &[]).unwrap().skews.is_empty(), "2 s are no skew");
}

/// The same key with another content is an error; the same content is a redelivery.
#[test]
fn a_key_says_one_thing() {
    let again = Observation { received_at: Instant::from_micros(99_000_000), ..seen(1, 10, present(1)) };
    assert_eq!(shown(&fold(&[again, seen(1, 10, present(1))], &[]).unwrap()), [(10, None, 1)]);
    let refused = fold(&[seen(1, 10, present(1)), seen(1, 10, present(2))], &[]);
    assert_eq!(refused, Err(FoldError::Conflict { source_id: 1, epoch: 1, sequence: 1 }));
    assert!(fold(&[seen(1, 10, present(1)), seen(1, 11, present(1))], &[]).is_err());
}

/// What lasted no time leaves no trace, and does not cut what was around it.
#[test]
fn no_time_leaves_no_interval() {
    let facts =
        [seen(1, 10, present(1)), seen(2, 20, present(2)), seen(3, 20, Fact::Gone), seen(4, 20, present(1))];
    assert_eq!(shown(&fold(&facts, &[]).unwrap()), [(10, None, 1)]);
    assert!(fold(&[seen(1, 10, present(1)), seen(2, 10, Fact::Gone)], &[]).unwrap().intervals.is_empty());
    assert!(fold(&[], &[]).unwrap().intervals.is_empty());
}

/// An outage of the tests' source, in seconds.
fn outage(from: i64, to: Option<i64>) -> Outage {
    let at = |second: i64| Instant::from_micros(second * 1_000_000);
    Outage { source: 1, from: at(from), to: to.map(at) }
}

/// The unknown times, in seconds.
fn unknown(facts: &[Observation], outages: &[Outage]) -> Vec<(i64, Option<i64>)> {
    let seconds = |at: Instant| at.micros() / 1_000_000;
    let intervals = fold(facts, outages).unwrap().intervals;
    intervals.iter().filter(|it| it.unknown).map(|it| (seconds(it.from), it.to.map(seconds))).collect()
}

/// P7: unknown while the source is down; filled where the same is seen again, and never where it is not.
#[test]
fn a_gap_is_filled_only_by_the_same_shape() {
    let steady = [seen(1, 10, present(1))];
    assert_eq!(unknown(&steady, &[outage(20, None)]), [(20, None)]);
    assert_eq!(unknown(&steady, &[outage(20, Some(50))]), []);
    assert_eq!(fold(&steady, &[outage(20, Some(50))]), fold(&steady, &[]), "as if nothing had been");
    let changed = [seen(1, 10, present(1)), seen(2, 50, present(2))];
    assert_eq!(unknown(&changed, &[outage(20, Some(50))]), [(20, Some(50))]);
    assert_eq!(
        shown(&fold(&changed, &[outage(20, Some(50))]).unwrap()),
        [(10, Some(20), 1), (20, Some(50), 1), (50, None, 2)]
    );
    assert_eq!(unknown(&changed, &[outage(20, Some(49))]), [], "it was seen again, and changed later");
    assert_eq!(unknown(&changed, &[outage(20, Some(50)), outage(12, Some(60))]), [(12, Some(50))]);
    let elsewhere = Outage { source: 2, ..outage(20, None) };
    assert_eq!(unknown(&steady, &[elsewhere]), [], "another source's silence");
}

/// P7: what was not seen since it began is unknown from its beginning on.
#[test]
fn a_gap_may_begin_with_the_life() {
    let seen_once = [seen(1, 10, present(1)), seen(2, 50, present(2))];
    let outages = [outage(5, Some(50))];
    assert_eq!(unknown(&seen_once, &outages), [(10, Some(50))]);
    assert_eq!(shown(&fold(&seen_once, &outages).unwrap()), [(10, Some(50), 1), (50, None, 2)]);
}

/// What is seen at the last instant of all is there, and can be rated.
#[test]
fn what_begins_at_the_end_of_time_is_there() {
    let last = Observation { observed_at: Instant::MAX, received_at: Instant::MAX, ..seen(1, 0, present(1)) };
    let intervals = fold(&[last], &[]).unwrap().intervals;
    assert_eq!(intervals.iter().map(|it| (it.from, it.to)).collect::<Vec<_>>(), [(Instant::MAX, None)]);
    let machine = Resource { id: Uuid::from_u128(1), intervals, readings: Vec::new() };
    assert_eq!(
        rated("UTC", &[], machine, window(utc("2030-01-01T00:00"), utc("2030-02-01T00:00"))),
        Ok(Vec::new())
    );
}

/// P5, P7: what was gone when the source came back ended with its last sighting; what was seen meanwhile is known.
#[test]
fn what_was_seen_is_known() {
    let gone = [seen(1, 10, present(1)), seen(2, 20, Fact::Gone), seen(3, 50, present(1))];
    assert_eq!(unknown(&gone, &[outage(20, Some(50))]), []);
    let again = [seen(1, 10, present(1)), seen(2, 30, present(1)), seen(3, 50, present(2))];
    assert_eq!(unknown(&again, &[outage(20, Some(50))]), [(30, Some(50))]);
    let elsewhere = Observation { source: 2, epoch: 2, ..seen(2, 30, present(1)) };
    let moved = [seen(1, 10, present(1)), elsewhere];
    assert_eq!(unknown(&moved, &[outage(20, None)]), [], "it moved to a source that is heard");
}

/// The stored form is strict: a word misspelt is an error, not a default.
#[test]
fn json_is_strict() {
    let text =
        r#"{"present":{"thing":{"disk":{"platform":"kvm","disk_type":"ssd","size_mib":5}},"contract":7}}"#;
    let Fact::Present(shape) = serde_json::from_str(text).unwrap() else { panic!("present") };
    assert_eq!((shape.contract, shape.power), (Some(7), Power::Running));
    assert_eq!(serde_json::from_str::<Fact>("\"gone\"").unwrap(), Fact::Gone);
    assert_eq!(serde_json::from_str::<Thing>("\"vdc\"").unwrap(), Thing::Vdc);
    for wrong in [
        text.replace("contract", "contrat"),
        text.replace("\"ssd\"", "\"nvme\""),
        text.replace("size_mib", "size_gib"),
    ] {
        assert!(serde_json::from_str::<Fact>(&wrong).is_err(), "{wrong}");
    }
}

/// Facts in order, each received at most 9 s after it was observed, the clock sometimes going back.
fn facts() -> impl Strategy<Value = Vec<Observation>> {
    let fact = prop_oneof![
        5 => (1..4_u32, any::<bool>()).prop_map(|(vcpu, off)| {
            let power = if off { Power::Off } else { Power::Running };
            Fact::Present(Shape { power, ..shape(machine(vcpu, 1024)) })
        }),
        1 => Just(Fact::Gone),
    ];
    prop::collection::vec((0..3_i64, -2..9_i64, 0..9_i64, fact), 1..20).prop_map(|steps| {
        let (mut epoch, mut at) = (1, 100);
        steps
            .into_iter()
            .enumerate()
            .map(|(index, (new_epoch, step, delay, fact))| {
                epoch += i64::from(new_epoch == 0);
                at += step;
                let received_at = Instant::from_micros((at + delay) * 1_000_000);
                Observation { epoch, received_at, ..seen(i64::try_from(index).unwrap(), at, fact) }
            })
            .collect()
    })
}

proptest! {
    #![proptest_config(config(256, REGRESSIONS))]

    /// Invariant 3: any permutation and duplication of deliveries, also received later, gives the same timeline.
    #[test]
    fn delivery_does_not_matter(
        (facts, mixed) in facts().prop_flat_map(|facts| {
            let twice: Vec<_> = facts
                .iter()
                .cloned()
                .chain(facts.iter().map(|fact| {
                    let received_at = Instant::from_micros(fact.received_at.micros() + 77_000_000);
                    Observation { received_at, ..fact.clone() }
                }))
                .collect();
            (Just(facts), Just(twice).prop_shuffle())
        })
    ) {
        prop_assert_eq!(fold(&facts, &[]).unwrap(), fold(&mixed, &[]).unwrap());
        let late: Vec<_> = mixed.iter().filter(|it| !facts.contains(it)).cloned().collect();
        prop_assert_eq!(fold(&facts, &[]).unwrap().intervals, fold(&late, &[]).unwrap().intervals, "received late, in any order");
    }

    /// Invariant 2: no overlap, no empty interval, no two equal neighbours, and no hole but where the resource was gone.
    #[test]
    fn intervals_follow_one_another(facts in facts()) {
        let timeline = fold(&facts, &[]).unwrap();
        for pair in timeline.intervals.windows(2) {
            let to = pair[0].to.expect("only the last one lasts");
            prop_assert!(pair[0].from < to && to <= pair[1].from);
            prop_assert!(to < pair[1].from || pair[0].shape != pair[1].shape);
            if to < pair[1].from {
                let gone = facts.iter().any(|it| it.fact == Fact::Gone && it.observed_at <= to);
                prop_assert!(gone, "a hole needs a reason");
            }
        }
        let last = &facts[facts.len() - 1].fact;
        let open = timeline.intervals.last().is_some_and(|it| it.to.is_none());
        prop_assert_eq!(open, *last != Fact::Gone);
    }

    /// P9 and the fault of billing history again: a later fact changes nothing before it takes effect.
    #[test]
    fn a_later_fact_changes_nothing_before_it(facts in facts()) {
        let effective = facts.iter().map(|it| it.observed_at.min(it.received_at)).max().unwrap();
        let before_it = |facts: &[Observation]| {
            let intervals = fold(facts, &[]).unwrap().intervals.into_iter().filter(|it| it.from < effective);
            let clip = |it: Interval| Interval { to: Some(it.to.unwrap_or(effective).min(effective)), ..it };
            intervals.map(clip).collect::<Vec<_>>()
        };
        prop_assert_eq!(before_it(&facts), before_it(&facts[..facts.len() - 1]));
    }
}
