//! Bounded fuzzing of the fold and of what follows from it: for some seconds, arbitrary bytes are what sources said of
//! three resources, and what a contract was.
//!
//! The seed is printed; `BILLING_FUZZ_SEED` repeats a run, `BILLING_FUZZ_SECONDS` makes it longer. Bytes that once broke
//! something are lines of `regressions/fuzz.txt` and come first.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may")]

mod common;

use billing::{
    fold::{FoldError, Timeline, bulk::Log, fold},
    observation::{Fact, Observation, Outage, Shape},
    rate::{Charge, Contract, PlanVersion, RateError, Resource, Window, bulk::Sheet, rate},
};
use common::{
    bytes::{Bytes, Case},
    *,
};
use proptest::{
    collection,
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner},
};
use schemas::time::Instant;
use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    hash::{BuildHasher, RandomState},
    time::Duration,
};

/// Bytes that once broke something.
const REGRESSIONS: &str = include_str!("regressions/fuzz.txt");

/// A case's bytes at most: some thirty facts.
const BYTES: usize = 400;

fn number(name: &str) -> Option<u64> {
    env::var(name).ok().map(|text| text.parse().expect("a number"))
}

/// The observations that count, in order, each with the instant at which it takes effect (P3), told naively.
fn effective(observations: &[Observation]) -> Vec<(Instant, &Fact)> {
    let key = |it: &Observation| (it.epoch, it.sequence, it.source);
    let mut first: BTreeMap<_, &Observation> = BTreeMap::new();
    for observation in observations {
        let known = first.entry(key(observation)).or_insert(observation);
        if observation.received_at < known.received_at {
            *known = observation;
        }
    }
    let mut latest = Instant::MIN;
    let facts = first.into_values().map(|it| {
        latest = latest.max(it.observed_at.min(it.received_at));
        (latest, &it.fact)
    });
    facts.collect()
}

/// Invariant 2: at every instant at which anything changes, and just before, there is one interval of what was said
/// last, or none where that was that it is gone; no interval is empty, and none reaches into the next.
fn check_partition(observations: &[Observation], outages: &[Outage], timeline: &Timeline) {
    let facts = effective(observations);
    for pair in timeline.intervals.windows(2) {
        let to = pair[0].to.expect("only the last one lasts");
        assert!(to <= pair[1].from, "{pair:?}");
        let alike = pair[0].shape == pair[1].shape && pair[0].unknown == pair[1].unknown;
        assert!(to < pair[1].from || !alike, "cut without a reason: {pair:?}");
    }
    assert!(timeline.intervals.iter().all(|it| it.to.is_none_or(|to| it.from < to)), "{timeline:?}");
    let ends = timeline.intervals.iter().flat_map(|it| [Some(it.from), it.to]).flatten();
    let outages = outages.iter().flat_map(|it| [Some(it.from), it.to]).flatten();
    let instants: BTreeSet<Instant> = facts.iter().map(|(at, _)| *at).chain(ends).chain(outages).collect();
    for at in instants.iter().flat_map(|at| [Instant::from_micros(at.micros() - 1), *at]) {
        let said = facts.iter().rev().find(|(from, _)| *from <= at).map(|(_, fact)| *fact);
        let mut here = timeline.intervals.iter().filter(|it| it.from <= at && it.to.is_none_or(|to| at < to));
        let shape: Option<&Shape> = here.next().map(|it| &it.shape);
        let expected = match said {
            Some(Fact::Present(shape)) => Some(shape),
            Some(Fact::Gone) | None => None,
        };
        assert_eq!((shape, here.next()), (expected, None), "at {at}");
    }
}

/// The resources' timelines, and the same from columns.
fn check_fold(case: &Case) -> Option<Vec<Timeline>> {
    let mut log = Log::default();
    for observations in &case.observations {
        log.begin();
        observations.iter().for_each(|it| log.observe(it).unwrap());
    }
    let singly: Result<Vec<_>, FoldError> =
        case.observations.iter().map(|observations| fold(observations, &case.outages)).collect();
    let timelines = match (log.fold(&case.outages), singly) {
        (Ok(lives), Ok(timelines)) => {
            for (resource, timeline) in timelines.iter().enumerate() {
                assert_eq!(&log.timeline(&lives, resource), timeline);
            }
            timelines
        }
        (Err(at_once), Err(singly)) => {
            assert_eq!(at_once, singly);
            return None;
        }
        (at_once, singly) => panic!("{at_once:?} but {singly:?}"),
    };
    for (observations, timeline) in case.observations.iter().zip(&timelines) {
        check_partition(observations, &case.outages, timeline);
    }
    Some(timelines)
}

/// What is folded can be rated, or is refused because a number does not fit; in one window as in two, and among many
/// contracts as alone.
fn check_rate(
    contract: &Contract,
    versions: &[PlanVersion],
    resources: &[Resource],
    window: Window,
    cut: Instant,
) {
    let charges = |window| rate(contract, versions, resources, window);
    let whole = charges(window);
    let mut sheet = Sheet::default();
    let pushed = sheet.push(contract, resources);
    let told = pushed.clone().map(|()| sheet.cost(versions, window).remove(0));
    match (&whole, told) {
        (Ok(charges), Ok(Ok(told))) => assert_eq!(total(charges), i128::from(told.units())),
        (Ok(charges), Ok(Err(RateError::Total))) => assert!(i64::try_from(total(charges)).is_err()),
        (_, Ok(Err(RateError::Overflow { .. } | RateError::Total)) | Err(RateError::Overflow { .. })) => {
            assert!(whole.is_err() || pushed.is_err(), "{whole:?} but {:?}", sheet.cost(versions, window));
        }
        (Err(RateError::Overflow { .. }), Ok(Ok(_))) => {}
        (whole, told) => panic!("{whole:?} but {told:?}"),
    }
    let (Ok(whole), cut) = (whole, cut.clamp(window.from, window.to.max(window.from))) else { return };
    let mut parts = charges(Window { to: cut, ..window }).unwrap();
    parts.extend(charges(Window { from: cut, ..window }).unwrap());
    assert_eq!(by_day(&whole), by_day(&parts), "cut at {cut}");
}

fn total(charges: &[Charge]) -> i128 {
    charges.iter().map(|charge| i128::from(charge.total.units())).sum()
}

fn check(bytes: &[u8]) {
    let case = Case::read(&mut Bytes::new(bytes));
    let Some(timelines) = check_fold(&case) else { return };
    let resources: Vec<_> =
        (1..).zip(timelines).map(|(id, timeline)| case.resource(id, timeline.intervals)).collect();
    check_rate(&case.contract, &case.versions, &resources, case.window, case.cut);
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn what_broke_once_holds() {
    for line in REGRESSIONS.lines().filter(|line| !line.starts_with('#')) {
        let digits = line.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
        let bytes: Vec<u8> = digits.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect();
        check(&bytes);
    }
}

#[test]
fn any_bytes_fold_into_a_partition_that_can_be_rated() {
    let seed = number("BILLING_FUZZ_SEED").unwrap_or_else(|| RandomState::new().hash_one("seed"));
    let length = Duration::from_secs(number("BILLING_FUZZ_SECONDS").unwrap_or(4));
    println!("BILLING_FUZZ_SEED={seed}");
    let key: Vec<u8> = seed.to_le_bytes().into_iter().cycle().take(32).collect();
    let settings = Config { failure_persistence: None, max_shrink_iters: 50_000, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(settings, TestRng::from_seed(RngAlgorithm::ChaCha, &key));
    let strategy = collection::vec(any::<u8>(), 0..BYTES);
    let begun = std::time::Instant::now();
    let mut rounds = 0;
    while begun.elapsed() < length {
        let tree = strategy.new_tree(&mut runner).unwrap();
        let found = runner.run_one(tree, |bytes| {
            check(&bytes);
            Ok(())
        });
        if let Err(TestError::Fail(reason, bytes)) = found {
            panic!("{reason}\nfor a line of regressions/fuzz.txt: {}", hex(&bytes));
        }
        rounds += 1;
    }
    println!("{rounds} rounds");
    assert!(rounds > 50, "only {rounds} rounds");
}
