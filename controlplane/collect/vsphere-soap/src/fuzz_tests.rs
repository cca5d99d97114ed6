//! Bounded fuzzing of all that reads what the other side says: for some seconds, answers with bytes changed, and with
//! parts put elsewhere. Nothing panics, what is read is within the limits, and is the same when it is written and read
//! again.
//!
//! `SOAP_FUZZ_SECONDS` makes it longer; the seed is printed, and `SOAP_FUZZ_SEED` repeats a run.

use crate::{
    body::Body,
    event::event,
    performance::{counter, series},
    property::Object,
    reference::Reference,
    session::{number, timestamp},
    transport::opened,
    update::update,
    xml::{Element, Limits, Malformed, parse},
};
use peak_alloc::PeakAlloc;
use std::{
    env,
    hash::{BuildHasher, RandomState},
    time::{Duration, Instant},
};

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

/// What this whole process may take at its peak, the other tests in it included. Texts here have some thousand bytes.
const PEAK_MAX_BYTES: usize = 64 << 20;

const ANSWERS: [&str; 6] = [
    include_str!("../tests/exchange/service_content.xml"),
    include_str!("../tests/exchange/page_1.xml"),
    include_str!("../tests/exchange/query_perf.xml"),
    include_str!("../tests/exchange/query_events.xml"),
    include_str!("../tests/exchange/updates.xml"),
    include_str!("../tests/exchange/fault.xml"),
];

/// What breaks readers more often than chance does.
const PIECES: [&str; 12] = [
    "<",
    ">",
    "</",
    "/>",
    "&#0;",
    "&lt;",
    "]]>",
    "<![CDATA[",
    "-9223372036854775808",
    "\u{0}",
    " xsi:type=\"\"",
    "<val>",
];

const LIMITS: Limits = Limits { bytes: 10_000, elements: 300, depth: 12, kept: 12 };

/// Random numbers: xorshift.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit.max(1) as u64).unwrap()
    }
}

fn changed(random: &mut Random) -> String {
    let mut text: Vec<char> = ANSWERS[random.below(ANSWERS.len())].chars().collect();
    for _ in 0..=random.below(6) {
        let (at, to) = (random.below(text.len()), random.below(text.len()));
        match random.below(5) {
            0 => text[at] = char::from_u32(u32::try_from(random.below(0x300)).unwrap()).unwrap(),
            1 => drop(text.drain(at.min(to)..at.max(to).min(at.min(to) + 60))),
            2 => drop(text.splice(at..at, PIECES[random.below(PIECES.len())].chars())),
            3 => {
                let piece: Vec<char> = text[at.min(to)..at.max(to).min(at.min(to) + 200)].to_vec();
                drop(text.splice(to..to, piece));
            }
            _ => text.truncate(at.max(1)),
        }
    }
    text.into_iter().collect()
}

/// Everything that is read of an element anywhere.
fn read_all(element: &Element, depth: usize) -> usize {
    assert!(depth <= LIMITS.depth);
    let _: Result<_, Malformed> = Object::read(element);
    let _: Result<_, Malformed> = Reference::read(element);
    let _: (Result<i64, _>, Result<u32, _>) = (number(element), number(element));
    let _ = (timestamp(element), update(element), counter(element));
    let _ = event(1, jiff::Timestamp::UNIX_EPOCH, element);
    if let Ok(series) = series(element) {
        assert!(series.values.values().all(|values| values.len() == series.samples.len()));
    }
    1 + element.children.iter().map(|child| read_all(child, depth + 1)).sum::<usize>()
}

/// Whether XML can say an element as it was read: its names are names, and its text has no end of a line that XML
/// takes for another.
fn can_be_said(element: &Element) -> bool {
    let is_name = |name: &str| {
        name.starts_with(|letter: char| letter.is_ascii_alphabetic())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    let types = [&element.kind, &element.object].into_iter().flatten();
    let mut texts = types.map(|text| &**text).chain([&*element.text]);
    is_name(&element.name)
        && texts.all(|text| !text.contains(['\r', '\n', '\t']))
        && element.children.iter().all(can_be_said)
}

/// What is given back to the other side is what was read.
fn check_written(root: &Element) {
    let envelope = Body::default().element("it", root).envelope("Call");
    let limits = Limits { bytes: usize::MAX, elements: LIMITS.elements + 3, depth: 64, kept: 64 };
    let read = parse(&envelope, limits).unwrap();
    let again = ["Body", "Call", "it"].into_iter().try_fold(&read, |at, name| at.child(name)).unwrap();
    assert_eq!(again, &Element { name: "it".into(), ..root.clone() });
}

fn check(text: &str) -> bool {
    let Ok(root) = parse(text, LIMITS) else { return false };
    assert!(read_all(&root, 1) <= LIMITS.elements);
    if can_be_said(&root) {
        check_written(&root);
    }
    for call in
        ["QueryPerf", "QueryEvents", "WaitForUpdatesEx", "RetrievePropertiesEx", "RetrieveServiceContent"]
    {
        let _: Result<_, Malformed> = opened(root.clone(), call);
    }
    true
}

#[test]
fn whatever_the_other_side_says_is_read_or_refused() {
    assert!(ANSWERS.iter().all(|answer| check(answer)));
    let given = |name| env::var(name).ok().map(|text| text.parse().expect("a number"));
    let seed = given("SOAP_FUZZ_SEED").unwrap_or_else(|| RandomState::new().hash_one(1) | 1);
    println!("SOAP_FUZZ_SEED={seed}");
    let end = Instant::now() + Duration::from_secs(given("SOAP_FUZZ_SECONDS").unwrap_or(3));
    let (mut random, mut read, mut all) = (Random(seed), 0_u64, 0_u64);
    while Instant::now() < end {
        let text = changed(&mut random);
        read += u64::from(check(&text));
        all += 1;
    }
    assert!(read > 0 && read < all, "{read} of {all} were read: the changes are too many or too few");
    let peak = ALLOCATED.peak_usage();
    assert!(peak < PEAK_MAX_BYTES, "{peak} bytes");
}
