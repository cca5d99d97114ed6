//! Bounded fuzzing of all that reads what the other side says: for some seconds, answers with bytes changed, and with
//! parts put elsewhere. Nothing panics, and what is read is within the limits.
//!
//! `SOAP_FUZZ_SECONDS` makes it longer; the seed is printed, and `SOAP_FUZZ_SEED` repeats a run.

use crate::{
    event::event,
    performance::{counter, series},
    property::Object,
    reference::Reference,
    session::{number, timestamp},
    transport::opened,
    update::update,
    xml::{Element, Limits, Malformed, parse},
};
use std::{
    env,
    hash::{BuildHasher, RandomState},
    time::{Duration, Instant},
};

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

fn check(text: &str) -> bool {
    let Ok(root) = parse(text, LIMITS) else { return false };
    assert!(read_all(&root, 1) <= LIMITS.elements);
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
}
