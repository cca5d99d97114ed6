//! The command line.

mod admin;
mod audit;
mod bench;
mod bill;
mod export;
mod progress;
mod serve;
mod table;

use crate::app::{App, Key, clock::ServerClock};
use clap::{Parser, Subcommand};
use schemas::time::Instant;
use std::path::PathBuf;
use store::{Settings, Store};

/// What a command fails with: a text for the person at the terminal.
pub type CommandError = Box<dyn std::error::Error + Send + Sync>;

/// The ESU control plane: partners, clients, usage and bills.
#[derive(Debug, Parser)]
#[command(name = "controlplane", version)]
pub struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

/// What every command takes.
#[derive(Debug, clap::Args)]
struct Common {
    /// The database: sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE.
    #[arg(
        long,
        global = true,
        env = "ESU_DATABASE",
        default_value = "sqlite:esu.db",
        hide_env_values = true
    )]
    database: String,
    /// The file of the key that secrets are sealed with; it is made where there is none.
    #[arg(long, global = true, env = "ESU_SECRET_KEY_FILE", default_value = "esu.key")]
    secret_key_file: PathBuf,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the API and do the background work.
    Serve(serve::Args),
    /// Bring the database's tables to this version.
    Migrate,
    /// Accounts and tokens.
    #[command(subcommand)]
    Admin(admin::Command),
    /// Write a partner and everything that is its as Terraform's configuration, with blocks that import it.
    Export(export::Args),
    /// The audit log.
    #[command(subcommand)]
    Audit(audit::Command),
    /// Billing.
    #[command(subcommand)]
    Bill(bill::Command),
    /// Measure how fast bills and quotes are computed on this machine, and hypervisors read; the database is not touched.
    #[command(subcommand)]
    Bench(bench::Command),
}

impl Cli {
    /// Does what was asked.
    ///
    /// # Errors
    /// When it cannot be done; the text says why.
    pub async fn run(self) -> Result<(), CommandError> {
        match self.command {
            Command::Serve(args) => serve::run(&self.common, &args).await,
            Command::Migrate => {
                for name in self.common.store().await?.migrate().await? {
                    println!("applied {name}");
                }
                Ok(())
            }
            Command::Admin(command) => admin::run(&self.common.app(None).await?, command).await,
            Command::Export(args) => export::run(&self.common.app(None).await?, &args).await,
            Command::Audit(command) => audit::run(&self.common.app(None).await?, &command).await,
            Command::Bill(command) => bill::run(&self.common.app(None).await?, &command).await,
            Command::Bench(command) => bench::run(&command).await,
        }
    }
}

impl Common {
    async fn store(&self) -> Result<Store, CommandError> {
        Ok(Store::connect(&self.database, &Settings::default()).await?)
    }

    /// The application over the database, its tables brought to this version, on the clock that the database says.
    async fn app(&self, test_clock: Option<Instant>) -> Result<App, CommandError> {
        let store = self.store().await?;
        store.migrate().await?;
        let clock = match test_clock {
            Some(start) => ServerClock::start_test(&store, start).await?,
            None => ServerClock::of(&store).await?,
        };
        Ok(App::new(store, clock, Key::from_file(&self.secret_key_file)?))
    }
}
