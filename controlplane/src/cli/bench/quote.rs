//! `controlplane bench quote`: how long a quote takes through the API, for a client that has many machines.
//!
//! The API is asked over TCP, on one connection that is kept alive, with a token, on a clock that stands still. Beside it
//! stand requests that do next to nothing.

use super::{
    super::CommandError,
    api::{Api, Connection},
};
use crate::app::{App, inventory::Collector};
use billing::workload::{Chance, digest};
use collect::{Disk, Epoch, Machine, Owner, Power, Shape, Snapshot};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use store::queries;
use uuid::Uuid;

/// When everything happens.
const NOW: &str = "2023-01-10T09:00:00Z";

/// The configuration that is quoted; a promotion is for it.
const WANTED: &str = "platform=kvm&vcpu=2&ram_gb=4&hdd_gb=40&disk_type=ssd";

/// Promotions of the partner that are for other configurations.
const OTHER_PROMOTIONS: u64 = 20;

/// How many answers are longest, one in so many: the 99th percentile is the shortest of these.
const ONE_IN: usize = 100;

/// What is measured.
#[derive(Debug, clap::Args)]
pub(in super::super) struct Args {
    /// Machines that the client has already, each with a disk.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    machines: u64,
    /// Requests of each kind.
    #[arg(long, default_value_t = 2000, value_parser = clap::value_parser!(u64).range(100..=1_000_000))]
    requests: u64,
    /// What is made up: the same for the same number.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

pub(super) async fn run(args: &Args) -> Result<(), CommandError> {
    let api = Api::open(Some(NOW.parse()?)).await?;
    let mut connection = api.connect().await?;
    fill(&mut connection, &api.app, args).await?;
    println!(
        "{} requests each, of a client with {} machines, seed {}",
        args.requests, args.machines, args.seed
    );
    for (title, path) in [
        ("nothing, GET /healthz", "/healthz".to_owned()),
        ("with a token, GET /v1/service", "/v1/service".to_owned()),
        ("a machine quoted", format!("/v1/quote?partner=bench&client=first&{WANTED}")),
        ("all that it has quoted", "/v1/quote?partner=bench&client=first".to_owned()),
    ] {
        measure(&mut connection, title, &path, args.requests).await?;
    }
    drop(connection);
    api.close().await
}

/// Makes a partner whose client has machines.
async fn fill(connection: &mut Connection, app: &App, args: &Args) -> Result<(), CommandError> {
    let price = |price: &str, period: &str| json!({ "price": price, "period": period });
    let services = json!({
        "kvm_cpu": price("6", "day"), "kvm_ram": price("0.5", "hour"), "kvm_hdd_ultrafast": price("3", "month"),
        "kvm_hdd_fast": price("2", "month"), "kvm_hdd_slow": price("1", "month"),
    });
    let promotion = |code: String, vcpu: u64| {
        json!({
            "partner": "bench", "code": code, "name": code, "starts_on": "2023-01-01", "ends_on": "2023-01-31",
            "price_per_day": "9", "platform": "kvm", "vcpu": vcpu, "ram_gb": 4, "hdd_gb": 40, "disk_type": "ssd",
        })
    };
    connection.declare_client(&services).await?;
    let mut bodies = vec![
        (
            "/v1/hypervisor",
            // The port discards: nobody answers there.
            json!({
                "code": "kvm", "type": "kvm", "name": "KVM", "uri": "test+tcp://127.0.0.1:9/default",
                "disk_types": { "ssd": "ssd", "sas": "sas", "sata": "sata" },
            }),
        ),
        ("/v1/promotion", promotion("summer".to_owned(), 2)),
    ];
    let others = (0..OTHER_PROMOTIONS).map(|number| promotion(format!("other-{number}"), 100 + number));
    bodies.extend(others.map(|body| ("/v1/promotion", body)));
    for (path, body) in bodies {
        connection.call("POST", path, &body.to_string()).await?;
    }
    let mut reader = app.store.read().await?;
    let hypervisor = queries::hypervisor::find_by_code(&mut reader, "kvm").await?;
    drop(reader);
    let mut collector = Collector::open(app, hypervisor.ok_or("there is no hypervisor")?).await?;
    let mut chance = Chance::new(args.seed);
    let machines = (0..args.machines).map(|number| machine(number, &mut chance)).collect();
    collector
        .take(
            app,
            &Snapshot { host: "kvm".into(), epoch: Epoch(1), machines, unidentified: Vec::new() },
            None,
        )
        .await?;
    Ok(())
}

/// A machine with a disk.
fn machine(number: u64, chance: &mut Chance) -> Machine {
    let uuid = Uuid::from_u64_pair(number, chance.below(u64::MAX));
    let pool = match chance.below(3) {
        0 => "ssd",
        1 => "sas",
        _ => "sata",
    };
    let disk = Disk {
        key: format!("{pool}/{uuid}"),
        target: "vda".into(),
        capacity_mib: Some(10_240 * (1 + chance.below(20))),
        pool: Some(pool.into()),
        path: None,
        boot_order: None,
        system: true,
    };
    let shape = Shape {
        power: if chance.below(10) == 0 { Power::Off } else { Power::On },
        vcpu: u32::try_from(1 + chance.below(16)).unwrap_or(1),
        memory_mib: 1024 * (1 + chance.below(64)),
        disks: vec![disk],
        nics: Vec::new(),
        owner: Owner::parse("bench/first/default"),
        guest_os: None,
        cpu_time_ns: None,
    };
    Machine { uuid, name: format!("m-{number}"), incarnation: None, shape: Ok(shape) }
}

/// Asks for the same again and again, and prints how long that took.
async fn measure(
    connection: &mut Connection,
    title: &str,
    path: &str,
    requests: u64,
) -> Result<(), CommandError> {
    let first = connection.call("GET", path, "").await?;
    for _ in 0..requests / 10 {
        connection.call("GET", path, "").await?;
    }
    let mut times = Vec::new();
    let began = Instant::now();
    for _ in 0..requests {
        let asked = Instant::now();
        let answer = connection.call("GET", path, "").await?;
        times.push(asked.elapsed());
        if answer != first {
            return Err(format!("{path}: the same question has another answer").into());
        }
    }
    let spent = began.elapsed();
    times.sort_unstable();
    let place = |place: usize| times.get(place).copied().unwrap_or_default().as_micros();
    let rate = u128::from(requests) * 1_000_000 / spent.as_micros().max(1);
    println!(
        "{title:<30} min {:>6}  median {:>6}  p99 {:>6}  max {:>6} us  {rate:>6} a second  digest {:016x}",
        place(0),
        place(times.len() / 2),
        place(times.len() - times.len().div_ceil(ONE_IN)),
        times.last().copied().unwrap_or(Duration::ZERO).as_micros(),
        digest(essence(&first).bytes().map(u64::from)),
    );
    Ok(())
}

/// What of an answer is the same in every run: of a quote its amounts, for ids are by chance.
fn essence(answer: &str) -> String {
    match serde_json::from_str(answer) {
        Ok(Value::Object(quote)) if quote.contains_key("first_charge") => {
            let of_line = |line: &Value| format!("{} {} ", line["service"], line["per_period"]);
            let lines = quote.get("lines").and_then(Value::as_array);
            let lines: String = lines.into_iter().flatten().map(of_line).collect();
            let sums = ["first_charge", "per_hour", "per_day", "per_month", "per_year"];
            sums.iter().filter_map(|name| quote.get(*name)).fold(lines, |text, sum| text + &sum.to_string())
        }
        _ => answer.to_owned(),
    }
}
