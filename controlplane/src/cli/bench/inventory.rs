//! `controlplane bench inventory`: how long it takes to read what hypervisors have, and to take that in.
//!
//! The hypervisors are real ones, named by the caller and read as the server reads them. What they have is recorded in a
//! database of its own that goes away, for a client that owns what is tagged `bench/first/default`.

use super::{super::CommandError, api::Api};
use crate::{
    app::{App, inventory::Collector},
    task::collect::{backend, inventory},
};
use collect::{Backend, Owner, Snapshot};
use futures::future::try_join_all;
use serde_json::json;
use std::{
    fs,
    path::PathBuf,
    time::{Duration, Instant},
};
use store::{ListQuery, model::hypervisor::Hypervisor, queries};

/// How long a hypervisor may take to show its machines.
const DEADLINE: Duration = Duration::from_secs(600);

/// What is measured.
#[derive(Debug, clap::Args)]
pub(in super::super) struct Args {
    /// Where a hypervisor is, as `esu_hypervisor` takes it: `https` is an ESXi host or a vCenter, all else is libvirt.
    /// Given again and again, all of them are read at once.
    #[arg(long = "uri", required = true)]
    uris: Vec<String>,
    /// The account of an ESXi host or a vCenter.
    #[arg(long, requires = "password_file")]
    username: Option<String>,
    /// The file that holds its password.
    #[arg(long)]
    password_file: Option<PathBuf>,
    /// The SHA-256 of its certificate, where no known authority signed that.
    #[arg(long)]
    certificate_thumbprint: Option<String>,
    /// How often everything is read, after the first time.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1000))]
    runs: u32,
}

pub(super) async fn run(args: &Args) -> Result<(), CommandError> {
    let api = Api::open(None).await?;
    let hypervisors = declare(&api, args).await?;
    let backends = hypervisors.iter().map(|row| backend(&api.app, row)).collect::<Result<Vec<_>, _>>()?;
    let began = Instant::now();
    let snapshots = read(&backends).await?;
    let first = began.elapsed();
    tell(&snapshots);
    drop(snapshots);
    println!("{:<34} {:>8} ms", "connecting and reading", first.as_millis());
    let mut times = Vec::new();
    for _ in 0..args.runs {
        let began = Instant::now();
        read(&backends).await?;
        times.push(began.elapsed());
    }
    line("reading", times);
    let mut collectors = Vec::new();
    for hypervisor in &hypervisors {
        collectors.push(Collector::open(&api.app, hypervisor.clone()).await?);
    }
    let began = Instant::now();
    cycle(&api.app, &backends, &mut collectors, &hypervisors).await?;
    println!("{:<34} {:>8} ms", "a cycle that finds all new", began.elapsed().as_millis());
    let mut times = Vec::new();
    for _ in 0..args.runs {
        let began = Instant::now();
        cycle(&api.app, &backends, &mut collectors, &hypervisors).await?;
        times.push(began.elapsed());
    }
    line("a cycle that finds nothing new", times);
    println!("{:<34} {:>8} MiB", "most memory", most_memory_mib()?);
    for backend in &backends {
        backend.close(DEADLINE).await;
    }
    api.close().await
}

/// Declares the hypervisors, and whom the machines are of.
async fn declare(api: &Api, args: &Args) -> Result<Vec<Hypervisor>, CommandError> {
    let mut connection = api.connect().await?;
    let password = args.password_file.as_ref().map(fs::read_to_string).transpose()?;
    let services = json!({ "kvm_cpu": { "price": "6", "period": "day" } });
    connection.declare_client(&services).await?;
    for (number, uri) in args.uris.iter().enumerate() {
        let code = format!("h-{number}");
        let mut body = json!({ "code": code, "type": "kvm", "name": code, "uri": uri });
        if uri.starts_with("https:") {
            body["type"] = json!("vmware");
            body["username"] = json!(args.username);
            body["password"] = json!(password.as_deref().map(str::trim_end));
            body["certificate_thumbprint"] = json!(args.certificate_thumbprint);
        }
        connection.call("POST", "/v1/hypervisor", &body.to_string()).await?;
    }
    let mut reader = api.app.store.read().await?;
    Ok(queries::hypervisor::list(&mut reader, &ListQuery::default()).await?.rows)
}

/// What all hypervisors have, read at once.
async fn read(backends: &[Box<dyn Backend>]) -> Result<Vec<Snapshot>, CommandError> {
    Ok(try_join_all(backends.iter().map(|backend| backend.inventory(DEADLINE))).await?)
}

/// What the server does each time: everything read, and what is new of it recorded.
async fn cycle(
    app: &App,
    backends: &[Box<dyn Backend>],
    collectors: &mut [Collector],
    hypervisors: &[Hypervisor],
) -> Result<(), CommandError> {
    let places = backends.iter().zip(collectors).zip(hypervisors);
    let cycles = places.map(|((backend, collector), hypervisor)| {
        inventory(app, backend.as_ref(), collector, hypervisor, None)
    });
    try_join_all(cycles).await?;
    Ok(())
}

/// What was found, in sums that another program's can be held against.
fn tell(snapshots: &[Snapshot]) {
    let machines = || snapshots.iter().flat_map(|snapshot| &snapshot.machines);
    let shapes = || machines().filter_map(|machine| machine.shape.as_ref().ok());
    let disks = || shapes().flat_map(|shape| &shape.disks);
    println!(
        "{} hypervisors: {} machines, {} readable, {} vCPU, {} MiB, {} disks of {} MiB, {} with an owner",
        snapshots.len(),
        machines().count(),
        shapes().count(),
        shapes().map(|shape| u64::from(shape.vcpu)).sum::<u64>(),
        shapes().map(|shape| shape.memory_mib).sum::<u64>(),
        disks().count(),
        disks().filter_map(|disk| disk.capacity_mib).sum::<u64>(),
        shapes().filter(|shape| matches!(shape.owner, Owner::Tagged { .. })).count(),
    );
}

fn line(title: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let place = |place: usize| times.get(place).copied().unwrap_or_default().as_millis();
    let last = times.len().saturating_sub(1);
    println!("{title:<34} {:>8} ms  least {}, most {}", place(times.len() / 2), place(0), place(last));
}

/// The most memory that this process had, in MiB.
fn most_memory_mib() -> Result<u64, CommandError> {
    let status = fs::read_to_string("/proc/self/status")?;
    let kib = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"));
    Ok(kib.ok_or("the system does not tell of memory")?.trim().parse::<u64>()? / 1024)
}
