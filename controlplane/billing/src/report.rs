//! From charges to the consumption report that clients and accountants read (7.8-04 to 7.8-07).

use crate::{
    observation::{Kind, is_owned},
    period::civil_day,
    rate::{Charge, Resource},
};
use jiff::{Span, civil::Date, tz::TimeZone};
use schemas::{
    money::Money,
    resource::tariff_plan::Period,
    service::{Measure, Service},
    time::Instant,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    iter,
};
use uuid::Uuid;

/// How long one section of a report is (7.8-04).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// A civil day.
    #[default]
    Day,
    /// A week, Monday to Sunday.
    Week,
    /// A month.
    Month,
    /// A year.
    Year,
}

/// A report: sections by date, objects within, services within those. Amounts are what a client's balance moves by:
/// negative.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Sections with charges or unknown times, in order of date.
    pub sections: Vec<Section>,
    /// The sum of the sections.
    pub amount: Money,
}

/// One date of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// The day, or the first day of the week, month or year, even if the report begins later.
    pub date: Date,
    /// What was charged, by object, in the order of kinds and short names.
    pub objects: Vec<ObjectRows>,
    /// Objects of which it is not known what they were for some of the time; that time is not charged (P7).
    pub unknown: BTreeSet<Uuid>,
    /// The sum of the objects.
    pub amount: Money,
}

/// One object in a section: one name, one row for each service (7.8-07).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectRows {
    /// Its id.
    pub id: Uuid,
    /// Its short name, such as `vm-954fd467`.
    pub name: String,
    /// Its services.
    pub rows: Vec<Row>,
}

/// One service of an object in a section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The service.
    pub service: Service,
    /// The grant of a promotion, whose row stands under the service of the machine's vCPU; 0 for anything else.
    pub grant: i64,
    /// The length of the charged periods.
    pub period: Period,
    /// Charged quantity in pieces or MiB.
    pub quantity: u64,
    /// Charged quantity as people read it, such as `10 GB x day`; of a correction, the day it corrects.
    pub consumption: String,
    /// The amount.
    pub amount: Money,
}

/// Why a report cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// A charged resource has no kind in the list.
    #[error("resource {0} is charged, but its kind is not known")]
    UnknownResource(Uuid),
    /// A sum does not fit.
    #[error("a sum is beyond 922 billion rubles, or a quantity beyond 64 bits")]
    Overflow,
}

/// The report of `charges` for the days `from` to `to`, both included.
///
/// Charges of one service with periods of equal length are one row, even where the plan or its version changed;
/// corrections are rows of their own, one for each day they correct.
/// `unknown` names the days on which an object was not known for some time; see [`unknown_days`].
///
/// # Errors
/// When a charged resource is not among `kinds`, or a sum does not fit.
pub fn report(
    charges: &[Charge],
    kinds: &BTreeMap<Uuid, Kind>,
    unknown: &BTreeMap<Uuid, BTreeSet<Date>>,
    from: Date,
    to: Date,
    detail: Detail,
) -> Result<Report, ReportError> {
    let mut cells = BTreeMap::<Cell, (u64, Money)>::new();
    for charge in charges {
        let kind = *kinds.get(&charge.resource).ok_or(ReportError::UnknownResource(charge.resource))?;
        let mut next = Some(charge.first_day.max(from));
        while let Some(day) = next.filter(|day| *day <= charge.last_day.min(to)) {
            let cell = Cell {
                date: detail.first_day(day),
                kind,
                name: short_name(kind, charge.resource),
                id: charge.resource,
                service: charge.service,
                grant: charge.grant,
                period: charge.period,
                corrects: charge.corrects,
            };
            let (quantity, amount) = cells.entry(cell).or_default();
            *quantity = quantity.checked_add(charge.quantity_per_day).ok_or(ReportError::Overflow)?;
            *amount = amount.checked_sub(charge.amount_per_day).ok_or(ReportError::Overflow)?;
            next = day.tomorrow().ok();
        }
    }
    let mut sections = assemble(cells)?;
    for (id, days) in unknown {
        for date in days.range(from..=to).map(|day| detail.first_day(*day)) {
            section(&mut sections, date).unknown.insert(*id);
        }
    }
    let mut amounts = sections.values().map(|section| section.amount);
    let amount = amounts.try_fold(Money::ZERO, Money::checked_add).ok_or(ReportError::Overflow)?;
    Ok(Report { sections: sections.into_values().collect(), amount })
}

/// The civil days from `from` to `to` on which it is not known for some time what a resource of `contract` was (P7).
pub fn unknown_days(
    resource: &Resource,
    contract: i64,
    zone: &TimeZone,
    from: Date,
    to: Date,
) -> BTreeSet<Date> {
    let gaps = resource.intervals.iter().filter(|it| it.unknown && is_owned(&it.shape, contract));
    let days = gaps.flat_map(|gap| {
        let first = civil_day(gap.from, zone).max(from);
        let last = gap
            .to
            .map_or(to, |end| civil_day(Instant::from_micros(end.micros().saturating_sub(1)), zone).min(to));
        iter::successors(Some(first), |day| day.tomorrow().ok()).take_while(move |day| *day <= last)
    });
    days.collect()
}

/// The section of a date.
fn section(sections: &mut BTreeMap<Date, Section>, date: Date) -> &mut Section {
    let empty = || Section { date, objects: Vec::new(), unknown: BTreeSet::new(), amount: Money::ZERO };
    sections.entry(date).or_insert_with(empty)
}

/// Where in a report a number belongs; the order is the report's.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Cell {
    date: Date,
    kind: Kind,
    name: String,
    id: Uuid,
    service: Service,
    grant: i64,
    period: Period,
    corrects: Option<Date>,
}

/// Sections, objects and rows of the cells, with their sums.
fn assemble(cells: BTreeMap<Cell, (u64, Money)>) -> Result<BTreeMap<Date, Section>, ReportError> {
    let mut sections = BTreeMap::new();
    for (Cell { date, name, id, service, grant, period, corrects, .. }, (quantity, amount)) in cells {
        let consumption = match corrects {
            Some(day) => format!("correction of {day}"),
            None => consumption(service, period, quantity),
        };
        let row = Row { service, grant, period, quantity, consumption, amount };
        let section = section(&mut sections, date);
        match section.objects.last_mut().filter(|object| object.id == id) {
            Some(object) => object.rows.push(row),
            None => section.objects.push(ObjectRows { id, name, rows: vec![row] }),
        }
        section.amount = section.amount.checked_add(amount).ok_or(ReportError::Overflow)?;
    }
    Ok(sections)
}

impl Detail {
    /// The first day of the section that `day` belongs to.
    fn first_day(self, day: Date) -> Date {
        match self {
            Self::Day => day,
            Self::Week => {
                let since_monday = i64::from(day.weekday().to_monday_zero_offset());
                day.checked_sub(Span::new().days(since_monday)).unwrap_or(day)
            }
            Self::Month => day.first_of_month(),
            Self::Year => day.first_of_year(),
        }
    }
}

/// A charged quantity as people read it: `10 GB x day`, `1440 pc x min`.
fn consumption(service: Service, period: Period, quantity: u64) -> String {
    let (measure, quantity) = (service.info().measure, quantity_text(service, quantity));
    let period = match period {
        Period::Minute => "min",
        Period::Hour => "hour",
        Period::Day => "day",
        Period::Month => "month",
        Period::Year => "year",
    };
    format!("{quantity} {} x {period}", measure.text())
}

/// So many base units of a service as people read them: pieces, or GB.
pub fn quantity_text(service: Service, quantity: u64) -> String {
    match service.info().measure {
        Measure::Pc => quantity.to_string(),
        Measure::Gb if service == Service::Bandwidth => gb_text(quantity, 30),
        Measure::Gb => gb_text(quantity, 10),
    }
}

/// So many base units in GB, of which one has 2 to the power of `bits`: 512 MiB are `0.5`. With 10 decimal places MiB
/// are exact, and bytes rounded down.
fn gb_text(quantity: u64, bits: u32) -> String {
    // A 64-bit number times 10^10 fits 128 bits.
    let places = u128::from(quantity).saturating_mul(10_000_000_000) >> bits;
    let (whole, fraction) = (places / 10_000_000_000, places % 10_000_000_000);
    let text = format!("{whole}.{fraction:010}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The short name of an object: the prefix of its kind and the first 8 hexadecimal digits of its id.
pub fn short_name(kind: Kind, id: Uuid) -> String {
    let digits: String = id.simple().to_string().chars().take(8).collect();
    format!("{}-{digits}", kind.prefix())
}
