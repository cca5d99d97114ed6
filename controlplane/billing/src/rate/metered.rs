//! Traffic: what a counter showed, by the period (M1, P8).

use super::{
    Charge, RateError, Resource, Window,
    item::{Scene, before, divide_half_even},
    line::{Label, Lines, Sum},
    plan::{Plans, Terms},
};
use crate::{
    observation::{Reading, is_owned},
    period::Boundaries,
};
use schemas::{resource::tariff_plan::PlanItem, service::Service, time::Instant};
use std::collections::BTreeMap;

/// The service that is metered.
const SERVICE: Service = Service::Bandwidth;

/// Bytes in a GB, the base units of its price (Q1).
const BYTES_PER_GB: i128 = 1 << 30;

/// What was used between two readings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Use {
    from: Instant,
    to: Instant,
    bytes: u64,
}

impl Use {
    /// How much of it was used before `instant`: by time, rounded down, so that the remainder comes later.
    fn before(&self, instant: Instant) -> Option<u64> {
        let whole = self.to.micros().checked_sub(self.from.micros())?;
        let part = instant.clamp(self.from, self.to).micros().checked_sub(self.from.micros())?;
        let product = u128::from(self.bytes).checked_mul(u128::try_from(part).ok()?)?;
        u64::try_from(product.checked_div(u128::try_from(whole).ok()?)?).ok()
    }
}

/// What each pair of a counter's readings shows, of all counters together. A counter that was reset counts from 0: never
/// a maximum, never less than nothing (P8). What its first reading shows was used before anybody looked.
fn uses(readings: &[Reading]) -> Option<Vec<Use>> {
    let mut uses: Vec<Use> = Vec::with_capacity(readings.len());
    let Some(first) = readings.first() else { return Some(uses) };
    let mut last: BTreeMap<u32, &Reading> = BTreeMap::new();
    let (mut from, mut bytes) = (first.at, 0_u64);
    for reading in readings {
        let more = match last.insert(reading.counter, reading) {
            None => 0,
            Some(last) if reading.incarnation == last.incarnation => {
                reading.bytes.checked_sub(last.bytes).unwrap_or(reading.bytes)
            }
            Some(_) => reading.bytes,
        };
        // Of two readings at one instant, or a clock that went back, the later one shows use of the time before.
        match uses.last_mut().filter(|_| reading.at <= from) {
            Some(used) => used.bytes = used.bytes.checked_add(more)?,
            None => bytes = bytes.checked_add(more)?,
        }
        if reading.at > from {
            uses.push(Use { from, to: reading.at, bytes });
            (from, bytes) = (reading.at, 0);
        }
    }
    Some(uses)
}

/// The metered charges of `resource`.
///
/// # Errors
/// When a number does not fit.
pub(super) fn charges(
    scene: Scene<'_>,
    plans: &Plans<'_>,
    resource: &Resource,
    contract: i64,
) -> Result<Vec<Charge>, RateError> {
    let overflow = RateError::Overflow { resource: resource.id, service: SERVICE };
    let Some(first) = resource.readings.first() else { return Ok(Vec::new()) };
    let uses = uses(&resource.readings).ok_or_else(|| overflow.clone())?;
    let owned = resource.intervals.iter().filter(|interval| is_owned(&interval.shape, contract));
    let owned = owned.map(|it| Window { from: it.from, to: it.to.unwrap_or(Instant::MAX) }).collect();
    let mut meter = Meter { scene, plans, uses, owned, lines: Lines::default() };
    for life in lives(resource) {
        meter.live(Window { from: life.from.max(first.at), ..life }).ok_or_else(|| overflow.clone())?;
    }
    meter.lines.finish(resource.id, SERVICE, Label::METERED).ok_or(overflow)
}

/// When a resource existed: intervals that follow one another as one.
fn lives(resource: &Resource) -> Vec<Window> {
    let mut lives: Vec<Window> = Vec::new();
    for interval in &resource.intervals {
        let to = interval.to.unwrap_or(Instant::MAX);
        match lives.last_mut().filter(|life| life.to == interval.from) {
            Some(life) => life.to = to,
            None => lives.push(Window { from: interval.from, to }),
        }
    }
    lives
}

/// The walk along a counter.
struct Meter<'a> {
    scene: Scene<'a>,
    plans: &'a Plans<'a>,
    /// In order, apart from one another.
    uses: Vec<Use>,
    /// When the contract had the resource.
    owned: Vec<Window>,
    lines: Lines,
}

impl Meter<'_> {
    /// The periods of one life. `None` if a number does not fit.
    fn live(&mut self, life: Window) -> Option<()> {
        let read_to = self.uses.last().map_or(Instant::MIN, |last| last.to);
        let mut running: Option<(Boundaries, PlanItem)> = None;
        let mut now = life.from;
        while now < life.to.min(self.scene.end) {
            let Some(terms) = self.plans.at(now) else {
                let Some(change) = self.plans.change_after(now) else { break };
                now = change;
                continue;
            };
            let item = terms.item(SERVICE);
            let same = running.filter(|(_, it)| (it.period, it.calendar) == (item.period, item.calendar));
            let boundaries = same.map_or_else(
                || Boundaries::new(now, item.period, item.calendar, self.scene.zone.clone()),
                |(boundaries, _)| boundaries,
            );
            now = self.passed_over(now, &boundaries);
            // The last period ends with the resource: nothing is read of it any more.
            let end = boundaries.after(now).map_or(life.to, |end| end.min(life.to));
            if read_to < end && life.to == Instant::MAX {
                break;
            }
            self.charge(now, end, terms, item)?;
            running = Some((boundaries, item));
            now = end;
        }
        Some(())
    }

    /// The beginning of the last period under the same terms that ends before none of the wanted days begins.
    fn passed_over(&self, now: Instant, boundaries: &Boundaries) -> Instant {
        let change = self.plans.change_after(now).unwrap_or(Instant::MAX);
        let limit = self.scene.days.begin().map_or(change, |begin| begin.min(change));
        boundaries.last_at_or_before(before(limit)).map_or(now, |last| last.max(now))
    }

    /// Charges the use of a period at its end (M1).
    fn charge(&mut self, from: Instant, end: Instant, terms: Terms<'_>, item: PlanItem) -> Option<()> {
        let Some(day) = self.scene.days.of(before(end)) else { return Some(()) };
        let bytes = self.used(from, end)?;
        if bytes == 0 {
            return Some(());
        }
        let product = i128::from(item.price.units()).checked_mul(bytes.into())?;
        let amount = divide_half_even(product, BYTES_PER_GB)?;
        self.lines.add(day, terms, item, Sum { starts: 1, rises: 0, quantity: bytes.into(), amount })
    }

    /// The bytes that the contract used in `[from, to)`.
    fn used(&self, from: Instant, to: Instant) -> Option<u64> {
        let first = self.uses.partition_point(|used| used.to <= from);
        let mut bytes = 0_u64;
        for used in self.uses.get(first..)?.iter().take_while(|used| used.from < to) {
            for window in &self.owned {
                let (from, to) = (from.max(window.from), to.min(window.to));
                if from < to {
                    bytes = bytes.checked_add(used.before(to)?.checked_sub(used.before(from)?)?)?;
                }
            }
        }
        Some(bytes)
    }
}
