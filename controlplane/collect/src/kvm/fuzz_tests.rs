//! Bounded fuzzing of all that reads a daemon's XML: for some seconds, recorded descriptions with parts changed. Nothing
//! panics, none costs much memory or time, what is read is the same when it is written and read again, and a
//! description that is edited has what it was edited to.
//!
//! `XML_FUZZ_SECONDS` makes it longer; the seed is printed, and `XML_FUZZ_SEED` repeats a run.

use super::{
    blueprint::{Host, Room, resized, volume_format},
    description::{Description, Source},
};
use crate::{Disk, Owner, Resize};
use libvirt_rpc::Domain;
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
    fmt::Write,
    hash::{BuildHasher, RandomState},
    time::{Duration, Instant},
};
use uuid::Uuid;

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

/// What this whole process may take at its peak, the other tests in it included. The longest texts here have a megabyte.
const PEAK_MAX_BYTES: usize = 256 << 20;
/// What one text may take, on a machine that does other things as well.
const TEXT_MAX: Duration = Duration::from_secs(5);

/// What libvirt said of machines of QEMU, on and off, and of one of its driver `test`; of a host, and of a pool.
const RECORDED: [&str; 5] = [
    include_str!("../../tests/exchange/qemu_running.xml"),
    include_str!("../../tests/exchange/qemu_off.xml"),
    include_str!("../../tests/exchange/test.xml"),
    include_str!("../../tests/exchange/capabilities.xml"),
    include_str!("../../tests/exchange/pool.xml"),
];

/// What breaks readers more often than chance does.
const PIECES: [&str; 16] = [
    "<",
    ">",
    "/>",
    "</domain>",
    "&#0;",
    "&lt;",
    "&a;",
    "]]>",
    "<![CDATA[",
    "<!--",
    "<!DOCTYPE a [<!ENTITY a 'b'>]>",
    "18446744073709551615",
    "-1",
    "<vcpu current='0'>3</vcpu>",
    "<memory unit='b'>18446744073709551615</memory>",
    "<o xmlns='urn:esu:owner:1'>a/b/c</o>",
];

/// One way of changing a text.
#[derive(Clone, Debug)]
enum Change {
    Replace(Index, char),
    Insert(Index, Index),
    Remove(Index, usize),
    Copy(Index, usize, Index),
    Truncate(Index),
    /// Many attributes, namespaces or elements in one place.
    Crowd(Index, Index, usize),
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let one = prop_oneof![
        20 => (any::<Index>(), any::<char>()).prop_map(|(at, letter)| Change::Replace(at, letter)),
        20 => (any::<Index>(), "[ -~]{1}").prop_map(|(at, text)| Change::Replace(at, text.chars().next().unwrap_or(' '))),
        30 => (any::<Index>(), any::<Index>()).prop_map(|(at, piece)| Change::Insert(at, piece)),
        20 => (any::<Index>(), 1usize..80).prop_map(|(at, length)| Change::Remove(at, length)),
        20 => (any::<Index>(), 1usize..300, any::<Index>()).prop_map(|(from, length, to)| Change::Copy(from, length, to)),
        5 => any::<Index>().prop_map(Change::Truncate),
        1 => (any::<Index>(), any::<Index>(), 1usize..30_000).prop_map(|(at, of, many)| Change::Crowd(at, of, many)),
    ];
    collection::vec(one, 1..5)
}

fn changed(text: &str, changes: &[Change]) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    for change in changes {
        let length = letters.len();
        if length == 0 {
            break;
        }
        match change {
            Change::Replace(at, letter) => letters[at.index(length)] = *letter,
            Change::Insert(at, piece) => {
                let at = at.index(length);
                drop(letters.splice(at..at, piece.get(&PIECES).chars()));
            }
            Change::Remove(at, many) => {
                let at = at.index(length);
                drop(letters.drain(at..length.min(at + many)));
            }
            Change::Copy(from, many, to) => {
                let (from, to) = (from.index(length), to.index(length));
                let piece = letters[from..length.min(from + many)].to_vec();
                drop(letters.splice(to..to, piece));
            }
            Change::Truncate(at) => letters.truncate(at.index(length)),
            Change::Crowd(at, of, many) => {
                let of: &fn(usize) -> String = of.get(&CROWDS);
                // In a tag, where attributes may be, as often as anywhere.
                let at = at.index(length);
                let end = letters[at..].iter().position(|letter| *letter == '>').map_or(at, |end| at + end);
                let crowd: String = (0..*many).map(of).collect();
                drop(letters.splice(end..end, crowd.chars()));
            }
        }
    }
    letters.into_iter().collect()
}

const CROWDS: [fn(usize) -> String; 4] = [
    |number| format!(" a{number}='1'"),
    |number| format!(" xmlns:n{number}='{number}'"),
    |number| format!("><b xmlns:n{number}='{number}'"),
    |_| "><a".to_owned(),
];

/// A text of which nothing is taken for markup or layout.
fn referred(text: &str) -> String {
    text.chars().fold(String::new(), |mut written, letter| {
        let _ = write!(written, "&#{};", u32::from(letter));
        written
    })
}

fn attribute(name: &str, value: Option<&str>) -> String {
    value.map(|value| format!(" {name}='{}'", referred(value))).unwrap_or_default()
}

/// The source of a disk that is read as this one.
fn source(disk: &Disk, source: &Source, own_key: &str) -> String {
    if let Source::Volume { pool, volume } = source {
        return attribute("pool", Some(pool)) + &attribute("volume", Some(volume));
    }
    if disk.path.is_some() || disk.key == own_key {
        return attribute("file", disk.path.as_deref());
    }
    // Where the protocol ends is told by the pool, which is the beginning of the name.
    let split = disk.key.match_indices(':').map(|(at, _)| (&disk.key[..at], &disk.key[at + 1..]));
    let mut fitting =
        split.filter(|(_, name)| name.split_once('/').map(|(pool, _)| pool) == disk.pool.as_deref());
    let (protocol, name) = fitting.next().expect("a place on a network");
    attribute("protocol", Some(protocol)) + &attribute("name", Some(name))
}

/// A description that says the same.
fn written(of: &Description, domain: &Domain) -> String {
    let mut xml = String::from("<domain><metadata>");
    if let Some(tag) = of.owner.tag() {
        let _ = write!(xml, "<o xmlns='urn:esu:owner:1'>{}</o>", referred(&tag));
    }
    if let Some(os) = &of.guest_os {
        let os = attribute("id", Some(os));
        let _ = write!(xml, "<os xmlns='http://libosinfo.org/xmlns/libvirt/domain/1.0'{os}/>");
    }
    let bytes = of.memory_kib.saturating_mul(1024);
    let _ = write!(xml, "</metadata><memory unit='b'>{bytes}</memory><vcpu>{}</vcpu><devices>", of.vcpu);
    for (disk, from) in &of.disks {
        let from = source(disk, from, &format!("{}/{}", domain.uuid, disk.target));
        let target = attribute("dev", Some(&disk.target));
        let boot = disk.boot_order.map(|order| format!("<boot order='{order}'/>")).unwrap_or_default();
        let _ = write!(xml, "<disk><source{from}/><target{target}/>{boot}</disk>");
    }
    for target in &of.shared {
        let target = attribute("dev", Some(target));
        let _ = write!(xml, "<disk device='cdrom'><target{target}/><readonly/></disk>");
    }
    for nic in &of.nics {
        let mac = attribute("address", Some(&nic.mac));
        let device = nic.device.as_deref();
        let device = device.map(|name| format!("<target{}/>", attribute("dev", Some(name))));
        let network = attribute("network", nic.network.as_deref());
        let device = device.unwrap_or_default();
        let _ = write!(xml, "<interface><mac{mac}/>{device}<source{network}/></interface>");
    }
    xml + "</devices></domain>"
}

/// Everything that is read of XML anywhere. Answers whether it was a machine's description.
fn check(xml: &str) -> bool {
    let begun = Instant::now();
    let domain = Domain { name: "web".into(), uuid: Uuid::from_u128(1), id: None };
    let _ = (Host::parse(xml), Room::parse(xml), volume_format(xml));
    let read = Description::parse(xml, &domain);
    if let Ok(description) = &read {
        let written = written(description, &domain);
        let mut again = Description::parse(&written, &domain).unwrap();
        if let Owner::Malformed(_) = description.owner {
            // Cut short, a tag that is none may become one.
            again.owner = description.owner.clone();
        }
        assert_eq!(&again, description, "{xml}\n{written}");
        let to = Resize { vcpu: Some(3), memory_mib: Some(7), ..Resize::default() };
        if let Ok(edited) = resized(xml, &to) {
            let edited = Description::parse(&edited, &domain).unwrap();
            assert_eq!((edited.vcpu, edited.memory_kib), (3, 7 << 10), "{xml}");
        }
    }
    assert!(begun.elapsed() < TEXT_MAX, "{:?} for {} bytes", begun.elapsed(), xml.len());
    read.is_ok()
}

#[test]
fn whatever_a_description_says_is_read_or_refused() {
    let given = |name| env::var(name).ok().map(|text| text.parse::<u64>().expect("a number"));
    let seed = given("XML_FUZZ_SEED").unwrap_or_else(|| RandomState::new().hash_one("seed"));
    println!("XML_FUZZ_SEED={seed}");
    assert_eq!(RECORDED.map(check), [true, true, true, false, false]);
    let key: Vec<u8> = seed.to_le_bytes().into_iter().cycle().take(32).collect();
    let mut runner =
        TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &key));
    let strategy = (any::<Index>(), changes());
    let end = Instant::now() + Duration::from_secs(given("XML_FUZZ_SECONDS").unwrap_or(3));
    let (mut read, mut all) = (0_u64, 0_u64);
    while Instant::now() < end {
        let (which, changes) = strategy.new_tree(&mut runner).unwrap().current();
        let recorded: &&str = which.get(&RECORDED);
        read += u64::from(check(&changed(recorded, &changes)));
        all += 1;
    }
    println!("{read} of {all} were descriptions");
    assert!(read > 0 && read < all, "{read} of {all} were read: the changes are too many or too few");
    let peak = ALLOCATED.peak_usage();
    assert!(peak < PEAK_MAX_BYTES, "{peak} bytes");
}
