//! Bounded fuzzing of all that reads what the other side says: for some seconds, answers with bytes changed, and with
//! parts put elsewhere, some of them many times over. Nothing panics, what is read is within the limits, small ones and
//! those that are in force, and is the same when it is written and read again.
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
    update::{self, update},
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

/// What this whole process may take at its peak, the other tests in it included. Texts here have up to a million bytes.
const PEAK_MAX_BYTES: usize = 128 << 20;

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

/// Limits that texts here go beyond.
const SMALL: Limits = Limits { bytes: 10_000, elements: 300, depth: 12, kept: 12 };

/// One in so many texts has a part of it many times over, or deep inside.
const SWOLLEN: usize = 50;

/// How often it is there at most, and within how many others.
const TIMES: usize = 5000;
const DEEP: usize = 100;

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

/// An answer in which an element without others in it is there many times, or within many others.
fn swollen(random: &mut Random) -> String {
    let text = ANSWERS[random.below(ANSWERS.len())];
    let ends: Vec<usize> = text.match_indices("</").map(|(at, _)| at).collect();
    let end = ends[random.below(ends.len())];
    let (from, to) = (text[..end].rfind('<').unwrap(), end + text[end..].find('>').unwrap() + 1);
    let piece = &text[from..to];
    let piece = match random.below(2) {
        0 => piece.repeat(random.below(TIMES)),
        _ => {
            let depth = random.below(DEEP);
            format!("{}{piece}{}", "<val>".repeat(depth), "</val>".repeat(depth))
        }
    };
    format!("{}{piece}{}", &text[..from], &text[to..])
}

fn changed(random: &mut Random) -> String {
    if random.below(SWOLLEN) == 0 {
        return swollen(random);
    }
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
fn read_all(element: &Element, limits: Limits, depth: usize) -> usize {
    assert!(depth <= limits.depth && depth <= limits.kept);
    let _: Result<_, Malformed> = Object::read(element);
    let _: Result<_, Malformed> = Reference::read(element);
    let _: (Result<i64, _>, Result<u32, _>) = (number(element), number(element));
    let _ = (timestamp(element), update(element), counter(element));
    let _ = event(1, jiff::Timestamp::UNIX_EPOCH, element);
    if let Ok(series) = series(element) {
        assert!(series.values.values().all(|values| values.len() == series.samples.len()));
    }
    1 + element.children.iter().map(|child| read_all(child, limits, depth + 1)).sum::<usize>()
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
    let limits = Limits { bytes: usize::MAX, elements: usize::MAX, depth: 100, kept: 100 };
    let read = parse(&envelope, limits).unwrap();
    let again = ["Body", "Call", "it"].into_iter().try_fold(&read, |at, name| at.child(name)).unwrap();
    assert_eq!(again, &Element { name: "it".into(), ..root.clone() });
}

fn check(text: &str, limits: Limits) -> bool {
    let Ok(root) = parse(text, limits) else { return false };
    assert!(text.len() <= limits.bytes && read_all(&root, limits, 1) <= limits.elements);
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
    let all_limits = [SMALL, Limits::default(), update::LIMITS];
    assert!(ANSWERS.iter().all(|answer| all_limits.iter().all(|limits| check(answer, *limits))));
    let given = |name| env::var(name).ok().map(|text| text.parse().expect("a number"));
    let seed = given("SOAP_FUZZ_SEED").unwrap_or_else(|| RandomState::new().hash_one(1) | 1);
    println!("SOAP_FUZZ_SEED={seed}");
    let end = Instant::now() + Duration::from_secs(given("SOAP_FUZZ_SECONDS").unwrap_or(3));
    let (mut random, mut read, mut all, mut beyond) = (Random(seed), 0_u64, 0_u64, 0_u64);
    while Instant::now() < end {
        let text = changed(&mut random);
        let [small, default, shallow] = all_limits.map(|limits| check(&text, limits));
        assert!(!small || default, "what is within small limits is within others");
        assert_eq!(default, shallow, "what is not kept is checked all the same");
        read += u64::from(small);
        beyond += u64::from(default && !small);
        all += 1;
    }
    assert!(beyond > 0, "none of {all} was only within the limits that are in force");
    assert!(read > 0 && read < all, "{read} of {all} were read: the changes are too many or too few");
    let peak = ALLOCATED.peak_usage();
    assert!(peak < PEAK_MAX_BYTES, "{peak} bytes");
}
