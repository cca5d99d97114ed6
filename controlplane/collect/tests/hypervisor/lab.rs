//! A private libvirtd, and what `virsh` says of its machines.

use collect::kvm::{Kvm, Options};
use collect::{Backend, Change, ChangeKind, Changes, Machine, Owner, Power, Shape};
use futures::StreamExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;
use tempfile::TempDir;
use uuid::Uuid;

/// Long enough for a slow machine, short enough to be waited for.
pub(crate) const SOON: Duration = Duration::from_secs(20);
const LIBRARY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/lib/libvirtd.sh");

/// A daemon, with all that belongs to it in a temporary folder. It ends when the last test is done with it.
pub(crate) struct Daemon {
    dir: TempDir,
}

impl Daemon {
    /// A daemon of one's own.
    pub(crate) fn start() -> Self {
        let daemon = Self { dir: TempDir::new().unwrap() };
        let ready = shell("PATH=$PATH:/usr/sbin; command -v libvirtd virsh qemu-system-x86_64 qemu-img");
        assert!(
            ready.is_ok(),
            "libvirt or QEMU is missing; install it with: bash -c '. examples/lib/libvirtd.sh; libvirt_install'"
        );
        daemon.run("libvirt_start \"$dir\"");
        daemon
    }

    /// A daemon shared with the tests that run at the same time.
    pub(crate) fn shared() -> Arc<Self> {
        static SHARED: Mutex<Weak<Daemon>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        shared.upgrade().unwrap_or_else(|| {
            let daemon = Arc::new(Self::start());
            *shared = Arc::downgrade(&daemon);
            daemon
        })
    }

    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Runs a line of shell with the library loaded and `$dir` set; gives what it printed.
    pub(crate) fn run(&self, line: &str) -> String {
        let dir = self.dir().display();
        shell(&format!("set -euo pipefail; dir={dir}; . {LIBRARY}; {line}")).unwrap()
    }

    pub(crate) fn uri(&self, driver: &str) -> String {
        self.run(&format!("libvirt_uri \"$dir\" {driver}")).trim().to_owned()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.run("libvirt_stop \"$dir\"");
    }
}

/// Standard output, or everything that was printed if the shell failed.
fn shell(line: &str) -> Result<String, String> {
    let output = Command::new("bash").args(["-c", line]).stdin(Stdio::null()).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    if output.status.success() { Ok(out) } else { Err(format!("{line}\n{out}{err}")) }
}

/// A machine's measures.
#[derive(Clone, Copy)]
pub(crate) struct Measures {
    pub(crate) vcpu: u32,
    pub(crate) memory_mib: u64,
    pub(crate) disk_gib: u64,
}

/// One driver of a daemon: where machines are made, and `virsh` to look at them.
pub(crate) struct Lab {
    pub(crate) daemon: Arc<Daemon>,
    pub(crate) uri: String,
}

impl Lab {
    pub(crate) fn new(daemon: Arc<Daemon>, driver: &str) -> Self {
        let uri = daemon.uri(driver);
        Self { daemon, uri }
    }

    pub(crate) fn shared(driver: &str) -> Self {
        Self::new(Daemon::shared(), driver)
    }

    /// A backend that looks at everything in every inventory.
    pub(crate) fn backend(&self) -> Kvm {
        Kvm::new(&self.uri, Options { describe_every: 1, size_disks_every: 1, ..Options::default() }).unwrap()
    }

    fn machine(&self, function: &str, arguments: &str) {
        self.daemon.run(&format!("{function} \"$dir\" '{}' {arguments}", self.uri));
    }

    /// A running machine of at most 4 vCPU.
    pub(crate) fn define(&self, name: &str, is: Measures, owner: &str) -> Uuid {
        let Measures { vcpu, memory_mib, disk_gib } = is;
        self.machine("machine_define", &format!("{name} {vcpu} 4 {memory_mib} {disk_gib} '{owner}'"));
        self.virsh(&format!("domuuid {name}")).trim().parse().unwrap()
    }

    pub(crate) fn resize(&self, name: &str, vcpu: u32, memory_mib: u64) {
        self.machine("machine_resize", &format!("{name} {vcpu} {memory_mib}"));
    }

    pub(crate) fn set_owner(&self, name: &str, owner: &str) {
        self.machine("machine_owner", &format!("{name} '{owner}'"));
    }

    pub(crate) fn stop(&self, name: &str) {
        self.machine("machine_stop", name);
    }

    pub(crate) fn start(&self, name: &str) {
        self.machine("machine_start", name);
    }

    pub(crate) fn destroy(&self, name: &str) {
        self.machine("machine_destroy", name);
    }

    pub(crate) fn virsh(&self, arguments: &str) -> String {
        self.daemon.run(&format!("virsh -q -c '{}' {arguments}", self.uri))
    }

    /// The number that `virsh` prints after a label.
    pub(crate) fn number(&self, arguments: &str, label: &str) -> u64 {
        let said = self.virsh(arguments);
        let line = said.lines().find_map(|line| line.trim().strip_prefix(label)).unwrap();
        let number = line.trim_start_matches(':').split_whitespace().next().unwrap();
        number.parse().unwrap()
    }

    /// Asserts that `machine` is what `virsh` says of it.
    pub(crate) fn assert_is_as_virsh_says(&self, machine: &Machine) {
        let name = &machine.name;
        let shape = shape(machine);
        let info = format!("dominfo {name}");
        assert_eq!(machine.uuid.to_string(), self.virsh(&format!("domuuid {name}")).trim());
        assert_eq!(u64::from(shape.vcpu), self.number(&info, "CPU(s)"));
        assert_eq!(shape.memory_mib, self.number(&info, "Used memory").div_ceil(1024));
        let state = self.virsh(&format!("domstate {name}"));
        let power = match state.trim() {
            "running" => Power::On,
            "paused" => Power::Paused,
            "shut off" => Power::Off,
            other => panic!("the test does not know {other}"),
        };
        assert_eq!(shape.power, power);
        let id = self.virsh(&format!("domid {name}")).trim().parse::<u32>().ok();
        assert_eq!(machine.incarnation.as_ref().map(ToString::to_string), id.map(|id| id.to_string()));
        for disk in &shape.disks {
            let bytes = match &disk.pool {
                Some(pool) => {
                    let volume = disk.key.strip_prefix(&format!("{pool}/")).unwrap();
                    self.number(&format!("vol-info {volume} --pool {pool} --bytes"), "Capacity")
                }
                None => self.number(&format!("domblkinfo {name} {}", disk.target), "Capacity"),
            };
            assert_eq!(disk.capacity_mib, Some(bytes.div_ceil(1 << 20)), "{}", disk.key);
        }
    }
}

pub(crate) fn shape(machine: &Machine) -> &Shape {
    machine.shape.as_ref().unwrap()
}

pub(crate) fn owner(partner: &str, client: &str, project: &str) -> Owner {
    Owner::Tagged { partner: partner.into(), client: client.into(), project: project.into() }
}

/// The machine of this identity in a new inventory.
pub(crate) async fn seen(backend: &dyn Backend, uuid: Uuid) -> Option<Machine> {
    let snapshot = backend.inventory(SOON).await.unwrap();
    snapshot.machines.into_iter().find(|machine| machine.uuid == uuid)
}

/// Waits for this hint; others are let pass, a gap that is not waited for is not.
pub(crate) async fn wait_for(changes: &mut Changes, wanted: &ChangeKind) -> Change {
    let wait = async {
        loop {
            let change = changes.next().await.expect("the stream ended without a gap");
            if change.kind == *wanted {
                return change;
            }
            assert!(change.kind.machine().is_some(), "waiting for {wanted:?}, there was {:?}", change.kind);
        }
    };
    tokio::time::timeout(SOON, wait).await.unwrap_or_else(|_| panic!("no {wanted:?} came"))
}

/// Waits for the stream's end; gives the reason.
pub(crate) async fn wait_for_gap(changes: &mut Changes) -> String {
    let wait = async {
        while let Some(change) = changes.next().await {
            if let ChangeKind::Gap(reason) = change.kind {
                assert!(changes.next().await.is_none(), "nothing follows a gap");
                return reason;
            }
        }
        panic!("the stream ended without a gap");
    };
    tokio::time::timeout(SOON, wait).await.expect("no gap came")
}
