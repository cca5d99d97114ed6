//! Why a charge is what it is: what was there, by which price, from when to when, and the arithmetic.

use super::{super::Error, rated::Terms, report::charge, start, tomorrow, zone};
use ::billing::rate::{Charge, Window};
use schemas::{
    money::{Money, Price},
    service::{Measure, Service},
    time::Instant,
};
use std::fmt::Write;
use store::{Conn, model::charge::Charge as Row, queries};

/// How many beginnings of periods are told.
const MOST_BEGINNINGS: usize = 24;

/// Explains a booked charge, for people.
///
/// # Errors
/// `NotFound` where there is none; when the contract cannot be rated.
pub async fn explain(conn: &mut Conn, id: i64) -> Result<String, Error> {
    let row = queries::charge::find(conn, id).await?.ok_or(Error::NotFound)?;
    let booked = charge(&row)?;
    let contract = queries::contract::get(conn, row.partner_id, row.contract_id).await?;
    let run = queries::run::get(conn, row.run_id).await?;
    let closings = queries::closing::of_contract(conn, row.partner_id, row.contract_id).await?;
    let closing = closings.iter().find(|closing| closing.run_id == row.run_id);
    let cutoff_at = closing.map_or(run.cutoff_at, |closing| closing.cutoff_at);
    let mut terms = Terms::as_of(conn, &contract, cutoff_at).await?;
    terms.only(row.resource);
    let zone = zone(&contract)?;
    let window = Window { from: start(row.first_day, &zone)?, to: start(tomorrow(row.last_day)?, &zone)? };
    let mut out = String::new();
    let mut line = |text: String| {
        let _ = writeln!(out, "{text}");
    };
    line(format!("charge {id}: {} of {} \"{}\"", row.service, row.resource_kind, row.resource_name));
    line(format!("  resource {}, contract {} \"{}\"", row.resource, contract.public_id, contract.name));
    line(format!("  days {} to {} in {}", row.first_day, row.last_day, contract.time_zone));
    line(format!(
        "  booked by run {} of {}, from what was recorded before {}",
        run.id, run.started_at, cutoff_at
    ));
    line(format!("  rule {} of docs/billing.md", row.rule));
    line(source(conn, &row).await?);
    for (from, to, shape) in terms.intervals(window) {
        let to = to.map_or_else(|| "now".to_owned(), |to| to.to_string());
        line(format!("  there from {from} to {to}: {shape}"));
    }
    let day = Window { from: window.from, to: start(tomorrow(row.first_day)?, &zone)? };
    let mut beginnings = Vec::new();
    beginnings_in(&terms, &booked, day, &mut beginnings)?;
    for instant in &beginnings {
        line(format!("  charged at {instant}"));
    }
    if beginnings.len() >= MOST_BEGINNINGS {
        line(format!(
            "  and so on: {} starts and {} rises on each day",
            row.starts_per_day, row.rises_per_day
        ));
    }
    line(arithmetic(&row)?);
    Ok(out)
}

/// The price, and where it stands.
async fn source(conn: &mut Conn, row: &Row) -> Result<String, Error> {
    let price = Price::from_units(row.price.units()).map_err(|error| Error::internal("charge", error))?;
    let calendar = if row.calendar { "by the calendar" } else { "from the anchor" };
    if row.grant_id != 0 {
        return Ok(format!("  price {price} a {}: that of grant {}", row.period, row.grant_id));
    }
    let plans = queries::tariff_plan::get_many(conn, &[row.partner_id], &[row.plan_id]).await?;
    let code = plans.first().map_or_else(|| "deleted since".to_owned(), |plan| format!("\"{}\"", plan.code));
    Ok(format!(
        "  price {price} a {} {calendar}: that of version {} of the plan {code}",
        row.period, row.plan_version
    ))
}

/// The instants in a window at which something is charged under the same label, found by halves.
fn beginnings_in(
    terms: &Terms,
    booked: &Charge,
    window: Window,
    found: &mut Vec<Instant>,
) -> Result<(), Error> {
    let is_same = |charge: &Charge| {
        (charge.service, charge.kind, charge.plan, charge.version, charge.grant)
            == (booked.service, booked.kind, booked.plan, booked.version, booked.grant)
    };
    if found.len() >= MOST_BEGINNINGS || !terms.rate(window)?.iter().any(is_same) {
        return Ok(());
    }
    let length = window.to.micros().saturating_sub(window.from.micros());
    if length <= 1 {
        found.push(window.from);
        return Ok(());
    }
    let middle = Instant::from_micros(window.from.micros().saturating_add(length >> 1));
    beginnings_in(terms, booked, Window { to: middle, ..window }, found)?;
    beginnings_in(terms, booked, Window { from: middle, ..window }, found)
}

/// Quantity, price and days, multiplied.
fn arithmetic(row: &Row) -> Result<String, Error> {
    let service: Service = row.service.parse().map_err(|error| Error::internal("charge", error))?;
    let quantity = match service.info().measure {
        Measure::Pc => format!("{} pc", row.quantity_per_day),
        Measure::Gb if service == Service::Bandwidth => format!("{} bytes / 2^30", row.quantity_per_day),
        Measure::Gb => format!("{} MiB / 1024", row.quantity_per_day),
    };
    let days = row.first_day.until(row.last_day).map_err(|error| Error::internal("charge", error))?;
    let days = i64::from(days.get_days()).saturating_add(1);
    let product = row.amount_per_day.units().checked_mul(days).map(Money::from_units);
    let holds = if product == Some(row.total) { "" } else { ", which does not add up" };
    Ok(format!(
        "  each day {quantity} x {} = {}, rounded at each period; {days} day(s) x {} = {}{holds}",
        row.price, row.amount_per_day, row.amount_per_day, row.total
    ))
}
