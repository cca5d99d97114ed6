//! `controlplane bill`.

use super::{CommandError, table};
use crate::app::{App, billing};
use clap::Subcommand;
use jiff::civil::Date;
use schemas::time::Instant;
use store::{Visible, queries};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Book every day that has closed. Running it again books nothing twice.
    Run {
        /// Book what had closed by this instant; without it, by now.
        #[arg(long, value_name = "INSTANT")]
        to: Option<Instant>,
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
        Command::Report { client, from, to } => print_report(app, client, *from, *to).await,
    }
}

async fn print_report(app: &App, client: &str, from: Date, to: Date) -> Result<(), CommandError> {
    let (partner, code) = client.split_once('/').ok_or("write the client as partner/client")?;
    let mut reader = app.store.read().await?;
    let partners = queries::partner::find_by_code(&mut reader, &Visible::All, partner).await?;
    let partner = partners.ok_or_else(|| format!("there is no partner \"{partner}\""))?;
    let visible = Visible::Partners(vec![partner.id]);
    let contracts = queries::contract::after(&mut reader, &visible, 0, i64::MAX).await?;
    // The contract of a client of this code that was deleted before is older than the present one's.
    let contract = contracts.into_iter().rev().find(|contract| contract.client_code.as_str() == code);
    let contract = contract.ok_or_else(|| format!("the partner has no client \"{code}\""))?;
    let report =
        billing::report(&mut reader, app.clock.now(), &contract, &billing::Parts::of_days(from, to)).await?;
    print!("{}", table::text(&report));
    Ok(())
}

async fn book(app: &App, to: Option<Instant>) -> Result<(), CommandError> {
    let summary = billing::run(app, to.unwrap_or_else(|| app.clock.now())).await?;
    println!(
        "billed {} contract(s): {} charge(s) booked, {} contract(s) parked",
        summary.contracts, summary.charges, summary.parked
    );
    Ok(())
}
