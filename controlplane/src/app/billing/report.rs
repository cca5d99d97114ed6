//! The consumption report: what is booked, and for days that are still open what they cost so far (7.8-03 to 7.8-07).

use super::{
    super::{Error, convert, promotion::line_name},
    Names, first_open_day, just_after,
    rated::{Terms, word},
    start, tomorrow, zone,
};
use ::billing::{
    observation::Kind,
    rate::{Charge, ChargeKind, Window},
    report::{self as engine, Detail, Report},
};
use jiff::civil::Date;
use schemas::{
    money::{Money, Price, residual},
    resource::report::{ReportDay, ReportDetail, ReportGrouping, ReportRow, ReportUnknown, ReportView},
    service::Service,
    time::Instant,
};
use std::collections::{BTreeMap, BTreeSet};
use store::{
    Conn,
    model::{charge::Charge as Row, contract::Contract, resource::Resource},
    queries,
};
use uuid::Uuid;

/// What a report covers, and how it is put together (7.8-04).
#[derive(Clone, Debug)]
pub struct Parts {
    /// The first day.
    pub from: Date,
    /// The last day, included.
    pub to: Date,
    /// Only what belonged to this project, by internal id.
    pub project_id: Option<i64>,
    /// Only this service.
    pub service: Option<Service>,
    /// How long a date is.
    pub detail: ReportDetail,
    /// What there is a total for.
    pub group_by: ReportGrouping,
}

impl Parts {
    /// All that was consumed on the days `from` to `to`, day by day.
    pub fn of_days(from: Date, to: Date) -> Self {
        let (detail, group_by) = (ReportDetail::Day, ReportGrouping::Date);
        Self { from, to, project_id: None, service: None, detail, group_by }
    }

    fn covers(&self, project_id: Option<i64>, service: Service) -> bool {
        (self.project_id.is_none() || self.project_id == project_id)
            && self.service.is_none_or(|wanted| wanted == service)
    }
}

/// The report of a contract.
///
/// # Errors
/// When the contract cannot be rated.
pub async fn report(
    conn: &mut Conn,
    now: Instant,
    contract: &Contract,
    parts: &Parts,
) -> Result<ReportView, Error> {
    let (from, to) = (parts.from, parts.to);
    let mut found = booked(conn, contract, parts).await?;
    let zone = zone(contract)?;
    let cutoff = just_after(now);
    let terms = Terms::load(conn, contract, cutoff).await?;
    let open_from = from.max(first_open_day(contract, &zone)?);
    // No day after today has charges; the last days of the calendar do not even end.
    let open_to = to.min(now.day_in(&zone));
    if open_from <= open_to {
        let end = start(tomorrow(open_to)?, &zone)?.min(cutoff);
        let window = Window { from: start(open_from, &zone)?, to: end };
        if window.from < window.to {
            found.add_open(&terms, window, parts)?;
        }
    }
    if from <= open_to {
        found.add_unknown(&terms, open_to, parts)?;
    }
    let detail = match parts.detail {
        ReportDetail::Day => Detail::Day,
        ReportDetail::Week => Detail::Week,
        ReportDetail::Month => Detail::Month,
        ReportDetail::Year => Detail::Year,
    };
    let report = engine::report(&found.charges, &found.kinds, &found.unknown, from, to, detail)
        .map_err(|error| Error::Internal(error.to_string()))?;
    let grants = queries::promotion::grants_of_contract(conn, contract.partner_id, contract.id).await?;
    let promotions = grants.into_iter().map(|grant| (grant.id, grant.promotion_name)).collect();
    view(&report, &found, &promotions, parts.group_by)
}

/// Charges with what reports call their objects.
#[derive(Default)]
struct Found {
    charges: Vec<Charge>,
    kinds: BTreeMap<Uuid, Kind>,
    names: Names,
    /// The days on which it is not known for some time what an object was (P7).
    unknown: BTreeMap<Uuid, BTreeSet<Date>>,
}

impl Found {
    /// What the open days of a window cost so far.
    fn add_open(&mut self, terms: &Terms, window: Window, parts: &Parts) -> Result<(), Error> {
        let resources = terms.resources();
        for charge in terms.rate(window)? {
            let row = resources.get(&charge.resource).copied();
            if parts.covers(row.and_then(|row| row.project_id), charge.service) {
                row.map_or(Ok(()), |row| self.name(row))?;
                self.charges.push(charge);
            }
        }
        Ok(())
    }

    /// What is not known of the days up to `last`.
    fn add_unknown(&mut self, terms: &Terms, last: Date, parts: &Parts) -> Result<(), Error> {
        let resources = terms.resources();
        for (id, days) in terms.unknown_days((parts.from, last), parts.service) {
            let row = resources.get(&id).copied();
            if parts.project_id.is_none() || parts.project_id == row.and_then(|row| row.project_id) {
                row.map_or(Ok(()), |row| self.name(row))?;
                self.unknown.insert(id, days);
            }
        }
        Ok(())
    }

    fn name(&mut self, row: &Resource) -> Result<(), Error> {
        self.kinds.insert(row.uuid, word(&row.kind)?);
        self.names.insert(row.uuid, row.name.clone());
        Ok(())
    }
}

async fn booked(conn: &mut Conn, contract: &Contract, parts: &Parts) -> Result<Found, Error> {
    let (partner_id, id) = (contract.partner_id, contract.id);
    let rows = queries::charge::overlapping(conn, partner_id, id, parts.from, parts.to).await?;
    let mut found = Found::default();
    for row in rows {
        let service = row.service.parse().map_err(convert::stored)?;
        if !parts.covers(row.project_id, service) {
            continue;
        }
        found.kinds.insert(row.resource, word(&row.resource_kind)?);
        found.names.insert(row.resource, row.resource_name.clone());
        found.charges.push(charge(&row)?);
    }
    Ok(found)
}

/// A booked charge, as the engine knows it.
pub(super) fn charge(row: &Row) -> Result<Charge, Error> {
    let small = |number: i64| u32::try_from(number).map_err(convert::stored);
    let kind = word(&row.kind)?;
    Ok(Charge {
        resource: row.resource,
        service: row.service.parse::<Service>().map_err(convert::stored)?,
        kind,
        first_day: row.first_day,
        last_day: row.last_day,
        corrects: (kind == ChargeKind::Correction).then_some(row.about_day),
        plan: row.plan_id,
        version: row.plan_version,
        grant: row.grant_id,
        period: word(&row.period)?,
        calendar: row.calendar,
        price: Price::from_units(row.price.units()).map_err(convert::stored)?,
        starts_per_day: small(row.starts_per_day)?,
        rises_per_day: small(row.rises_per_day)?,
        quantity_per_day: u64::try_from(row.quantity_per_day).map_err(convert::stored)?,
        amount_per_day: row.amount_per_day,
        total: row.total,
        rule: word(&row.rule)?,
    })
}

fn view(
    report: &Report,
    found: &Found,
    promotions: &BTreeMap<i64, String>,
    group_by: ReportGrouping,
) -> Result<ReportView, Error> {
    let mut groups: Vec<ReportDay> = Vec::new();
    let mut places = BTreeMap::new();
    for row in rows(report, &found.names, promotions) {
        let (date, object, service) = match group_by {
            ReportGrouping::Date => (Some(row.date.clone()), None, None),
            ReportGrouping::Object => (None, Some((row.object_id, row.object.clone())), None),
            ReportGrouping::Service => (None, None, Some(row.service)),
        };
        let place = *places.entry((date.clone(), object.clone(), service)).or_insert(groups.len());
        if place == groups.len() {
            let object = object.map(|(_, name)| name);
            let (total, residual) = (Money::ZERO, Money::ZERO);
            groups.push(ReportDay { date, object, service, rows: Vec::new(), total, residual });
        }
        let Some(group) = groups.get_mut(place) else { continue };
        group.total = group.total.checked_add(row.amount).ok_or_else(out_of_range)?;
        group.rows.push(row);
    }
    for group in &mut groups {
        let lines = group.rows.iter().map(|row| row.amount);
        group.residual = residual(group.total, lines).ok_or_else(out_of_range)?;
    }
    let total = report.amount;
    let residual = residual(total, groups.iter().map(|group| group.total)).ok_or_else(out_of_range)?;
    Ok(ReportView { days: groups, total, residual, unknown: unknown(report, found) })
}

fn out_of_range() -> Error {
    Error::internal("report", "a total is out of range")
}

/// What is not known, by date and object.
fn unknown(report: &Report, found: &Found) -> Vec<ReportUnknown> {
    let of_section = |section: &engine::Section| {
        let date = section.date.to_string();
        let object = |id: &Uuid| ReportUnknown {
            date: date.clone(),
            object_id: *id,
            object: found.kinds.get(id).map(|kind| engine::short_name(*kind, *id)).unwrap_or_default(),
            object_name: found.names.get(id).cloned().unwrap_or_default(),
        };
        section.unknown.iter().map(object).collect::<Vec<_>>()
    };
    report.sections.iter().flat_map(of_section).collect()
}

/// The rows of a report, by date, object and service.
fn rows<'a>(
    report: &'a Report,
    names: &'a Names,
    promotions: &'a BTreeMap<i64, String>,
) -> impl Iterator<Item = ReportRow> + 'a {
    let objects = report.sections.iter().flat_map(|section| {
        let date = section.date.to_string();
        section.objects.iter().map(move |object| (date.clone(), object))
    });
    objects.flat_map(move |(date, object)| {
        object.rows.iter().map(move |row| ReportRow {
            date: date.clone(),
            object_id: object.id,
            object: object.name.clone(),
            object_name: names.get(&object.id).cloned().unwrap_or_default(),
            service: row.service,
            service_name: promotions
                .get(&row.grant)
                .map_or_else(|| row.service.info().name.to_owned(), |promotion| line_name(promotion)),
            consumption: row.consumption.clone(),
            amount: row.amount,
        })
    })
}
