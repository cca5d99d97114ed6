//! From `terraform apply` to the bill, over real hypervisors: what virsh and govc do to machines, behind the provider's
//! back, is on the bill that one computes by hand.

use acceptance_tests::world::{Caller, On, World};
use serde_json::{Value, json};
use std::{
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// What a hypervisor of the examples is called with.
#[derive(Clone, Copy, Debug)]
enum Platform {
    /// Real QEMU machines, emulated.
    Qemu,
    /// An ESXi host that vSphere's own simulator makes up.
    Esxi,
}

/// A hypervisor with all that belongs to it in a temporary folder. It ends with this value.
struct Host {
    platform: Platform,
    folder: TempDir,
}

impl Host {
    fn start(platform: Platform) -> Self {
        let host = Self { platform, folder: TempDir::new().unwrap() };
        host.run(match platform {
            Platform::Qemu => "libvirt_install; libvirt_start \"$dir\"",
            Platform::Esxi => "vcsim_install; vcsim_start \"$dir\" esxi",
        });
        host
    }

    /// Runs a line of shell with the libraries loaded and `$dir` set; gives what it printed.
    fn run(&self, line: &str) -> String {
        let library = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/lib");
        let (library, dir) = (library.display(), self.folder.path().display());
        let line = format!(
            "set -euo pipefail; dir={dir}; . {library}/libvirtd.sh; . {library}/vcsim.sh\n\
             uri() {{ libvirt_uri \"$dir\" qemu; }}\n{line}"
        );
        let output = Command::new("bash").args(["-c", &line]).stdin(Stdio::null()).output().unwrap();
        assert!(output.status.success(), "{line}\n{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Does something to a machine: `define`, `resize`, `stop`, `start` or `destroy`.
    fn machine(&self, verb: &str, name: &str, arguments: &str) {
        match (self.platform, verb) {
            // A maximum of processors is libvirt's alone.
            (Platform::Qemu, "define") => {
                let (vcpu, rest) = arguments.split_once(' ').unwrap();
                self.run(&format!("machine_define \"$dir\" \"$(uri)\" {name} {vcpu} 4 {rest}"))
            }
            (Platform::Qemu, _) => {
                self.run(&format!("machine_{verb} \"$dir\" \"$(uri)\" {name} {arguments}"))
            }
            (Platform::Esxi, _) => self.run(&format!("esxi_{verb} \"$dir\" {name} {arguments}")),
        };
    }

    /// What `esu_hypervisor` says of it.
    fn attributes(&self) -> String {
        match self.platform {
            Platform::Qemu => format!("type = \"kvm\"\n  uri  = \"{}\"", self.run("uri")),
            Platform::Esxi => format!(
                "type = \"vmware\"\n  uri  = \"{}\"\n  username = \"root\"\n  password = \"sesame\"\n  \
                 password_version = 1\n  certificate_thumbprint = \"{}\"",
                self.run("vcsim_uri \"$dir\""),
                self.run("vcsim_thumbprint \"$dir\"")
            ),
        }
    }

    /// What the platform's services, and the promotions on it, begin with.
    const fn prefix(&self) -> &'static str {
        match self.platform {
            Platform::Qemu => "kvm",
            Platform::Esxi => "vmware",
        }
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.run(match self.platform {
            Platform::Qemu => "libvirt_stop \"$dir\"",
            Platform::Esxi => "vcsim_stop \"$dir\"",
        });
    }
}

/// A partner's prices by the hour and the day, and a promotion for machines of 2 vCPU, 2 GB and a disk of 20 GB.
fn configuration(host: &Host) -> String {
    let prefix = host.prefix();
    format!(
        r#"
resource "esu_hypervisor" "host" {{
  code = "host"
  name = "Host"
  {attributes}
  disk_types    = {{ images = "ssd", LocalDS_0 = "ssd" }}
  poll_interval = "1s"
  hold          = "3d"
}}

resource "esu_partner" "north" {{
  code        = "north"
  name        = "North"
  hypervisors = [esu_hypervisor.host.code]
  time_zone   = "Europe/Moscow"
}}

resource "esu_tariff_plan" "gold" {{
  code    = "gold"
  partner = esu_partner.north.code
  name    = "Gold"
  services = {{
    {prefix}_cpu           = {{ price = 0.5, period = "hour", calendar = true, while = "running" }}
    {prefix}_ram           = {{ price = 5, period = "day", calendar = true }}
    {prefix}_hdd_ultrafast = {{ price = 3, period = "day", calendar = true }}
  }}
}}

resource "esu_promotion" "winter" {{
  code          = "winter"
  partner       = esu_partner.north.code
  name          = "Winter"
  starts_on     = "2021-12-01"
  ends_on       = "2021-12-31"
  price_per_day = 50
  platform      = "{prefix}"
  vcpu          = 2
  ram_gb        = 2
  hdd_gb        = 20
  disk_type     = "ssd"
}}

resource "esu_client" "first" {{
  code          = "first"
  partner       = esu_partner.north.code
  name          = "First"
  tariff_plan   = esu_tariff_plan.gold.code
  payment_model = "postpay"
}}
"#,
        attributes = host.attributes(),
    )
}

struct Scene<'a> {
    host: &'a Host,
    api: Caller,
    contract: String,
}

impl Scene<'_> {
    /// Does something to a machine at a time of 20 December 2021 in Moscow.
    fn step(&self, time: &str, action: (&str, &str, &str), seen: Option<(&str, Value)>) {
        self.at(&format!("2021-12-20T{time}:00+03:00"));
        self.act(action, seen);
    }

    /// Does something to a machine, and waits until the server has seen what that comes to: a field of the machine with its
    /// value, or that it is gone.
    fn act(&self, (verb, name, arguments): (&str, &str, &str), seen: Option<(&str, Value)>) {
        self.host.machine(verb, name, arguments);
        let (field, value) = seen.unzip();
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let live = self.api.get("/v1/machine?live=true");
            let found = live["items"].as_array().unwrap().iter().find(|machine| machine["name"] == name);
            let is_seen = match field {
                Some(field) => found.is_some_and(|machine| Some(&machine[field]) == value.as_ref()),
                None => found.is_none(),
            };
            if is_seen {
                return;
            }
            assert!(Instant::now() < deadline, "{verb} {name} was not seen: {live}");
            thread::sleep(Duration::from_millis(50));
        }
    }

    fn at(&self, instant: &str) {
        self.api.put("/v1/clock", &json!({ "now": instant }));
    }

    /// What 20 December costs, as far as is known at a time of that day.
    fn bill_at(&self, time: &str) -> String {
        self.at(&format!("2021-12-20T{time}:00+03:00"));
        self.bill()
    }

    fn bill(&self) -> String {
        let report =
            self.api.get(&format!("/v1/contract/{}/report?from=2021-12-20&to=2021-12-20", self.contract));
        report["total"].as_str().unwrap().to_owned()
    }
}

/// The day of two machines, on prices of 0.50 for each vCPU in each hour in which it ran, 5 for a GB of RAM and 3 for a GB
/// of disk in each day, and a promotion of 50 a day.
fn a_day(platform: Platform) {
    let world = World::new(On::Sqlite, Some("2021-12-19T21:00:00Z"));
    let host = Host::start(platform);
    let workspace = world.workspace(&configuration(&host));
    let _ = workspace.apply(&[]).expect(0);
    workspace.expect_empty_plan();
    let api = world.admin();
    let contract = api.all("client", "first")[0]["contract"]["id"].as_str().unwrap().to_owned();
    let scene = Scene { host: &host, api, contract };
    let machine = |field: &'static str, value: Value| Some((field, value));

    // 1 vCPU, 1 GB, 10 GB: 5 and 30 for the day, 0.50 for the hour that has begun.
    scene.step("00:30", ("define", "web", "1 1024 10 north/first/default"), machine("power", json!("on")));
    assert_eq!(scene.bill_at("00:45"), "-35.5");
    // 0.50 for each of two hours; 2 vCPU in the third cost 1, and what was paid of it counts.
    scene.step("02:30", ("resize", "web", "2"), machine("vcpu", json!(2)));
    assert_eq!(scene.bill_at("02:45"), "-37");
    // Off and on again within an hour: what was paid for it holds.
    scene.step("03:20", ("stop", "web", ""), machine("power", json!("off")));
    scene.step("03:40", ("start", "web", ""), machine("power", json!("on")));
    assert_eq!(scene.bill_at("03:45"), "-38");
    // The hours from 4 to 5 cost 1 each. The next two, in which it is off, cost nothing; the one in which it is started does.
    scene.step("05:30", ("stop", "web", ""), machine("power", json!("off")));
    assert_eq!(scene.bill_at("08:15"), "-40");
    scene.step("08:30", ("start", "web", ""), machine("power", json!("on")));
    assert_eq!(scene.bill_at("08:45"), "-41");
    // The hour from 9 on costs 1; a machine under the promotion costs 50 a day, whatever it consists of.
    scene.step("09:30", ("define", "promo", "2 2048 20 north/first/default"), machine("power", json!("on")));
    assert_eq!(scene.bill_at("09:45"), "-92");
    // Deleted, it cost 1 for the hours from 10 and from 11; what was paid for the day is not given back.
    scene.step("11:30", ("destroy", "web", ""), None);
    assert_eq!(scene.bill_at("12:45"), "-94");
    // Another size ends the promotion: 3 vCPU for an hour 1.50, 2 GB for the day 10, 20 GB 60.
    scene.step("13:30", ("resize", "promo", "3"), machine("vcpu", json!(3)));
    assert_eq!(scene.bill_at("13:45"), "-165.5");
    // Terraform sees none of this: it is no part of what was declared.
    workspace.expect_empty_plan();
    // The day is over and closed: ten more hours of 3 vCPU, 15.
    scene.at("2021-12-22T01:00:00+03:00");
    assert_eq!(scene.bill(), "-180.5");
    scene.act(("destroy", "promo", ""), None);
    let _ = workspace.destroy(&[]).expect(0);
}

#[test]
fn machines_of_qemu_cost_what_is_computed_by_hand() {
    a_day(Platform::Qemu);
}

#[test]
fn machines_of_esxi_cost_what_is_computed_by_hand() {
    a_day(Platform::Esxi);
}
