//! From an ESXi host, through the server's own collector, to the bill, whatever happens to it.

use crate::{
    billing::report,
    collector::{Hand, machine},
    fixture::{Fixture, items, unique},
    kvm::{self, DAY, until},
    path::Path,
};
use collect::{Epoch, Snapshot, Unreadable};
use serde_json::{Value, json};
use std::{
    process::{Command, Stdio},
    time::Duration,
};
use tempfile::TempDir;
use uuid::Uuid;

const LIBRARY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/lib/vcsim.sh");

/// A simulated ESXi host or vCenter, with all that belongs to it in a temporary folder. It ends with this value.
struct Simulator(TempDir);

impl Simulator {
    /// `esxi` or `vcenter`, with arguments.
    fn start(kind: &str) -> Self {
        let simulator = Self(TempDir::new().unwrap());
        simulator.run(&format!("vcsim_install; vcsim_start \"$dir\" {kind}"));
        simulator
    }

    /// How it is reached.
    fn address(&self) -> Value {
        json!({
            "type": "vmware", "uri": self.run("vcsim_uri \"$dir\""), "username": "root", "password": "sesame",
            "password_version": 1, "certificate_thumbprint": self.run("vcsim_thumbprint \"$dir\""),
            "cpu_class": "3.2", "disk_types": { "LocalDS_0": "ssd" },
        })
    }

    /// Runs a line of shell with the library loaded and `$dir` set; gives what it printed.
    fn run(&self, line: &str) -> String {
        let line = format!("set -euo pipefail; dir={}; . {LIBRARY}; {line}", self.0.path().display());
        let output = Command::new("bash").args(["-c", &line]).stdin(Stdio::null()).output().unwrap();
        assert!(output.status.success(), "{line}\n{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.run("vcsim_stop \"$dir\"");
    }
}

struct Scene<'a> {
    f: &'a Fixture,
    path: String,
    clients: [Value; 2],
}

impl Scene<'_> {
    async fn machine(&self) -> Option<Value> {
        items(self.f.admin.get("/v1/machine?live=true").await.expect(200)).pop()
    }

    async fn until_machine(&self, field: &str, value: Value) {
        until(field, async || self.machine().await.is_some_and(|machine| machine[field] == value)).await;
    }

    async fn collector(&self) -> Value {
        self.f.admin.get(&self.path).await.expect(200)["collector"].clone()
    }

    async fn until_collector(&self, state: &str) {
        until(state, async || self.collector().await["state"] == state).await;
    }

    /// What each of two clients pays for each of these days.
    async fn days(&self, from: &str, to: &str) -> Vec<Vec<String>> {
        let mut all = Vec::new();
        for client in &self.clients {
            let report = report(self.f, client, from, to).await;
            let days = report["days"].as_array().unwrap().iter();
            all.push(days.map(|day| day["total"].as_str().unwrap().to_owned()).collect());
        }
        all
    }
}

/// A machine of 1 vCPU at 6, 1 GB at 5 and 10 GB of disk at 3 costs 41 for each day that has begun in Moscow, with 2 vCPU
/// 47. Neither a password that is refused, nor a login that is ended, nor a restart of the host without its machines makes
/// it cost anything else.
pub(crate) async fn machines_on_esxi_are_billed_whatever_happens_to_them(f: &Fixture) {
    let f = &f.another();
    let host = Simulator::start("esxi");
    let partner = f.partner().await;
    let daily = |price: &str| json!({ "price": price, "period": "day", "calendar": true });
    let services = json!({
        "vmware_cpu_3_2": daily("6"), "vmware_ram_3_2": daily("5"), "vmware_hdd_ultrafast": daily("3"),
    });
    f.plan(&partner, "gold", &services).await;
    let clients = [f.client(&partner, "first", "gold").await, f.client(&partner, "second", "gold").await];
    let code = unique("esxi");
    let mut hypervisor = host.address();
    // The clock is moved by days.
    for (field, value) in [("code", &*code), ("name", "ESXi"), ("poll_interval", "1s"), ("hold", "30d")] {
        hypervisor[field] = json!(value);
    }
    f.admin.post("/v1/hypervisor", &hypervisor).await.expect(201);
    let scene = Scene { f, path: format!("/v1/hypervisor/{code}"), clients };
    host.run(&format!("esxi_define \"$dir\" web 1 1024 10 {partner}/first/default"));
    scene.until_machine("owner_tag", json!(format!("{partner}/first/default"))).await;
    scene.until_machine("power", json!("on")).await;
    assert_eq!(scene.days("2021-12-20", "2021-12-20").await, [vec!["-41"], vec![]]);

    // A password that is refused: what was known holds, and nobody reads the password.
    f.admin.patch(&scene.path, &json!({ "password": "other-one", "password_version": 2 })).await.expect(200);
    scene.until_collector("degraded").await;
    let refused = scene.collector().await;
    let told = refused["last_error"].as_str().unwrap();
    assert!(told.contains("access denied") && !told.contains("other-one"), "{told}");
    // Hosts lock an account that is refused again and again: it is not tried with each interval.
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(scene.collector().await["attempts"], refused["attempts"]);
    assert_eq!(scene.days("2021-12-20", "2021-12-20").await, [vec!["-41"], vec![]]);
    f.admin.patch(&scene.path, &json!({ "password": "sesame", "password_version": 3 })).await.expect(200);
    scene.until_collector("ok").await;

    // A login that is ended by others: another one sees the resize.
    host.run("for id in $(vcsim_govc \"$dir\" session.ls | awk '!/govc/ && NR > 1 {print $1}'); do vcsim_govc \"$dir\" session.rm $id; done");
    host.run("esxi_resize \"$dir\" web 2");
    scene.until_machine("vcpu", json!(2)).await;
    assert_eq!(scene.days("2021-12-20", "2021-12-20").await, [vec!["-47"], vec![]]);

    // The day after it is off for a while, which these prices do not heed, and then another client's.
    f.at("2021-12-21T09:00:00Z").await;
    host.run("esxi_stop \"$dir\" web");
    scene.until_machine("power", json!("off")).await;
    host.run(&format!("esxi_start \"$dir\" web; esxi_owner \"$dir\" web {partner}/second/default"));
    scene.until_machine("owner_tag", json!(format!("{partner}/second/default"))).await;
    assert_eq!(scene.days("2021-12-20", "2021-12-21").await, [vec!["-47", "-47"], vec!["-47"]]);

    // The host is restarted and has no machines any more: the last sighting was the end.
    f.at("2021-12-21T10:00:00Z").await;
    scene.until_machine("last_seen_at", json!("2021-12-21T10:00:00Z")).await;
    host.run("vcsim_stop \"$dir\"");
    scene.until_collector("degraded").await;
    assert!(scene.machine().await.is_some(), "what cannot be asked ends nothing");
    host.run("vcsim_start \"$dir\" esxi");
    until("the end", async || scene.machine().await.is_none()).await;
    f.at("2021-12-22T09:00:00Z").await;
    assert_eq!(scene.days("2021-12-20", "2021-12-22").await, [vec!["-47", "-47"], vec!["-47"]]);
    // Told to go, the collector leaves no login behind.
    f.admin.delete(&scene.path).await.expect(204);
    let logins = "vcsim_govc \"$dir\" session.ls | awk '!/govc/ && NR > 1'";
    until("the logout", async || host.run(logins).is_empty()).await;
}

/// Among five hundred machines that nobody owns one is charged by the hour: not while its vCenter hangs, all of it once that
/// goes on, and nothing after the last sighting when a slow one is there instead that has no machines.
pub(crate) async fn a_vcenter_that_hangs_is_slow_or_forgets_doubles_nothing(f: &Fixture) {
    let f = &f.another();
    let host = Simulator::start("vcenter -vm 500");
    let scene = kvm::Scene::of(f, host.address()).await;
    let client = f.client(&scene.partner, "first", "gold").await;
    host.run(&format!("esxi_define \"$dir\" web 1 1024 1 {}/first/default", scene.partner));
    scene.until_machine("web", "power", json!("on")).await;
    until("all machines", async || scene.collector().await["unowned"] == 500).await;
    let web = scene.machine("web").await.unwrap();
    let day = async || scene.day(&client, &[("web", &web["id"])]).await;
    let is = |total: &str, unknown: &str| (total.to_owned(), unknown.to_owned());
    // The hour from 9, and the month of the disk.
    assert_eq!(day().await, is("-11", ""));
    host.run("kill -STOP \"$(cat \"$dir/vcsim.pid\")\"");
    scene.clock("11:00").await;
    assert_eq!(day().await, is("-11", "web"));
    host.run("kill -CONT \"$(cat \"$dir/vcsim.pid\")\"");
    scene.heard("11:00").await;
    assert_eq!(day().await, is("-13", ""));
    // Gone before anybody looks again: it was found as the silence ended, and ended after that.
    host.run("vcsim_stop \"$dir\"");
    scene.until_collector("degraded", "").await;
    scene.clock("11:05").await;
    host.run("vcsim_start \"$dir\" vcenter -method-delay RetrievePropertiesEx:1000");
    until("the end", async || scene.machine("web").await.is_none()).await;
    scene.heard("12:00").await;
    assert_eq!(day().await, is("-13", ""));
    assert_eq!(f.admin.get("/v1/machine?live=true").await.expect(200)["total"], 0);
    let ended = items(f.admin.get("/v1/machine?live=false&q=web").await.expect(200)).pop().unwrap();
    assert_eq!(ended["ended_at"], json!(format!("{DAY}T11:00:00.000001Z")));
    // What the slow one has is charged as of any other: the hour from 12, and the month of the disk.
    host.run(&format!("esxi_define \"$dir\" mail 1 1024 1 {}/first/default", scene.partner));
    scene.until_machine("mail", "power", json!("on")).await;
    scene.heard("12:50").await;
    assert_eq!(day().await, is("-24", ""));
    host.run("esxi_resize \"$dir\" mail 2");
    scene.until_machine("mail", "vcpu", json!(2)).await;
    assert_eq!(day().await, is("-25", ""));
}

/// What happened to a machine while its vCenter could not be reached is charged at the instants that the vCenter's log
/// tells, and nothing of it is unknown.
pub(crate) async fn an_outage_is_made_up_for_from_the_vcenters_log(f: &Fixture) {
    let f = &f.another();
    let host = Simulator::start("vcenter");
    let mut address = host.address();
    let path = Path::to(address["uri"].as_str().unwrap().trim_start_matches("https://")).await;
    address["uri"] = json!(format!("https://{}", path.address));
    let scene = kvm::Scene::of(f, address).await;
    let client = f.client(&scene.partner, "first", "gold").await;
    host.run(&format!("esxi_define \"$dir\" web 1 1024 1 {}/first/default", scene.partner));
    scene.until_machine("web", "power", json!("on")).await;
    let web = scene.machine("web").await.unwrap();
    let day = async || scene.day(&client, &[("web", &web["id"])]).await;
    let is = |total: &str, unknown: &str| (total.to_owned(), unknown.to_owned());
    scene.heard("10:10").await;
    // The hours from 9 and from 10, and the month of the disk.
    assert_eq!(day().await, is("-12", ""));
    // The log is believed where it reaches back to the silence's beginning: it is older than that one will be.
    let silence = Duration::from_secs(20);
    f.admin.patch(scene.path(), &json!({ "hold": "10s", "inventory_timeout": "9s" })).await.expect(200);
    scene.heard("10:11").await;
    tokio::time::sleep(silence).await;
    path.cut();
    scene.until_collector("degraded", "").await;
    host.run("esxi_stop \"$dir\" web; esxi_resize \"$dir\" web 2; esxi_start \"$dir\" web");
    f.at(&format!("{DAY}T10:11:20Z")).await;
    assert_eq!(day().await, is("-12", "web"));
    path.mend();
    scene.until_machine("web", "vcpu", json!(2)).await;
    // What it rose to in the hour from 10.
    assert_eq!(day().await, is("-13", ""));
}

/// What cannot be understood is told at its field, before anything is asked of the host.
pub(crate) async fn what_a_certificate_can_be_is_told(f: &Fixture) {
    let with = async |field: &str, value: &str| {
        let mut body = json!({
            "code": unique("esxi"), "type": "vmware", "name": "ESXi", "uri": "https://127.0.0.1:1", "username": "root",
        });
        body[field] = json!(value);
        f.admin.post("/v1/hypervisor", &body).await.fields()
    };
    assert_eq!(with("uri", "https://root:sesame@esx1").await, ["uri"]);
    assert_eq!(with("uri", "http://esx1").await, ["uri"]);
    assert_eq!(with("certificate_thumbprint", &"0g".repeat(32)).await, ["certificate_thumbprint"]);
    assert_eq!(with("certificate_thumbprint", "0a").await, ["certificate_thumbprint"]);
    assert_eq!(with("ca_certificate", "sesame").await, ["ca_certificate"]);
}

/// P4: while a machine does not show which it is, whatever is missing may be that one.
pub(crate) async fn a_mass_of_machines_without_ids_ends_nothing(f: &Fixture) {
    let code = f.hypervisor().await["code"].as_str().unwrap().to_owned();
    let mut hand = Hand::of(f, &code, "2022-07-01T09:00:00Z").await;
    let id = Uuid::new_v4();
    hand.take("2022-07-01T09:00:00Z", &[machine(id, "", 1, 512)]).await;
    let lost = Unreadable { reason: "machine \"web\" (vm-1) shows no id".into() };
    for minute in 1..5 {
        hand.clock.advance_to(format!("2022-07-01T09:0{minute}:00Z").parse().unwrap());
        let snapshot = Snapshot {
            host: "esx".into(),
            epoch: Epoch(1),
            machines: vec![],
            unidentified: vec![lost.clone()],
        };
        let outcome = hand.collector.take(&hand.app, &snapshot, Some(&[])).await.unwrap();
        assert!(outcome.alert.unwrap().contains("machine \"web\" (vm-1) shows no id"));
    }
    assert_eq!(hand.ended(id).await, None);
    hand.take("2022-07-01T09:10:00Z", &[]).await;
    hand.take("2022-07-01T09:11:00Z", &[]).await;
    assert_eq!(hand.ended(id).await.as_deref(), Some("2022-07-01T09:00:00Z"));
}
