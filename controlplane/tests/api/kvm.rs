//! What the faults of a KVM host do to a bill: from QEMU under libvirt, through the server's own collector. No charge is
//! lost, none is doubled, and what nobody knows is flagged.

use crate::{
    billing::{bill, report, totals},
    fixture::{Fixture, items, unique},
    libvirt::Libvirt,
    path::Path,
};
use serde_json::{Value, json};
use std::{
    fmt::Write,
    time::{Duration, Instant},
};

pub(crate) const DAY: &str = "2021-12-20";

/// Waits for a condition, two minutes at most.
pub(crate) async fn until(what: &str, condition: impl AsyncFn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(120);
    while !condition().await {
        assert!(Instant::now() < deadline, "it did not come: {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// A host that is asked every second and may be silent for one and a half hours, and a partner who sells a vCPU for 1 an
/// hour while it runs, a GB of disk for 10 a month and a GB of traffic for 1.
pub(crate) struct Scene<'a> {
    f: &'a Fixture,
    pub(crate) partner: String,
    path: String,
}

impl<'a> Scene<'a> {
    /// With some fields of the hypervisor.
    pub(crate) async fn of(f: &'a Fixture, mut own: Value) -> Self {
        let partner = f.partner().await;
        let hourly = json!({ "price": "1", "period": "hour", "calendar": true, "while": "running" });
        let monthly = json!({ "price": "10", "period": "month", "calendar": false });
        let services = json!({
            "kvm_cpu": hourly, "vmware_cpu_3_2": hourly,
            "kvm_hdd_ultrafast": monthly, "vmware_hdd_ultrafast": monthly,
            "bandwidth": { "price": "1", "period": "day", "calendar": true },
        });
        f.plan(&partner, "gold", &services).await;
        (own["poll_interval"], own["hold"]) = (json!("1s"), json!("90m"));
        let path = format!("/v1/hypervisor/{}", f.hypervisor_with(own).await["id"].as_str().unwrap());
        Self { f, partner, path }
    }

    /// Where the hypervisor is in the API.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    pub(crate) async fn collector(&self) -> Value {
        self.f.admin.get(&self.path).await.expect(200)["collector"].clone()
    }

    pub(crate) async fn until_collector(&self, state: &str, says: &str) {
        until(says, async || {
            let collector = self.collector().await;
            collector["state"] == state && collector["last_error"].as_str().unwrap_or("").contains(says)
        })
        .await;
    }

    /// Moves the clock, and waits for an inventory after that.
    pub(crate) async fn heard(&self, at: &str) {
        let at = format!("{DAY}T{at}:00Z");
        self.f.at(&at).await;
        until(&at, async || self.collector().await["last_ok_at"] == at).await;
    }

    pub(crate) async fn clock(&self, at: &str) {
        self.f.at(&format!("{DAY}T{at}:00Z")).await;
    }

    pub(crate) async fn machine(&self, name: &str) -> Option<Value> {
        let path = format!("/v1/machine?live=true&q={name}");
        let live = items(self.f.admin.get(&path).await.expect(200));
        live.into_iter().find(|machine| machine["name"] == name)
    }

    pub(crate) async fn until_machine(&self, name: &str, field: &str, value: Value) {
        until(field, async || self.machine(name).await.is_some_and(|machine| machine[field] == value)).await;
    }

    /// What a client pays for the day, and of which of these machines not all of it is known.
    pub(crate) async fn day(&self, client: &Value, of: &[(&str, &Value)]) -> (String, String) {
        let report = report(self.f, client, DAY, DAY).await;
        let unknown = report["unknown"].as_array().unwrap();
        let is_unknown = |id: &Value| unknown.iter().any(|it| it["object_id"] == *id);
        let names = of.iter().filter(|(_, id)| is_unknown(id)).map(|(name, _)| *name);
        (report["total"].as_str().unwrap().to_owned(), names.collect::<Vec<_>>().join(" "))
    }
}

/// A day of two machines on one host, each of a client of its own.
struct Day<'a> {
    scene: Scene<'a>,
    host: &'a Libvirt,
    clients: [Value; 2],
    web: Value,
    db: Value,
}

impl Day<'_> {
    /// What each client pays so far, and the machines of which not all is known.
    async fn costs(&self, expected: [(&str, &str); 2]) {
        let of = [("web", &self.web["id"]), ("db", &self.db["id"])];
        for (client, (total, unknown)) in self.clients.iter().zip(expected) {
            let day = self.scene.day(client, &of).await;
            assert_eq!(day, (total.to_owned(), unknown.to_owned()), "{expected:?}");
        }
    }
}

/// Whoever stops being heard costs what it did up to then, flagged; whoever is found as it was costs all; whoever is found
/// otherwise costs nothing for the time between.
pub(crate) async fn no_fault_of_a_host_loses_or_doubles_a_charge(f: &Fixture) {
    let f = &f.another();
    let host = Libvirt::start("qemu");
    let scene = Scene::of(f, json!({ "uri": host.uri })).await;
    let partner = scene.partner.clone();
    let clients = [f.client(&partner, "first", "gold").await, f.client(&partner, "second", "gold").await];
    for (name, client) in [("web", "first"), ("db", "second")] {
        host.machine("machine_define", &format!("{name} 1 4 64 1 '{partner}/{client}/default'"));
        scene.until_machine(name, "power", json!("on")).await;
    }
    let (web, db) = (scene.machine("web").await.unwrap(), scene.machine("db").await.unwrap());
    let day = Day { scene, host: &host, clients, web, db };
    // The hour from 9, and the month of the disk.
    day.costs([("-11", ""), ("-11", "")]).await;
    the_daemon_fails(&day).await;
    emulators_fail(&day).await;
    owners_change(&day).await;
    // Booked, the day is what it was.
    f.at("2021-12-21T22:00:00Z").await;
    until("the next day", async || day.scene.collector().await["last_ok_at"] == "2021-12-21T22:00:00Z").await;
    bill(f);
    day.costs([("-36", ""), ("-18", "db")]).await;
    assert!(f.server.cli(&["bill", "verify"]).unwrap().contains("everything holds"));
}

/// From 9 to 15.
async fn the_daemon_fails(day: &Day<'_>) {
    let Day { scene, host, .. } = day;
    // The daemon is restarted, and its machines run on.
    scene.heard("10:00").await;
    host.run("libvirt_restart \"$dir\"");
    scene.heard("11:00").await;
    day.costs([("-13", ""), ("-13", "")]).await;

    // The daemon is killed, and a machine dies before it is back: of that one nobody knows when.
    host.kill("KILL", "libvirtd.pid");
    scene.until_collector("degraded", "cannot connect").await;
    host.kill("KILL", "run/qemu/db.pid");
    scene.clock("13:00").await;
    scene.until_collector("down", "cannot connect").await;
    day.costs([("-13", "web"), ("-13", "db")]).await;
    // A daemon that lets nobody in tells nothing.
    host.run(
        "sed -i 's/auth_tcp = .*/auth_tcp = \"sasl\"/' \"$dir/etc/libvirtd.conf\"; rm -f \"$dir/libvirtd.pid\"; \
         _libvirt_spawn \"$dir\"",
    );
    scene.until_collector("down", "the daemon asks for SASL").await;
    day.costs([("-13", "web"), ("-13", "db")]).await;
    host.run("libvirt_restart \"$dir\"");
    scene.until_collector("ok", "").await;
    day.costs([("-15", ""), ("-13", "db")]).await;

    // The daemon hangs, and goes on.
    scene.heard("13:05").await;
    host.machine("machine_start", "db");
    scene.until_machine("db", "power", json!("on")).await;
    day.costs([("-15", ""), ("-14", "db")]).await;
    host.kill("STOP", "libvirtd.pid");
    scene.clock("15:00").await;
    day.costs([("-15", "web"), ("-14", "db")]).await;
    host.kill("CONT", "libvirtd.pid");
    scene.heard("15:00").await;
    day.costs([("-17", ""), ("-16", "db")]).await;
}

/// From 15 to 17.
async fn emulators_fail(day: &Day<'_>) {
    let Day { scene, host, .. } = day;
    // An emulator hangs: it is there, and so is the other.
    host.kill("STOP", "run/qemu/db.pid");
    scene.heard("16:00").await;
    host.kill("CONT", "run/qemu/db.pid");
    day.costs([("-18", ""), ("-17", "db")]).await;

    // An emulator is killed while it is heard of: it is off from then on, until it is started.
    scene.heard("16:10").await;
    host.kill("KILL", "run/qemu/web.pid");
    scene.until_machine("web", "power", json!("off")).await;
    scene.heard("17:00").await;
    day.costs([("-18", ""), ("-18", "db")]).await;
    host.machine("machine_start", "web");
    scene.until_machine("web", "power", json!("on")).await;
    // It grows, which no event tells.
    host.machine("machine_resize", "web 2");
    scene.until_machine("web", "vcpu", json!(2)).await;
    day.costs([("-20", ""), ("-18", "db")]).await;
}

/// From 17 to 20.
async fn owners_change(day: &Day<'_>) {
    let Day { scene, host, .. } = day;
    let partner = &scene.partner;
    // Nobody's machine is nobody's charge; it costs its next owner what a new one does.
    scene.heard("17:10").await;
    host.machine("machine_owner", "db ''");
    scene.until_machine("db", "problem", json!("untagged")).await;
    scene.heard("18:00").await;
    host.machine("machine_owner", "db nobody/knows/this");
    scene.until_machine("db", "problem", json!("unknown_owner")).await;
    scene.heard("19:00").await;
    day.costs([("-24", ""), ("-18", "db")]).await;
    host.machine("machine_owner", &format!("db {partner}/first/default"));
    scene.until_machine("db", "problem", json!(null)).await;
    day.costs([("-35", ""), ("-18", "db")]).await;

    // Gone is gone at once.
    scene.heard("19:10").await;
    host.machine("machine_destroy", "web");
    until("the end", async || scene.machine("web").await.is_none()).await;
    scene.heard("20:00").await;
    day.costs([("-36", ""), ("-18", "db")]).await;
}

/// Machines of the host, half of them off.
const MANY: usize = 1000;

/// P4, P7: a thousand machines are charged each hour, once each, whether their host is restarted or has forgotten most of
/// them at once.
pub(crate) async fn a_thousand_machines_are_charged_once_each(f: &Fixture) {
    let f = &f.another();
    let host = Libvirt::start("test");
    let file = host.dir().join("crowd.xml");
    // Each connection to this address has machines of its own, as the file tells when it is opened.
    let uri = host.uri.replace("/default", &file.display().to_string());
    let crowd = |partner: &str, machines: std::ops::Range<usize>| {
        let mut xml = String::from("<node>");
        for number in machines {
            let state = if number % 2 == 0 { 1 } else { 5 };
            write!(
                xml,
                "<domain type='test' xmlns:test='http://libvirt.org/schemas/domain/test/1.0'><name>m{number}</name>
                 <uuid>{:08x}-0000-4000-8000-000000000000</uuid>
                 <metadata><o:owner xmlns:o='urn:esu:owner:1'>{partner}/first/default</o:owner></metadata>
                 <memory unit='MiB'>64</memory><vcpu>1</vcpu><os><type>hvm</type></os>
                 <test:runstate>{state}</test:runstate></domain>",
                number + 1
            )
            .unwrap();
        }
        std::fs::write(&file, xml + "</node>").unwrap();
    };
    crowd("nobody", 0..1);
    let scene = Scene::of(f, json!({ "uri": uri })).await;
    let client = f.client(&scene.partner, "first", "gold").await;
    crowd(&scene.partner, 0..MANY);
    host.run("libvirt_restart \"$dir\"");
    let half = |hours: usize| vec![format!("-{}", hours * MANY / 2); 2];
    let total = async || totals(f, &client, DAY, DAY).await;
    until("all machines", async || scene.collector().await["machines"] == MANY).await;
    assert_eq!(total().await, half(1));
    scene.heard("10:00").await;
    scene.heard("10:10").await;
    // Almost none is left, which is believed at the third time.
    crowd(&scene.partner, 0..10);
    host.run("libvirt_restart \"$dir\"");
    until("the alarm", async || {
        let collector = scene.collector().await;
        collector["last_error"].as_str().unwrap_or("").contains("vanished at once")
            || collector["machines"] == 10
    })
    .await;
    until("the end", async || {
        scene.f.admin.get("/v1/machine?live=true&limit=1").await.expect(200)["total"] == 10
    })
    .await;
    scene.heard("11:00").await;
    assert_eq!(total().await, vec![format!("-{}", MANY + 5); 2]);
    // Back again they are charged again, from then on.
    crowd(&scene.partner, 0..MANY);
    host.run("libvirt_restart \"$dir\"");
    until("all machines again", async || {
        scene.f.admin.get("/v1/machine?live=true&limit=1").await.expect(200)["total"] == MANY
    })
    .await;
    assert_eq!(total().await, half(3));
}

/// A network that says nothing any more ends no connection: the call is given up in time, others are tried, and when it
/// speaks again all is charged that was not known meanwhile.
pub(crate) async fn a_network_that_falls_silent_is_given_up_and_made_up_for(f: &Fixture) {
    let f = &f.another();
    let host = Libvirt::start("test");
    let (scheme, rest) = host.uri.split_once("://").unwrap();
    let (target, driver) = rest.split_once('/').unwrap();
    let path = Path::to(target).await;
    let uri = format!("{scheme}://{}/{driver}", path.address);
    let scene = Scene::of(f, json!({ "uri": uri, "inventory_timeout": "10s" })).await;
    let client = f.client(&scene.partner, "first", "gold").await;
    host.machine("machine_define", &format!("web 1 4 64 1 '{}/first/default'", scene.partner));
    scene.until_machine("web", "power", json!("on")).await;
    let web = scene.machine("web").await.unwrap();
    let day = async || scene.day(&client, &[("web", &web["id"])]).await;
    let is = |total: &str, unknown: &str| (total.to_owned(), unknown.to_owned());
    scene.heard("10:10").await;
    let paid = day().await;
    // One that is asked twice as seldom goes on beside it.
    let beside = Libvirt::start("test");
    let mut own = json!({ "code": unique("kvm"), "type": "kvm", "name": "Beside", "uri": beside.uri });
    (own["poll_interval"], own["hold"]) = (json!("2s"), json!("90m"));
    let beside_path = format!("/v1/hypervisor/{}", f.hypervisor_with(own).await["code"].as_str().unwrap());
    let attempts = async || {
        let collector = f.admin.get(&beside_path).await.expect(200)["collector"].clone();
        (collector["attempts"].as_i64().unwrap(), collector["state"] == "ok")
    };
    until("the other host", async || attempts().await.1).await;
    let before = attempts().await.0;
    let (connections, begun) = (path.connections(), Instant::now());
    path.fall_silent();
    scene.until_collector("degraded", "within 10000 ms").await;
    assert!(begun.elapsed() < Duration::from_secs(40), "given up after {:?}", begun.elapsed());
    let (asked, is_ok) = attempts().await;
    assert!(is_ok && asked >= before + 3, "asked {} times meanwhile", asked - before);
    assert_eq!(day().await, paid, "within the hold");
    scene.clock("12:30").await;
    assert_eq!(day().await, is(&paid.0, "web"));
    scene.until_collector("down", "within 15000 ms").await;
    assert!(path.connections() > connections, "it was tried anew");
    path.mend();
    scene.heard("12:30").await;
    let total: i64 = paid.0.parse().unwrap();
    // The hours from 11 and from 12.
    assert_eq!(day().await, is(&(total - 2).to_string(), ""));
}

/// What a device passed both ways, as the kernel counts it.
fn passed(device: &str) -> u64 {
    let count = |way| std::fs::read_to_string(format!("/sys/class/net/{device}/statistics/{way}_bytes"));
    ["rx", "tx"].map(|way| count(way).unwrap().trim().parse::<u64>().unwrap()).iter().sum()
}

/// Waits until a device that passed more than `at_least` passes nothing any more, and until the server has read that.
async fn steady(scene: &Scene<'_>, device: &str, at_least: u64, hour: &str) -> u64 {
    for minute in 0..50 {
        let before = passed(device);
        tokio::time::sleep(Duration::from_secs(5)).await;
        if before <= at_least || passed(device) != before {
            continue;
        }
        scene.heard(&format!("{hour}:{minute:02}")).await;
        if passed(device) == before {
            return before;
        }
    }
    panic!("{device} is never steady after {at_least} bytes");
}

/// P8: the counters of a machine begin anew with each run of its QEMU. What it used is what it used in each, to the byte.
pub(crate) async fn counters_that_begin_anew_lose_and_double_nothing(f: &Fixture) {
    let f = &f.another();
    let host = Libvirt::start("qemu");
    let device = format!("esu{:08x}", uuid::Uuid::new_v4().as_fields().0);
    let scene = Scene::of(f, json!({ "uri": host.uri, "external_networks": [device] })).await;
    let client = f.client(&scene.partner, "first", "gold").await;
    host.machine("machine_define", &format!("web 1 1 64 1 '{}/first/default'", scene.partner));
    // It asks its network for something to start, as often as it is started.
    let nic = format!(
        "<interface type=\"ethernet\"><target dev=\"{device}\"/><model type=\"virtio\"/>\
         <link state=\"down\"/></interface>"
    );
    let uri = &host.uri;
    host.machine("machine_stop", "web");
    host.run(&format!(
        "_virsh '{uri}' dumpxml web --inactive |
         sed -e \"s#<boot dev='hd'/>#<boot dev='network'/>#\" -e 's#</devices>#{nic}</devices>#' >\"$dir/web.xml\";
         _virsh '{uri}' define \"$dir/web.xml\" >&2"
    ));
    host.machine("machine_start", "web");
    scene.until_machine("web", "power", json!("on")).await;
    let is_there = || std::path::Path::new("/sys/class/net").join(&device).exists();
    until("the device", async || is_there()).await;
    let first = steady(&scene, &device, 0, "10").await;
    for scope in ["", "--config"] {
        host.run(&format!("_virsh '{uri}' domif-setlink web {device} up {scope} >&2"));
    }
    host.run(&format!("_virsh '{uri}' reset web >&2"));
    let last = steady(&scene, &device, first, "11").await;
    host.machine("machine_stop", "web");
    host.machine("machine_start", "web");
    until("the device", async || is_there()).await;
    let anew = steady(&scene, &device, 0, "12").await;
    // The day ends at 21:00 in Moscow.
    scene.heard("20:50").await;
    assert_eq!(passed(&device), anew);
    scene.heard("21:10").await;
    // The machine was seen before its first run with this device, which so counts from its beginning.
    let used = last + anew;
    let id = client["contract"]["id"].as_str().unwrap();
    let path = format!("/v1/contract/{id}/report?from={DAY}&to={DAY}&service=bandwidth");
    let report = f.admin.get(&path).await.expect(200);
    let told = report["days"][0]["rows"][0]["consumption"].as_str().unwrap();
    let parts = u128::from(used) * 10_000_000_000 / (1 << 30);
    let gigabytes = format!("{}.{:010}", parts / 10_000_000_000, parts % 10_000_000_000);
    assert_eq!(told, format!("{} GB x day", gigabytes.trim_end_matches('0')), "{first} {last} {anew}");
}

/// P6: a backup puts the disk of a running machine into another file and merges it back; it is one disk, and charged once.
pub(crate) async fn a_disk_with_a_snapshot_is_charged_once(f: &Fixture) {
    let f = &f.another();
    let host = Libvirt::start("qemu");
    let scene = Scene::of(f, json!({ "uri": host.uri })).await;
    let client = f.client(&scene.partner, "first", "gold").await;
    host.machine("machine_define", &format!("web 1 1 64 1 '{}/first/default'", scene.partner));
    scene.until_machine("web", "power", json!("on")).await;
    let costs = async || scene.day(&client, &[]).await.0;
    assert_eq!(costs().await, "-11");
    let virsh = |command: &str| host.run(&format!("_virsh '{}' {command} >&2", host.uri));
    let file = host.dir().join("backup.qcow2");
    let snapshot =
        format!("snapshot-create-as web --disk-only --no-metadata --diskspec vda,file={}", file.display());
    virsh(&snapshot);
    let looked_at_anew = || host.machine("machine_owner", &format!("web '{}/first/default'", scene.partner));
    looked_at_anew();
    for minute in ["10:00", "10:01", "10:02"] {
        scene.heard(minute).await;
    }
    assert_eq!(costs().await, "-12");
    assert_eq!(scene.machine("web").await.unwrap()["problem"], json!(null), "it is in the tier where it was");
    virsh("blockcommit web vda --active --pivot --wait");
    looked_at_anew();
    for minute in ["11:00", "11:01", "11:02"] {
        scene.heard(minute).await;
    }
    assert_eq!(costs().await, "-13");
}
