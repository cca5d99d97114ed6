//! From charges to the consumption report that clients and accountants read (7.8-04 to 7.8-07).

use crate::{observation::Kind, rate::Charge};
use jiff::{Span, civil::Date};
use schemas::{
    money::Money,
    resource::tariff_plan::Period,
    service::{Measure, Service},
};
use std::collections::BTreeMap;
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
    /// Sections with charges, in order of date.
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
    /// The length of the charged periods.
    pub period: Period,
    /// Charged quantity in pieces or MiB.
    pub quantity: u64,
    /// Charged quantity as people read it, such as `10 GB x day`.
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
/// Charges of one service with periods of equal length are one row, even where the plan or its version changed.
///
/// # Errors
/// When a charged resource is not among `kinds`, or a sum does not fit.
pub fn report(
    charges: &[Charge],
    kinds: &BTreeMap<Uuid, Kind>,
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
                period: charge.period,
            };
            let (quantity, amount) = cells.entry(cell).or_default();
            *quantity = quantity.checked_add(charge.quantity_per_day).ok_or(ReportError::Overflow)?;
            *amount = amount.checked_sub(charge.amount_per_day).ok_or(ReportError::Overflow)?;
            next = day.tomorrow().ok();
        }
    }
    assemble(cells)
}

/// Where in a report a number belongs; the order is the report's.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Cell {
    date: Date,
    kind: Kind,
    name: String,
    id: Uuid,
    service: Service,
    period: Period,
}

/// Sections, objects and rows of the cells, with their sums.
fn assemble(cells: BTreeMap<Cell, (u64, Money)>) -> Result<Report, ReportError> {
    let mut report = Report { sections: Vec::new(), amount: Money::ZERO };
    for (Cell { date, name, id, service, period, .. }, (quantity, amount)) in cells {
        let row =
            Row { service, period, quantity, consumption: consumption(service, period, quantity), amount };
        let mut section = match report.sections.pop_if(|section| section.date == date) {
            Some(section) => section,
            None => Section { date, objects: Vec::new(), amount: Money::ZERO },
        };
        match section.objects.last_mut().filter(|object| object.id == id) {
            Some(object) => object.rows.push(row),
            None => section.objects.push(ObjectRows { id, name, rows: vec![row] }),
        }
        section.amount = section.amount.checked_add(amount).ok_or(ReportError::Overflow)?;
        report.amount = report.amount.checked_add(amount).ok_or(ReportError::Overflow)?;
        report.sections.push(section);
    }
    Ok(report)
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
    let measure = service.info().measure;
    let quantity = match measure {
        Measure::Pc => quantity.to_string(),
        Measure::Gb => gb_text(quantity),
    };
    let period = match period {
        Period::Minute => "min",
        Period::Hour => "hour",
        Period::Day => "day",
        Period::Month => "month",
        Period::Year => "year",
    };
    format!("{quantity} {} x {period}", measure.text())
}

/// So many MiB in GB, exact: 512 MiB are `0.5`.
fn gb_text(mib: u64) -> String {
    // A 1024th has at most 10 decimal places, and a 64-bit number times 10^10 fits 128 bits.
    let fraction = u128::from(mib & 1023).saturating_mul(10_000_000_000) >> 10;
    let text = format!("{}.{fraction:010}", mib >> 10);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The short name of an object: the prefix of its kind and the first 8 hexadecimal digits of its id.
pub fn short_name(kind: Kind, id: Uuid) -> String {
    let digits: String = id.simple().to_string().chars().take(8).collect();
    format!("{}-{digits}", kind.prefix())
}
