//! Averages over windows of time, added up to what a counter would show (P8).
//!
//! vSphere tells no counters of traffic, but averages over 20 s that it keeps for an hour. Each is added once: what was
//! added is remembered by the end of the last window, beside the sum. So a collector that begins anew goes on where the
//! one before was, as far as the hour reaches.

use collect::{Reading, TrafficReading};
use schemas::time::Instant;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How far what was added may lie ahead of the newest window: further, the hypervisor's clock was set back.
const AHEAD_MICROS: i64 = 2 * 60 * 1_000_000;

/// What was added so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sum {
    /// Bytes since the first window.
    pub bytes: i64,
    /// The end of the last window, by the hypervisor's clock.
    pub until: Instant,
}

/// A window: its end, its length in microseconds, and the bytes in it.
type Window = (Instant, i64, i64);

/// The windows of each address, in the order of time, with those of several interfaces of one address taken together.
/// None where a reading is no window, or there are more bytes than can be counted.
fn windows(readings: &[&TrafficReading]) -> Option<BTreeMap<String, Vec<Window>>> {
    let mut ends: BTreeMap<(&str, Instant), (i64, i64)> = BTreeMap::new();
    for one in readings {
        let Reading::Window { until, length } = one.reading else { return None };
        let length = i64::try_from(length.as_micros()).ok().filter(|length| *length > 0)?;
        let bytes = i64::try_from(one.received_bytes.checked_add(one.sent_bytes)?).ok()?;
        let (longest, sum) = ends.entry((&one.mac, until.into())).or_insert((length, 0));
        *longest = length.max(*longest);
        *sum = sum.checked_add(bytes)?;
    }
    let mut windows: BTreeMap<String, Vec<Window>> = BTreeMap::new();
    for ((mac, until), (length, bytes)) in ends {
        windows.entry(mac.to_owned()).or_default().push((until, length, bytes));
    }
    Some(windows)
}

/// Adds the windows of a machine to what was added before, and answers the sum of each address: of one that is new
/// nothing is counted yet. None where they cannot be added; nothing is added then.
pub(super) fn add(
    sums: &mut BTreeMap<String, Sum>,
    readings: &[&TrafficReading],
) -> Option<BTreeMap<String, i64>> {
    let mut added = sums.clone();
    for (mac, windows) in windows(readings)? {
        let Some((last, ..)) = windows.last() else { continue };
        let sum = added.entry(mac).or_insert(Sum { bytes: 0, until: *last });
        if sum.until.micros().saturating_sub(last.micros()) > AHEAD_MICROS {
            sum.until = *last;
        }
        for (until, length, bytes) in windows {
            let new = until.micros().saturating_sub(sum.until.micros()).min(length);
            if new <= 0 {
                continue;
            }
            // Of a window that was added in part, the rest.
            let part = i128::from(bytes) * i128::from(new) / i128::from(length);
            sum.bytes = sum.bytes.checked_add(i64::try_from(part).ok()?)?;
            sum.until = until;
        }
    }
    *sums = added;
    Some(sums.iter().map(|(mac, sum)| (mac.clone(), sum.bytes)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const MAC: &str = "00:0c:29:00:00:01";

    fn window(until_s: i64, bytes: u64) -> TrafficReading {
        let until = jiff::Timestamp::from_second(1_700_000_000 + until_s).unwrap();
        let reading = Reading::Window { until, length: Duration::from_secs(20) };
        TrafficReading { mac: MAC.into(), received_bytes: bytes, sent_bytes: 0, reading }
    }

    fn add_all(sums: &mut BTreeMap<String, Sum>, windows: &[(i64, u64)]) -> Option<i64> {
        let readings: Vec<TrafficReading> = windows.iter().map(|(at, bytes)| window(*at, *bytes)).collect();
        add(sums, &readings.iter().collect::<Vec<_>>())?.get(MAC).copied()
    }

    #[test]
    fn each_window_is_added_once_however_often_it_is_told() {
        let mut sums = BTreeMap::new();
        assert_eq!(add_all(&mut sums, &[(0, 7), (20, 9)]), Some(0), "counting begins with the first look");
        assert_eq!(add_all(&mut sums, &[(20, 9), (60, 4), (40, 100)]), Some(104));
        assert_eq!(add_all(&mut sums, &[(0, 7), (20, 9), (40, 100), (60, 4)]), Some(104));
        // A collector that begins anew has what was stored last, and all that the host still has.
        let mut stored: BTreeMap<String, Sum> =
            serde_json::from_str(&serde_json::to_string(&sums).unwrap()).unwrap();
        assert_eq!(add_all(&mut stored, &[(40, 100), (60, 4), (80, 1), (100, 2)]), Some(107));
    }

    #[test]
    fn of_windows_that_overlap_time_counts_once() {
        let mut sums = BTreeMap::new();
        add_all(&mut sums, &[(0, 1)]);
        assert_eq!(add_all(&mut sums, &[(5, 20)]), Some(5));
        assert_eq!(add_all(&mut sums, &[(10, 40)]), Some(15));
        assert_eq!(add_all(&mut sums, &[(60, 40)]), Some(55), "what nobody measured is not guessed");
    }

    #[test]
    fn a_clock_that_is_set_back_stops_no_counting() {
        let mut sums = BTreeMap::new();
        add_all(&mut sums, &[(86_400, 1)]);
        assert_eq!(add_all(&mut sums, &[(86_420, 3)]), Some(3));
        assert_eq!(add_all(&mut sums, &[(0, 5), (20, 5)]), Some(3), "what was counted of these is not known");
        assert_eq!(add_all(&mut sums, &[(20, 5), (40, 4)]), Some(7));
    }

    #[test]
    fn several_interfaces_of_one_address_count_together_and_too_much_counts_not_at_all() {
        let mut sums = BTreeMap::new();
        add_all(&mut sums, &[(0, 1)]);
        assert_eq!(add_all(&mut sums, &[(20, 3), (20, 4)]), Some(7));
        assert_eq!(add_all(&mut sums, &[(40, u64::MAX)]), None);
        assert_eq!(add_all(&mut sums, &[(40, 1)]), Some(8));
    }
}
