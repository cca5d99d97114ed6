//! `controlplane bench`: how fast bills and quotes are computed on this machine, and hypervisors read.
//!
//! Clients are made up, the same for the same seed. What is measured is the engine as the server uses it; each figure
//! stands beside a plain reading of the same bytes in the same run.

mod api;
mod inventory;
mod quote;

use super::CommandError;
use billing::{
    fold::bulk::Log,
    rate::bulk::Sheet,
    workload::{self, Workload, digest},
};
use clap::Subcommand;
use std::{
    hint::black_box,
    thread,
    time::{Duration, Instant},
};

/// How often each figure is taken; the shortest time counts, because whatever else runs only adds to it.
const RUNS: usize = 7;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Rate a year of made-up clients, 120 intervals each, under one tariff and then under another.
    Rating {
        /// Clients.
        #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
        clients: u64,
        #[command(flatten)]
        common: Common,
    },
    /// Fold the observations of made-up resources, 10 each, into intervals.
    Fold {
        /// Resources.
        #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1..=20_000_000))]
        resources: u64,
        #[command(flatten)]
        common: Common,
    },
    /// Ask the API for quotes for a client with many machines, over a database that is made for it and goes away.
    Quote(quote::Args),
    /// Read what real hypervisors have, and record it in a database that is made for it and goes away.
    Inventory(inventory::Args),
}

#[derive(Debug, clap::Args)]
pub(super) struct Common {
    /// What is made up: the same for the same number.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Measure on one core, and on so many at once.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..=64))]
    cores: u64,
}

pub(super) async fn run(command: &Command) -> Result<(), CommandError> {
    match command {
        Command::Quote(args) => quote::run(args).await,
        Command::Inventory(args) => inventory::run(args).await,
        Command::Rating { clients, common } => rating(*clients, common),
        Command::Fold { resources, common } => fold(*resources, common),
    }
}

fn rating(clients: u64, common: &Common) -> Result<(), CommandError> {
    let mut made_up =
        Workload::new(common.seed).ok_or("the time zones of the made-up clients are missing")?;
    let sheets = parts(clients, common.cores)
        .map(|count| {
            let mut sheet = Sheet::default();
            for _ in 0..count {
                let (contract, resources) = made_up.client();
                sheet.push(&contract, &resources)?;
            }
            Ok(sheet)
        })
        .collect::<Result<Vec<Sheet>, CommandError>>()?;
    let (tariff, other) = (Workload::plan(1), Workload::plan(2));
    let costs = |sheet: &Sheet| sheet.cost(&tariff, Workload::window());
    let mut numbers = Vec::new();
    for sheet in &sheets {
        for cost in costs(sheet) {
            numbers.push(cost?.units().cast_unsigned());
        }
    }
    let figures = Figures { what: "intervals", count: sheets.iter().map(Sheet::intervals).sum(), bytes: 24 };
    figures.head(&format!("{clients} clients, seed {}", common.seed), digest(numbers.into_iter()));
    figures.tell("reading, one core", one(&sheets, Sheet::read));
    figures.tell("rating, one core", one(&sheets, costs));
    figures.tell(&format!("reading, {} cores", sheets.len()), all(&sheets, Sheet::read));
    figures.tell(&format!("rating, {} cores", sheets.len()), all(&sheets, costs));
    let new = |sheet: &Sheet| sheet.cost(&other, Workload::window());
    figures.tell(&format!("a new tariff tried, {} cores", sheets.len()), all(&sheets, new));
    Ok(())
}

fn fold(resources: u64, common: &Common) -> Result<(), CommandError> {
    let seeds = common.seed..;
    let logs = parts(resources, common.cores)
        .zip(seeds)
        .map(|(count, seed)| Ok(workload::observations(seed, count)?))
        .collect::<Result<Vec<Log>, CommandError>>()?;
    let mut numbers = Vec::new();
    for log in &logs {
        numbers.push(log.fold(&[])?.digest());
    }
    let figures = Figures { what: "observations", count: logs.iter().map(Log::len).sum(), bytes: 44 };
    figures.head(&format!("{resources} resources, seed {}", common.seed), digest(numbers.into_iter()));
    figures.tell("reading, one core", one(&logs, Log::read));
    figures.tell("folding, one core", one(&logs, |log| log.fold(&[])));
    figures.tell(&format!("reading, {} cores", logs.len()), all(&logs, Log::read));
    figures.tell(&format!("folding, {} cores", logs.len()), all(&logs, |log| log.fold(&[])));
    Ok(())
}

/// A number in so many parts that differ by one at most.
fn parts(count: u64, parts: u64) -> impl Iterator<Item = u64> {
    (0..parts).map(move |part| count / parts + u64::from(part < count % parts))
}

/// The shortest time in which one thread does all parts.
fn one<T, R>(parts: &[T], work: impl Fn(&T) -> R) -> Duration {
    shortest(|| parts.iter().for_each(|part| drop(black_box(work(part)))))
}

/// The shortest time in which a thread for each part does them all.
fn all<T: Sync, R>(parts: &[T], work: impl Fn(&T) -> R + Sync) -> Duration {
    let work = &work;
    shortest(|| {
        thread::scope(|scope| {
            for part in parts {
                scope.spawn(move || drop(black_box(work(part))));
            }
        });
    })
}

fn shortest(work: impl Fn()) -> Duration {
    let times = (0..RUNS).map(|_| {
        let start = Instant::now();
        work();
        start.elapsed()
    });
    times.min().unwrap_or_default()
}

/// What figures are about.
struct Figures {
    what: &'static str,
    count: usize,
    bytes: u128,
}

impl Figures {
    fn head(&self, of: &str, digest: u64) {
        println!("{} {} of {of}; digest {digest:016x}", self.count, self.what);
    }

    /// Prints the time that all of them took, with what that is in a second.
    fn tell(&self, title: &str, time: Duration) {
        let count = u128::try_from(self.count).unwrap_or(0);
        let nanos = time.as_nanos().max(1);
        let tenths = count * 10_000 / nanos;
        let megabytes = count * self.bytes * 1000 / nanos;
        println!(
            "{title:<30} {:>8} ms  {:>6}.{} million a second  {megabytes:>6} MB/s",
            time.as_millis(),
            tenths / 10,
            tenths % 10
        );
    }
}
