//! `controlplane bill`.

use super::{CommandError, progress::Progress, table};
use crate::app::{App, billing};
use clap::Subcommand;
use jiff::civil::Date;
use schemas::{id::ContractId, time::Instant};
use store::{Reader, Visible, model::contract::Contract, queries};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Book every day that has closed. Running it again books nothing twice.
    Run {
        /// Book what had closed by this instant; without it, by now.
        #[arg(long, value_name = "INSTANT")]
        to: Option<Instant>,
    },
    /// Compute everything again that was booked, from what was known when it was booked: nothing changes if all is well.
    /// Charges and transactions that are missing are written again, and contracts that were parked are tried again.
    /// Fails with what was not as it must be.
    Rerun {
        /// One contract, by its id.
        #[arg(long, conflicts_with = "partner")]
        contract: Option<ContractId>,
        /// The contracts of one partner, by its code.
        #[arg(long)]
        partner: Option<String>,
    },
    /// Check what must hold of the ledger and of everything that is booked; fails with what does not.
    Verify,
    /// Explain a booked charge: what was there, by which price, from when to when, and the arithmetic.
    Explain {
        /// The charge's number; or the client, as partner/client, with a day.
        charge: String,
        /// Explain every charge of the client that has this day.
        #[arg(long)]
        day: Option<Date>,
    },
    /// Print what a client consumed, day by day.
    Report {
        /// The client, as partner/client.
        client: String,
        /// First day, such as 2021-12-20.
        #[arg(long)]
        from: Date,
        /// Last day, included.
        #[arg(long)]
        to: Date,
    },
}

pub(super) async fn run(app: &App, command: &Command) -> Result<(), CommandError> {
    match command {
        Command::Run { to } => book(app, *to).await,
        Command::Rerun { contract, partner } => rerun(app, *contract, partner.as_deref()).await,
        Command::Verify => verify(app).await,
        Command::Explain { charge, day } => explain(app, charge, *day).await,
        Command::Report { client, from, to } => print_report(app, client, *from, *to).await,
    }
}

async fn print_report(app: &App, client: &str, from: Date, to: Date) -> Result<(), CommandError> {
    let mut reader = app.store.read().await?;
    let contract = contract_of(&mut reader, client).await?;
    let report =
        billing::report(&mut reader, app.clock.now(), &contract, &billing::Parts::of_days(from, to)).await?;
    print!("{}", table::text(&report));
    Ok(())
}

/// The contract of a client that is named as partner/client.
async fn contract_of(reader: &mut Reader, client: &str) -> Result<Contract, CommandError> {
    let (partner, code) = client.split_once('/').ok_or("write the client as partner/client")?;
    let visible = of_partner(reader, partner).await?;
    let contracts = queries::contract::after(reader, &visible, 0, i64::MAX).await?;
    // The contract of a client of this code that was deleted before is older than the present one's.
    let contract = contracts.into_iter().rev().find(|contract| contract.client_code.as_str() == code);
    Ok(contract.ok_or_else(|| format!("the partner has no client \"{code}\""))?)
}

/// What is a partner's.
async fn of_partner(reader: &mut Reader, code: &str) -> Result<Visible, CommandError> {
    let partner = queries::partner::find_by_code(reader, &Visible::All, code).await?;
    Ok(Visible::partners(vec![partner.ok_or_else(|| format!("there is no partner \"{code}\""))?.id]))
}

async fn explain(app: &App, charge: &str, day: Option<Date>) -> Result<(), CommandError> {
    let mut reader = app.store.read().await?;
    let ids = match day {
        None => vec![charge.parse().map_err(|_| "give a charge's number, or partner/client with --day")?],
        Some(day) => {
            let contract = contract_of(&mut reader, charge).await?;
            let (partner_id, id) = (contract.partner_id, contract.id);
            let rows = queries::charge::overlapping(&mut reader, partner_id, id, day, day).await?;
            rows.into_iter().map(|row| row.id).collect()
        }
    };
    if ids.is_empty() {
        return Err("nothing is booked on this day".into());
    }
    for id in ids {
        print!("{}", billing::explain(&mut reader, id).await?);
    }
    Ok(())
}

async fn book(app: &App, to: Option<Instant>) -> Result<(), CommandError> {
    let mut progress = Progress::new("billed", "contracts");
    let to = to.unwrap_or_else(|| app.clock.now());
    let summary = billing::run(app, to, |done, total| progress.tell(done, total)).await?;
    println!(
        "billed {} contract(s): {} charge(s) booked, {} contract(s) parked",
        summary.contracts, summary.charges, summary.parked
    );
    Ok(())
}

async fn rerun(app: &App, contract: Option<ContractId>, partner: Option<&str>) -> Result<(), CommandError> {
    let mut reader = app.store.read().await?;
    let scope = match (contract, partner) {
        (Some(id), _) => {
            let found = queries::contract::find(&mut reader, &Visible::All, id).await?;
            billing::Scope::One(Box::new(found.ok_or_else(|| format!("there is no contract {id}"))?))
        }
        (None, Some(code)) => billing::Scope::Of(of_partner(&mut reader, code).await?),
        (None, None) => billing::Scope::Of(Visible::All),
    };
    drop(reader);
    let mut progress = Progress::new("rerun", "contracts");
    let rerun = billing::rerun(app, &scope, |done, total| progress.tell(done, total)).await?;
    rerun.found.iter().for_each(|text| println!("{text}"));
    println!(
        "rerun {} closing(s) of {} contract(s); {} parked contract(s) are billed again",
        rerun.closings, rerun.contracts, rerun.resumed
    );
    told(&rerun.found, "was not as it must be")
}

/// Fails where anything was found.
fn told(found: &[String], what: &str) -> Result<(), CommandError> {
    if found.is_empty() { Ok(()) } else { Err(format!("{} thing(s): {what}", found.len()).into()) }
}

async fn verify(app: &App) -> Result<(), CommandError> {
    let mut progress = Progress::new("verified", "contracts");
    let mut contracts = 0;
    let tell = |done, total| {
        contracts = done;
        progress.tell(done, total);
    };
    let found = billing::verify(app, tell).await?;
    if found.is_empty() {
        println!("verified {contracts} contract(s): everything holds");
        return Ok(());
    }
    found.iter().for_each(|text| println!("{text}"));
    told(&found, "does not hold")
}
