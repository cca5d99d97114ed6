//! Bounded fuzzing of the codecs: for some seconds, values of random types go out and in again, and damaged bytes go in.
//! The seed is printed; `TFPLUGIN_FUZZ_SEED` repeats a run, `TFPLUGIN_FUZZ_SECONDS` makes it longer.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

#[path = "support/values.rs"]
mod values;

use std::{
    env,
    hash::{BuildHasher, RandomState},
    time::{Duration, Instant},
};

use peak_alloc::PeakAlloc;
use proptest::{
    collection,
    prelude::*,
    sample::Index,
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use tfplugin::{
    Type, Value,
    value::{MAX_DEPTH, json, msgpack},
};
use values::{typed_values, types};

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

/// What decoding may allocate beside a multiple of its input: error texts and the like.
const BASE_BYTES: usize = 64 << 10;
/// What one byte of MessagePack may become: a value with its name in a map.
const BYTES_PER_BYTE: usize = 512;
/// What one byte of JSON may become: an object whose attributes are all missing.
const BYTES_PER_JSON_BYTE: usize = 16 << 10;

fn seed() -> u64 {
    let given = env::var("TFPLUGIN_FUZZ_SEED").ok().map(|seed| seed.parse().expect("a number"));
    given.unwrap_or_else(|| RandomState::new().hash_one("seed"))
}

fn seconds() -> Duration {
    let given = env::var("TFPLUGIN_FUZZ_SECONDS").ok().map(|seconds| seconds.parse().expect("a number"));
    Duration::from_secs(given.unwrap_or(4))
}

/// One way of damaging bytes.
#[derive(Clone, Debug)]
enum Damage {
    Change(Index, u8),
    Insert(Index, u8),
    Remove(Index),
    Truncate(Index),
    Repeat(Index, Index),
}

fn damages() -> impl Strategy<Value = Vec<Damage>> {
    let one = prop_oneof![
        4 => (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Damage::Change(at, byte)),
        2 => (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Damage::Insert(at, byte)),
        1 => any::<Index>().prop_map(Damage::Remove),
        1 => any::<Index>().prop_map(Damage::Truncate),
        1 => (any::<Index>(), any::<Index>()).prop_map(|(from, to)| Damage::Repeat(from, to)),
    ];
    collection::vec(one, 1..6)
}

fn damaged(mut bytes: Vec<u8>, damages: &[Damage]) -> Vec<u8> {
    for damage in damages {
        let length = bytes.len();
        match damage {
            Damage::Insert(at, byte) => bytes.insert(at.index(length + 1), *byte),
            _ if length == 0 => {}
            Damage::Change(at, byte) => bytes[at.index(length)] = *byte,
            Damage::Remove(at) => drop(bytes.remove(at.index(length))),
            Damage::Truncate(at) => bytes.truncate(at.index(length)),
            Damage::Repeat(from, to) => {
                let (from, to) = (from.index(length), to.index(length));
                bytes.extend_from_within(from.min(to)..from.max(to));
            }
        }
    }
    bytes
}

/// Decodes and tells how much memory that took at its peak.
fn measured<T>(decode: impl FnOnce() -> T) -> (T, usize) {
    let before = ALLOCATED.current_usage();
    ALLOCATED.reset_peak_usage();
    let decoded = decode();
    (decoded, ALLOCATED.peak_usage().saturating_sub(before))
}

fn through_msgpack(bytes: &[u8], ty: &Type) -> Option<Value> {
    let (decoded, allocated) = measured(|| msgpack::decode(bytes, ty));
    let bound = BASE_BYTES + bytes.len() * BYTES_PER_BYTE;
    assert!(allocated <= bound, "{allocated} bytes for {} bytes of {ty:?}: {bytes:02x?}", bytes.len());
    decoded.ok()
}

fn through_json(bytes: &[u8], ty: &Type) -> Option<Value> {
    let (decoded, allocated) = measured(|| json::decode(bytes, ty, json::Surplus::Drop));
    let bound = BASE_BYTES + bytes.len() * BYTES_PER_JSON_BYTE;
    assert!(allocated <= bound, "{allocated} bytes for {} bytes of {ty:?}: {bytes:02x?}", bytes.len());
    decoded.ok()
}

fn check(ty: &Type, value: &Value, other: &Type, damages: &[Damage], noise: &[u8]) {
    let bytes = msgpack::encode(value, ty).unwrap();
    assert_eq!(through_msgpack(&bytes, ty).as_ref(), Some(value), "{ty:?}");
    let stored = json::encode(value, ty).ok();
    assert_eq!(stored.is_some(), value.is_wholly_known(), "{value:?}");
    if let Some(stored) = &stored {
        assert_eq!(through_json(stored, ty).as_ref(), Some(value), "{ty:?}");
    }
    for bytes in [damaged(bytes.clone(), damages), noise.to_vec(), bytes] {
        for ty in [ty, other, &Type::Dynamic] {
            // What is read from anything is a value, and goes out and in again like every other.
            if let Some(read) = through_msgpack(&bytes, ty) {
                let again = msgpack::encode(&read, ty).unwrap();
                assert_eq!(through_msgpack(&again, ty), Some(read));
            }
        }
    }
    for bytes in [damaged(stored.unwrap_or_default(), damages), noise.to_vec()] {
        for ty in [ty, other, &Type::Dynamic] {
            if let Some(read) = through_json(&bytes, ty) {
                let again = json::encode(&read, ty).unwrap();
                assert_eq!(through_json(&again, ty), Some(read));
            }
        }
    }
}

/// Values that nest up to the limit pass, deeper ones are errors on both ways.
fn check_depth(depth: usize) {
    let ty = (0..depth).fold(Type::Bool, |ty, _| Type::list(ty));
    let value = (0..depth).fold(Value::Bool(true), |value, _| Value::List(vec![value]));
    let (wire, stored) = (msgpack::encode(&value, &ty), json::encode(&value, &ty));
    assert_eq!((wire.is_ok(), stored.is_ok()), (depth <= MAX_DEPTH, depth <= MAX_DEPTH), "{depth}");
    let mut bytes = vec![0x91; depth];
    bytes.push(0xc3);
    assert_eq!(through_msgpack(&bytes, &ty).is_some(), depth <= MAX_DEPTH, "{depth}");
    let text = format!("{}true{}", "[".repeat(depth), "]".repeat(depth));
    assert_eq!(through_json(text.as_bytes(), &ty).is_some(), depth <= MAX_DEPTH, "{depth}");
}

/// The one test of this crate: the memory is that of the process.
#[test]
fn any_bytes_are_a_value_or_an_error_at_a_bounded_cost() {
    let seed = seed();
    println!("TFPLUGIN_FUZZ_SEED={seed}");
    let bytes: Vec<u8> = seed.to_le_bytes().into_iter().cycle().take(32).collect();
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let strategy = (typed_values(false), types(), damages(), collection::vec(any::<u8>(), 0..300));
    let begun = Instant::now();
    let mut rounds = 0;
    while begun.elapsed() < seconds() {
        let ((ty, value), other, damages, noise) = strategy.new_tree(&mut runner).unwrap().current();
        check(&ty, &value, &other, &damages, &noise);
        rounds += 1;
    }
    (0..=MAX_DEPTH + 20).for_each(check_depth);
    println!("{rounds} rounds");
    assert!(rounds > 20, "only {rounds} rounds");
}
