//! What the simulator never does, by a proxy in front of it.

use crate::hypervisor::{SOON, shape};
use crate::vsphere::Simulator;
use collect::{
    Backend, Metered, Reading, Snapshot, TrafficReading,
    vmware::{Account, Options, Vmware},
};
use schemas::time::{Clock, SystemClock};
use serde_json::Value;
use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
};

const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/hypervisor/vsphere_proxy.py");

/// A way to a simulator. It ends with this value.
struct Proxy {
    process: Child,
    uri: String,
    dir: PathBuf,
}

impl Proxy {
    fn start(simulator: &Simulator) -> Self {
        let dir = simulator.dir().join("proxy");
        std::fs::create_dir(&dir).unwrap();
        std::fs::write(dir.join("calls"), "").unwrap();
        let mut command = Command::new("python3");
        command.args([PROGRAM, &simulator.uri(), dir.to_str().unwrap()]);
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut uri = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut uri).unwrap();
        Self { process, uri: uri.trim().to_owned(), dir }
    }

    /// Has it do something from now on.
    fn tell(&self, what: &str, how: &str) {
        std::fs::write(self.dir.join(what), how).unwrap();
    }

    fn count(&self, call: &str) -> usize {
        std::fs::read_to_string(self.dir.join("calls")).unwrap().lines().filter(|one| *one == call).count()
    }

    fn vmware(&self, simulator: &Simulator, configure_every: u64) -> Vmware {
        let account = Account { user: "root".into(), password: "sesame".to_owned().into() };
        Vmware::new(&self.uri, simulator.trust(), account, Options { configure_every }).unwrap()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test]
async fn an_inventory_that_comes_in_pages_is_the_whole() {
    let simulator = Simulator::start("vcenter", "-vm 20");
    let direct = simulator.vmware("sesame", simulator.trust()).inventory(SOON).await.unwrap();
    assert_eq!(direct.machines.len(), 20);
    let proxy = Proxy::start(&simulator);
    let backend = proxy.vmware(&simulator, 1);
    for (size, pages) in [(3, 7), (10, 2), (20, 1)] {
        proxy.tell("pages", &size.to_string());
        let before = proxy.count("ContinueRetrievePropertiesEx");
        assert_eq!(backend.inventory(SOON).await.unwrap(), direct);
        // Once for what changes often, once for devices, and once more for those on port groups without a name yet.
        let followed = proxy.count("ContinueRetrievePropertiesEx") - before;
        let questions = if size == 3 { 3 } else { 2 };
        assert_eq!(followed, questions * (pages - 1), "pages of {size}");
    }
}

fn networks(snapshot: &Snapshot) -> BTreeSet<&str> {
    let nics = snapshot.machines.iter().flat_map(|machine| &shape(machine).nics);
    nics.filter_map(|nic| nic.network.as_deref()).collect()
}

#[tokio::test]
async fn a_port_group_that_is_renamed_has_its_new_name_for_all_machines_at_once() {
    let simulator = Simulator::start("vcenter", "-vm 20");
    let proxy = Proxy::start(&simulator);
    let backend = proxy.vmware(&simulator, 3);
    assert_eq!(networks(&backend.inventory(SOON).await.unwrap()), BTreeSet::from(["DC0_DVPG0"]));
    proxy.tell("rename", "DC0_DVPG0 uplink");
    let mut told = Vec::new();
    for _ in 0..3 {
        let snapshot = backend.inventory(SOON).await.unwrap();
        told.push(networks(&snapshot).into_iter().map(str::to_owned).collect::<Vec<_>>().join(" "));
    }
    assert_eq!(told, ["DC0_DVPG0", "DC0_DVPG0", "uplink"]);
}

/// The simulator makes its samples up anew for everybody who asks: `govc` is told those that we were told.
#[tokio::test]
async fn windows_are_what_govc_says_of_the_same_samples() {
    let simulator = Simulator::start("vcenter", "-vm 1");
    let proxy = Proxy::start(&simulator);
    proxy.tell("replay", "");
    let backend = proxy.vmware(&simulator, 1);
    let machine = backend.inventory(SOON).await.unwrap().machines.remove(0);
    let metered = [Metered { machine: machine.uuid, since: None }];
    let counters = backend.counters(&metered, SOON).await.unwrap().remove(0);
    let said = simulator.run(&format!(
        "GOVC_URL=http://root:sesame@{}/sdk GOVC_PERSIST_SESSION=false \"$_vcsim_cache/govc\" metric.sample -json -n 180 {} \
         net.received.average net.transmitted.average",
        proxy.uri.strip_prefix("http://").unwrap(),
        machine.name
    ));
    let said: Value = serde_json::from_str(&said).unwrap();
    let said = &said["Sample"][0];
    let mut expected = Vec::new();
    for (at, sample) in said["SampleInfo"].as_array().unwrap().iter().enumerate() {
        let bytes = |name: &str| {
            let of = said["Value"].as_array().unwrap().iter().find(|metric| metric["Name"] == name).unwrap();
            of["Value"][at].as_u64().unwrap() * 1024 * sample["Interval"].as_u64().unwrap()
        };
        let until: jiff::Timestamp = sample["Timestamp"].as_str().unwrap().parse().unwrap();
        expected.push((until, bytes("net.received.average"), bytes("net.transmitted.average")));
    }
    expected.sort_unstable();
    let window = |one: &TrafficReading| match one.reading {
        Reading::Window { until, .. } => (until, one.received_bytes, one.sent_bytes),
        Reading::Cumulative => panic!("{one:?}"),
    };
    let windows: Vec<_> = counters.traffic.unwrap().iter().map(window).collect();
    assert_eq!((windows.len(), &windows), (180, &expected));
    assert!(windows.iter().any(|(_, received, sent)| received != sent));
}

#[tokio::test]
async fn the_last_windows_of_a_machine_that_is_off_are_told_though_no_other_one_is_read() {
    let simulator = Simulator::start("esxi", "");
    simulator.run(
        "esxi_define \"$dir\" refused 1 64 1; esxi_define \"$dir\" silent 1 64 1; esxi_stop \"$dir\" silent",
    );
    let proxy = Proxy::start(&simulator);
    let backend = proxy.vmware(&simulator, 1);
    let machines = backend.inventory(SOON).await.unwrap().machines;
    let id = simulator.govc("find -i / -type m -name refused");
    proxy.tell("refuse", id.trim().split(':').nth(1).unwrap());
    let since = |ago: i64| {
        let since = Some(SystemClock.now().timestamp() - jiff::SignedDuration::from_secs(ago));
        machines.iter().map(|machine| Metered { machine: machine.uuid, since }).collect::<Vec<_>>()
    };
    let counters = backend.counters(&since(600), SOON).await.unwrap();
    assert_eq!(counters.len(), 2);
    for one in counters {
        let name = &machines.iter().find(|machine| machine.uuid == one.uuid).unwrap().name;
        assert_eq!(one.traffic.is_ok_and(|traffic| traffic.len() >= 30), name == "silent", "{name}");
    }
    // Of one that is off nothing is left after an hour.
    assert!(backend.counters(&since(4000), SOON).await.is_err());
}
