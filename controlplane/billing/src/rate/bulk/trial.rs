//! One sheet tried under one catalogue.

use super::{
    Line, Member, Sheet,
    calendar::{Calendar, Unit},
    column::{Column, Rows, Share},
    kernel::{Tariff, full_periods, shares},
    ordinal::{Anchored, Bounded, Civil, Fixed, Hours, LocalDays, LocalMonths, Minutes, Ordinal},
};
use crate::rate::{
    Charge, Grant, PlanVersion, RateError, Resource, Window,
    item::{Scene, Walk},
    line::{Days, Label},
    metered,
    plan::{Plans, Terms},
};
use jiff::tz::TimeZone;
use schemas::{
    money::Price,
    resource::tariff_plan::{Charging, Period, PlanItem},
    service::{Measure, Service},
    time::Instant,
};
use std::{cell::OnceCell, collections::BTreeMap};

const MINUTE: u64 = 60_000_000;
const HOUR: u64 = 3_600_000_000;

/// The service that stands for promotions: it is charged by the piece.
const PROMOTED: Service = Service::KvmCpu;

/// A sheet with the terms of its contracts, and what a window needs to know of their zones.
pub(super) struct Trial<'a> {
    window: Window,
    members: Vec<(Result<Standing<'a>, RateError>, usize)>,
    zones: Vec<Zone>,
    /// A price of 10^-7 rubles a day, of which a promotion is so many.
    promotion: PlanVersion,
}

/// The terms of a contract.
enum Standing<'a> {
    /// It was on one version of one plan from the first on.
    One(Terms<'a>),
    Many(Plans<'a>),
}

/// What a window needs to know of a zone.
struct Zone {
    calendar: Calendar,
    days: OnceCell<Days>,
}

impl<'a> Trial<'a> {
    /// A trial of `sheet` under `versions` for the instants of `window`.
    pub(super) fn new(sheet: &Sheet, versions: &'a [PlanVersion], window: Window) -> Self {
        let mut catalogue: BTreeMap<i64, Vec<&'a PlanVersion>> = BTreeMap::new();
        for version in versions {
            catalogue.entry(version.plan).or_default().push(version);
        }
        let member = |member: &Member| (standing(member, versions, &catalogue, window.to), member.zone);
        let since = sheet.since.unwrap_or(window.to.micros());
        let window = Window { from: window.from.max(Instant::from_micros(since)), ..window };
        let zone = |zone: &TimeZone| Zone {
            calendar: Calendar::new(zone.clone(), since, window.to.micros()),
            days: OnceCell::new(),
        };
        let price = Grant::item(Price::from_units(1).unwrap_or_default());
        let items = BTreeMap::from([(PROMOTED, price)]);
        Self {
            window,
            members: sheet.members.iter().map(member).collect(),
            zones: sheet.zones.iter().map(zone).collect(),
            promotion: PlanVersion { plan: 0, version: 0, from: Instant::MIN, items },
        }
    }

    /// What each contract costs without its resources: nothing, or an error.
    pub(super) fn nothing(&self) -> Vec<Result<i128, RateError>> {
        self.members.iter().map(|(terms, _)| terms.as_ref().map(|_| 0).map_err(Clone::clone)).collect()
    }

    /// What the rows of a contract cost in the window, in 10^-7 rubles.
    ///
    /// # Errors
    /// When they cannot be charged.
    pub(super) fn cost(&self, line: Line, column: &Column, share: &Share) -> Result<i128, RateError> {
        let Some((Ok(standing), zone)) = self.members.get(share.contract) else { return Ok(0) };
        let Some(zone) = self.zones.get(*zone) else { return Ok(0) };
        let (service, item) = match (line, standing) {
            (Line::Promotion, _) => (PROMOTED, self.promotion.items.get(&PROMOTED).copied()),
            (Line::Item(service), Standing::One(terms)) => {
                (service, Some(terms.item(service)).filter(|_| terms.from.micros() <= share.since))
            }
            (Line::Item(service), Standing::Many(plans)) => {
                let sole = plans.sole_item(service);
                (service, sole.filter(|(_, from)| from.micros() <= share.since).map(|(item, _)| item))
            }
        };
        let counted = item.and_then(|item| self.counted(service, item, column.rows(share), share, zone));
        match (counted, line, standing) {
            (Some(cost), ..) => Ok(cost),
            (None, Line::Promotion, _) => {
                self.walked(service, column, share, &Plans::only(&self.promotion), zone)
            }
            (None, Line::Item(_), Standing::One(terms)) => {
                self.walked(service, column, share, &Plans::of(*terms), zone)
            }
            (None, Line::Item(_), Standing::Many(plans)) => self.walked(service, column, share, plans, zone),
        }
    }

    /// What the rows cost under an item that stays as it is; `None` where the kernel cannot tell.
    fn counted(
        &self,
        service: Service,
        item: PlanItem,
        rows: Rows<'_>,
        share: &Share,
        zone: &Zone,
    ) -> Option<i128> {
        let before = |end: Instant| {
            if end.micros() <= share.since {
                return Some(0);
            }
            upto(service, &item, rows, &zone.calendar, end.micros()).map(i128::from)
        };
        before(self.window.to)?.checked_sub(before(self.window.from)?)
    }

    /// What the traffic of a resource costs in the window, in 10^-7 rubles.
    ///
    /// # Errors
    /// When it cannot be charged.
    pub(super) fn metered(
        &self,
        place: usize,
        resource: &Resource,
        contract: i64,
    ) -> Result<i128, RateError> {
        let Some((Ok(standing), zone)) = self.members.get(place) else { return Ok(0) };
        let Some(zone) = self.zones.get(*zone) else { return Ok(0) };
        let scene = self.scene(zone);
        let charges = match standing {
            Standing::One(terms) => metered::charges(scene, &Plans::of(*terms), resource, contract),
            Standing::Many(plans) => metered::charges(scene, plans, resource, contract),
        };
        Ok(charges?.iter().map(units).fold(0, i128::saturating_add))
    }

    /// What a walk needs to know of a zone.
    fn scene<'z>(&self, zone: &'z Zone) -> Scene<'z> {
        let name = &zone.calendar.zone;
        let days = zone.days.get_or_init(|| Days::new(self.window, self.window, name));
        Scene { zone: name, days, end: self.window.to }
    }

    /// What the rows cost, walked along resource by resource.
    fn walked(
        &self,
        service: Service,
        column: &Column,
        share: &Share,
        plans: &Plans<'_>,
        zone: &Zone,
    ) -> Result<i128, RateError> {
        let scene = self.scene(zone);
        let mut cost: i128 = 0;
        for (resource, rows) in column.lives(share) {
            let mut walk = Walk::new(scene, plans, (resource, service), Label::ITEM);
            for stretch in rows.stretches(self.window.to) {
                walk.step(stretch)?;
            }
            cost = walk.finish()?.iter().map(units).fold(cost, i128::saturating_add);
        }
        Ok(cost)
    }
}

/// The terms of a contract before `to`.
fn standing<'a>(
    member: &Member,
    versions: &'a [PlanVersion],
    catalogue: &BTreeMap<i64, Vec<&'a PlanVersion>>,
    to: Instant,
) -> Result<Standing<'a>, RateError> {
    if let [only] = member.contract.plan_moves.as_slice()
        && let Some([version]) = catalogue.get(&only.plan).map(Vec::as_slice)
        && version.from <= only.at
        && only.at < to
    {
        return Ok(Standing::One(Terms { from: only.at, version }));
    }
    Plans::new(&member.contract, versions, to).map(Standing::Many)
}

/// What a charge costs, in 10^-7 rubles.
fn units(charge: &Charge) -> i128 {
    i128::from(charge.total.units())
}

/// What rows cost before `end`, in 10^-7 rubles; `None` where the kernel cannot tell.
fn upto(service: Service, item: &PlanItem, rows: Rows<'_>, calendar: &Calendar, end: i64) -> Option<u64> {
    let offsets = || calendar.offsets();
    let starts = |unit| calendar.starts(unit).map(Civil);
    let cost = Cost { service, item, rows, end };
    if item.charging == Charging::Prorated {
        // Shares are booked at the end of each civil day.
        let days = calendar.starts(Unit::Day)?;
        let times = (days.around(end)?.0, end);
        return match (item.period, item.calendar) {
            (Period::Minute, false) => cost.shared(&Fixed::<MINUTE>, times),
            (Period::Hour, false) => cost.shared(&Fixed::<HOUR>, times),
            (Period::Day, true) => cost.shared(&Civil(days), times),
            (Period::Month, true) => cost.shared(&starts(Unit::Month)?, times),
            (Period::Year, true) => cost.shared(&starts(Unit::Year)?, times),
            (Period::Minute | Period::Hour, true) | (Period::Day | Period::Month | Period::Year, false) => {
                None
            }
        };
    }
    match (item.period, item.calendar) {
        (Period::Minute, false) => cost.by(&Fixed::<MINUTE>),
        (Period::Hour, false) => cost.by(&Fixed::<HOUR>),
        (Period::Minute, true) => cost.by(&Minutes(offsets()?)),
        (Period::Hour, true) => cost.by(&Hours(offsets()?)),
        (Period::Day, true) => cost.by(&starts(Unit::Day)?),
        (Period::Month, true) => cost.by(&starts(Unit::Month)?),
        (Period::Year, true) => cost.by(&starts(Unit::Year)?),
        (Period::Day, false) => cost.by(&anchored(calendar, item, LocalDays)?),
        (Period::Month, false) => cost.by(&anchored(calendar, item, LocalMonths::<1>(calendar.dates()?))?),
        (Period::Year, false) => cost.by(&anchored(calendar, item, LocalMonths::<12>(calendar.dates()?))?),
    }
}

/// Rows whose cost is wanted.
struct Cost<'a> {
    service: Service,
    item: &'a PlanItem,
    rows: Rows<'a>,
    end: i64,
}

impl Cost<'_> {
    /// What they cost by periods that `ordinal` counts.
    fn by<O: Ordinal>(&self, ordinal: &O) -> Option<u64> {
        let Self { service, item, rows, end } = *self;
        match service.info().measure {
            Measure::Pc => full_periods(rows, ordinal, Tariff::<0>::new(item), end),
            Measure::Gb => full_periods(rows, ordinal, Tariff::<10>::new(item), end),
        }
    }

    /// What they cost by the share of periods that `ordinal` counts.
    fn shared<O: Bounded>(&self, ordinal: &O, times: (i64, i64)) -> Option<u64> {
        let Self { service, item, rows, .. } = *self;
        match service.info().measure {
            Measure::Pc => shares(rows, ordinal, Tariff::<0>::new(item), times),
            Measure::Gb => shares(rows, ordinal, Tariff::<10>::new(item), times),
        }
    }
}

/// The periods of an item from an anchor on.
fn anchored<'a, L>(calendar: &'a Calendar, item: &PlanItem, local: L) -> Option<Anchored<'a, L>> {
    Some(Anchored { calendar, offsets: calendar.offsets()?, period: item.period, local })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may")]
mod tests {
    use super::*;
    use crate::{rate::Contract, workload::Workload};
    use schemas::resource::tariff_plan::While;

    /// Whether the kernel tells what an item costs, and that it comes to what the walk along the same rows does.
    fn is_counted(sheet: &Sheet, window: Window, item: PlanItem) -> bool {
        let plan = Workload::plan(1);
        let trial = Trial::new(sheet, &plan, window);
        let mut told = Vec::new();
        for (line, column) in &sheet.columns {
            let Line::Item(service) = *line else { continue };
            let items = BTreeMap::from([(service, item)]);
            let version = PlanVersion { plan: 1, version: 1, from: Instant::MIN, items };
            // What begins later costs nothing, which needs no kernel.
            for share in column.shares.iter().filter(|share| share.since < window.to.micros()) {
                let zone = &trial.zones[trial.members[share.contract].1];
                let walked = trial.walked(service, column, share, &Plans::only(&version), zone).unwrap();
                let counted = trial.counted(service, item, column.rows(share), share, zone);
                assert!(counted.is_none_or(|cost| cost == walked), "{service:?} {item:?}");
                told.push(counted.is_some());
            }
        }
        assert!(told.iter().all(|is_told| *is_told == told[0]), "{item:?}");
        told[0]
    }

    /// The long way is right too: only this tells whether it is taken where it need not be.
    #[test]
    fn every_period_is_counted_without_a_walk() {
        let mut clients = Workload::new(3).unwrap();
        let mut sheet = Sheet::default();
        for _ in 0..2 {
            let (contract, resources) = clients.client();
            sheet.push(&contract, &resources).unwrap();
        }
        let year = Workload::window();
        // One begins where a day, a month and a year do.
        let (contract, mut resources) = clients.client();
        let contract = Contract { zone: TimeZone::UTC, ..contract };
        resources[0].intervals[0].from = year.from;
        sheet.push(&contract, &resources[..1]).unwrap();
        let day = |number: i64| Instant::from_micros(year.from.micros() + number * 86_400_000_000);
        for period in [Period::Minute, Period::Hour, Period::Day, Period::Month, Period::Year] {
            let is_short = matches!(period, Period::Minute | Period::Hour);
            let window = if is_short { Window { from: day(3), to: day(9) } } else { year };
            for (calendar, charging, charged_while) in [
                (false, Charging::FullPeriod, While::Exists),
                (true, Charging::FullPeriod, While::Running),
                (false, Charging::Prorated, While::Running),
                (true, Charging::Prorated, While::Exists),
            ] {
                let price = Price::from_units(33_333_337).unwrap();
                let item = PlanItem { price, period, calendar, charging, charged_while };
                // Shares of periods that nobody asks for are walked.
                let is_expected = charging == Charging::FullPeriod || calendar != is_short;
                assert_eq!(is_counted(&sheet, window, item), is_expected, "{item:?}");
            }
        }
    }
}
