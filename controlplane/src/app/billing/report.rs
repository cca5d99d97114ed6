//! The consumption report: what is booked, and for days that are still open what they cost so far (7.8-03 to 7.8-07).

use super::{
    super::{Error, convert},
    Names, first_open_day,
    rated::{rated, word},
    start, tomorrow, zone,
};
use ::billing::{
    observation::Kind,
    rate::{Charge, ChargeKind, Window},
    report::{self as engine, Detail, Report},
};
use jiff::civil::Date;
use schemas::{
    money::{Money, Price},
    resource::report::{ReportDay, ReportRow, ReportView},
    service::Service,
    time::Instant,
};
use std::collections::BTreeMap;
use store::{
    Conn,
    model::{charge::Charge as Row, contract::Contract},
    queries,
};
use uuid::Uuid;

/// The report of a contract for the days `from` to `to`, both included.
///
/// # Errors
/// When the contract cannot be rated.
pub async fn report(
    conn: &mut Conn,
    now: Instant,
    contract: &Contract,
    from: Date,
    to: Date,
) -> Result<ReportView, Error> {
    let mut found = booked(conn, contract, from, to).await?;
    let zone = zone(contract)?;
    let cutoff = just_after(now);
    let open_from = from.max(first_open_day(contract, &zone)?);
    // No day after today has charges; the last days of the calendar do not even end.
    let open_to = to.min(now.day_in(&zone));
    if open_from <= open_to {
        let end = start(tomorrow(open_to)?, &zone)?.min(cutoff);
        let window = Window { from: start(open_from, &zone)?, to: end };
        if window.from < window.to {
            let rated = rated(conn, contract, window, cutoff).await?;
            for charge in rated.charges {
                if let Some(row) = rated.resources.get(&charge.resource) {
                    found.kinds.insert(row.uuid, word(&row.kind)?);
                    found.names.insert(row.uuid, row.name.clone());
                }
                found.charges.push(charge);
            }
        }
    }
    let report = engine::report(&found.charges, &found.kinds, &BTreeMap::new(), from, to, Detail::Day)
        .map_err(|error| Error::Internal(error.to_string()))?;
    Ok(view(&report, &found.names))
}

/// The first instant at which what happens now is in the past.
fn just_after(now: Instant) -> Instant {
    Instant::from_micros(now.micros().saturating_add(1))
}

/// Charges with what reports call their objects.
#[derive(Default)]
struct Found {
    charges: Vec<Charge>,
    kinds: BTreeMap<Uuid, Kind>,
    names: Names,
}

async fn booked(conn: &mut Conn, contract: &Contract, from: Date, to: Date) -> Result<Found, Error> {
    let rows = queries::charge::overlapping(conn, contract.partner_id, contract.id, from, to).await?;
    let mut found = Found::default();
    for row in rows {
        found.kinds.insert(row.resource, word(&row.resource_kind)?);
        found.names.insert(row.resource, row.resource_name.clone());
        found.charges.push(charge(&row)?);
    }
    Ok(found)
}

/// A stored charge as the engine knows it.
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

fn view(report: &Report, names: &Names) -> ReportView {
    let days = report.sections.iter().map(|section| {
        let date = section.date.to_string();
        let rows = section.objects.iter().flat_map(|object| {
            object.rows.iter().map(|row| ReportRow {
                date: date.clone(),
                object_id: object.id,
                object: object.name.clone(),
                object_name: names.get(&object.id).cloned().unwrap_or_default(),
                service: row.service,
                service_name: row.service.info().name.to_owned(),
                consumption: row.consumption.clone(),
                amount: row.amount,
            })
        });
        ReportDay { date: date.clone(), rows: rows.collect(), total: section.amount }
    });
    let total: Money = report.amount;
    ReportView { days: days.collect(), total }
}
