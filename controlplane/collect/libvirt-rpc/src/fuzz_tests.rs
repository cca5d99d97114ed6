//! Bounded fuzzing of all that reads what a daemon says: for some seconds, recorded packets with bytes changed. Nothing
//! panics, no length that is claimed takes memory, and what is read is the same when it is written and read again.
//!
//! `LIBVIRT_FUZZ_SECONDS` makes it longer; the seed is printed, and `LIBVIRT_FUZZ_SEED` repeats a run.

use crate::{
    error::RemoteError,
    event::Event,
    packet::{self, Packet},
    types::{BlockInfo, Domain, DomainInfo, DomainState, DomainStats, Pool, Value, Volume, VolumeInfo},
    xdr::{DecodeError, Decoder, Encoder},
};
use peak_alloc::PeakAlloc;
use proptest::{
    collection,
    prelude::*,
    sample::Index,
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use std::{
    env,
    fmt::Debug,
    hash::{BuildHasher, RandomState},
    time::{Duration, Instant},
};

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

/// What this whole process may take at its peak, the other tests in it included. Packets here have some thousand bytes.
const PEAK_MAX_BYTES: usize = 64 << 20;

/// What a daemon with two machines, one of which runs, said: the packets of an exchange, without their lengths, a line
/// each in hexadecimal digits.
const EXCHANGE: &str = include_str!("../tests/exchange/qemu.txt");

fn recorded() -> Vec<Vec<u8>> {
    let lines = EXCHANGE.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| bytes(line).unwrap_or_else(|| panic!("no hexadecimal digits: {line}"))).collect()
}

fn bytes(line: &str) -> Option<Vec<u8>> {
    let pairs = (0..line.len() / 2).map(|at| u8::from_str_radix(line.get(2 * at..2 * at + 2)?, 16).ok());
    pairs.collect()
}

/// Lengths, counts and numbers that break readers more often than chance does.
const UNITS: [u32; 10] = [0, 1, 3, 7, 20, 4096, 16_384, 262_144, 4 << 20, u32::MAX];

/// One way of damaging a packet.
#[derive(Clone, Debug)]
enum Damage {
    Change(Index, u8),
    Overwrite(Index, Index),
    Insert(Index, u8),
    Remove(Index),
    Truncate(Index),
    Repeat(Index, Index),
}

fn damages() -> impl Strategy<Value = Vec<Damage>> {
    let one = prop_oneof![
        3 => (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Damage::Change(at, byte)),
        4 => (any::<Index>(), any::<Index>()).prop_map(|(at, unit)| Damage::Overwrite(at, unit)),
        1 => (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Damage::Insert(at, byte)),
        1 => any::<Index>().prop_map(Damage::Remove),
        1 => any::<Index>().prop_map(Damage::Truncate),
        1 => (any::<Index>(), any::<Index>()).prop_map(|(from, to)| Damage::Repeat(from, to)),
    ];
    collection::vec(one, 0..6)
}

fn damaged(mut bytes: Vec<u8>, damages: &[Damage]) -> Vec<u8> {
    for damage in damages {
        let length = bytes.len();
        match damage {
            Damage::Insert(at, byte) => bytes.insert(at.index(length + 1), *byte),
            _ if length < 4 => {}
            Damage::Change(at, byte) => bytes[at.index(length)] = *byte,
            Damage::Overwrite(at, unit) => {
                let at = at.index(length / 4) * 4;
                bytes[at..at + 4].copy_from_slice(&unit.get(&UNITS).to_be_bytes());
            }
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

/// Whether bytes are read as a value, which is the same when it is written and read again.
fn goes<T: Debug>(
    bytes: &[u8],
    read: impl Fn(&mut Decoder<'_>) -> Result<T, DecodeError>,
    write: impl Fn(&T, Encoder) -> Encoder,
) -> bool {
    let Ok(value) = read(&mut Decoder::new(bytes)) else { return false };
    let written = write(&value, Encoder::default()).into_bytes();
    let again = read(&mut Decoder::new(&written));
    assert_eq!(format!("{again:?}"), format!("Ok({value:?})"));
    true
}

fn list<T>(of: &[T], encoder: Encoder, write: impl Fn(&T, Encoder) -> Encoder) -> Encoder {
    let count = u32::try_from(of.len()).unwrap();
    of.iter().fold(encoder.u32(count), |encoder, item| write(item, encoder))
}

fn write_state(state: DomainState) -> u32 {
    match state {
        DomainState::NoState => 0,
        DomainState::Running => 1,
        DomainState::Blocked => 2,
        DomainState::Paused => 3,
        DomainState::ShuttingDown => 4,
        DomainState::ShutOff => 5,
        DomainState::Crashed => 6,
        DomainState::Suspended => 7,
        DomainState::Other(other) => other,
    }
}

fn write_value((name, value): (&String, &Value), encoder: Encoder) -> Encoder {
    let encoder = encoder.text(name);
    match value {
        Value::Signed(value) => encoder.i32(3).u64(value.cast_unsigned()),
        Value::Unsigned(value) => encoder.i32(4).u64(*value),
        Value::Fraction(value) => encoder.i32(5).u64(value.to_bits()),
        Value::Bool(value) => encoder.i32(6).i32((*value).into()),
        Value::Text(value) => encoder.i32(7).text(value),
    }
}

fn write_statistics(of: &DomainStats, encoder: Encoder) -> Encoder {
    let values: Vec<_> = of.values.iter().collect();
    list(&values, of.domain.encode(encoder), |value, encoder| write_value(*value, encoder))
}

/// How many kinds of answer a body passes for.
fn answers(body: &[u8]) -> usize {
    let found = [
        goes(
            body,
            |it| it.list(20, Decoder::u32),
            |ways, encoder| list(ways, encoder, |way, it| it.u32(*way)),
        ),
        goes(body, |it| it.list(16_384, Domain::decode), |all, encoder| list(all, encoder, Domain::encode)),
        goes(
            body,
            |it| it.list(4096, DomainStats::decode),
            |all, encoder| list(all, encoder, write_statistics),
        ),
        goes(body, Domain::decode, Domain::encode),
        goes(body, Pool::decode, Pool::encode),
        goes(body, Volume::decode, Volume::encode),
        goes(body, DomainInfo::decode, |it, encoder| {
            let encoder = encoder.u32(write_state(it.state)).u64(it.max_memory_kib).u64(it.memory_kib);
            encoder.u32(it.vcpu).u64(it.cpu_time_ns)
        }),
        goes(body, BlockInfo::decode, |it, encoder| {
            encoder.u64(it.allocation_bytes).u64(it.capacity_bytes).u64(it.physical_bytes)
        }),
        goes(body, VolumeInfo::decode, |it, encoder| {
            encoder.i32(0).u64(it.capacity_bytes).u64(it.allocation_bytes)
        }),
        goes(body, RemoteError::decode, |it, encoder| {
            encoder.i32(it.code).i32(0).optional_text(Some(&it.message))
        }),
        goes(body, |it| it.text(), |text, encoder| encoder.text(text)),
        goes(body, |it| it.optional_text(), |text, encoder| encoder.optional_text(text.as_deref())),
        goes(body, |it| it.bool(), |value, encoder| encoder.i32((*value).into())),
    ];
    found.into_iter().filter(|found| *found).count()
}

/// Reads a packet and all that its body may be. Answers whether it was anything.
fn check(packet: &[u8]) -> bool {
    match packet::parse(packet) {
        Ok(Packet::Reply { body, .. }) => answers(&body) > 0,
        Ok(Packet::Event { procedure, body }) => matches!(Event::decode(procedure, &body), Ok(Some(_))),
        Ok(Packet::Ping) => true,
        Ok(Packet::Other) | Err(_) => false,
    }
}

#[test]
fn whatever_a_daemon_says_is_read_or_refused() {
    let given = |name| env::var(name).ok().map(|text| text.parse::<u64>().expect("a number"));
    let seed = given("LIBVIRT_FUZZ_SEED").unwrap_or_else(|| RandomState::new().hash_one("seed"));
    println!("LIBVIRT_FUZZ_SEED={seed}");
    let packets = recorded();
    // The rest is answered with a number alone.
    let found = packets.iter().filter(|packet| check(packet)).count();
    assert!(found > packets.len() / 2, "{found} of {}", packets.len());
    let key: Vec<u8> = seed.to_le_bytes().into_iter().cycle().take(32).collect();
    let mut runner =
        TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &key));
    let strategy = (any::<Index>(), damages(), any::<bool>());
    let end = Instant::now() + Duration::from_secs(given("LIBVIRT_FUZZ_SECONDS").unwrap_or(3));
    let (mut read, mut all) = (0_u64, 0_u64);
    while Instant::now() < end {
        let (which, damages, is_whole) = strategy.new_tree(&mut runner).unwrap().current();
        let packet = which.get(&packets);
        // Most damage is done to bodies: few packets with another header are for anybody.
        let kept = if is_whole { 0 } else { 24 };
        let packet = [&packet[..kept], &damaged(packet[kept..].to_vec(), &damages)].concat();
        read += u64::from(check(&packet));
        all += 1;
    }
    println!("{read} of {all} were something");
    assert!(read > 0 && read < all, "{read} of {all} were read: the damage is too little or too much");
    let peak = ALLOCATED.peak_usage();
    assert!(peak < PEAK_MAX_BYTES, "{peak} bytes");
}
