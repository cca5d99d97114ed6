//! `controlplane bill`.

use super::CommandError;
use crate::app::{App, billing};
use clap::Subcommand;
use schemas::time::Instant;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Book every day that has closed. Running it again books nothing twice.
    Run {
        /// Book what had closed by this instant; without it, by now.
        #[arg(long, value_name = "INSTANT")]
        to: Option<Instant>,
    },
}

pub(super) async fn run(app: &App, command: &Command) -> Result<(), CommandError> {
    let Command::Run { to } = command;
    let summary = billing::run(app, to.unwrap_or_else(|| app.clock.now())).await?;
    println!(
        "billed {} contract(s): {} charge(s) booked, {} contract(s) parked",
        summary.contracts, summary.charges, summary.parked
    );
    Ok(())
}
