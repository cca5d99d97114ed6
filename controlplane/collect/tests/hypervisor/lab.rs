//! A private libvirtd, and what `virsh` says of its machines.

use crate::hypervisor::{Ability, Hypervisor, Measures, shape};
use collect::kvm::{Kvm, Options};
use collect::{Backend, Disk, Machine, Power};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use tempfile::TempDir;
use uuid::Uuid;

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

    fn is_test(&self) -> bool {
        self.uri.starts_with("test")
    }

    /// A backend that looks at everything in every inventory.
    pub(crate) fn kvm(&self) -> Kvm {
        Kvm::new(&self.uri, Options { describe_every: 1, size_disks_every: 1, ..Options::default() }).unwrap()
    }

    fn machine(&self, function: &str, arguments: &str) {
        self.daemon.run(&format!("{function} \"$dir\" '{}' {arguments}", self.uri));
    }

    pub(crate) fn virsh(&self, arguments: &str) -> String {
        self.try_virsh(arguments).unwrap()
    }

    fn try_virsh(&self, arguments: &str) -> Result<String, String> {
        shell(&format!("virsh -q -c '{}' {arguments}", self.uri))
    }

    /// Has a machine that is off start with this program.
    pub(crate) fn install_sector(&self, machine: &Machine, program: &[u8]) {
        let mut sector = [0; 512];
        sector[..program.len()].copy_from_slice(program);
        sector[510..].copy_from_slice(&[0x55, 0xaa]);
        let file = self.daemon.dir().join(format!("{}.boot", machine.uuid));
        std::fs::write(&file, sector).unwrap();
        let disk = &shape(machine).disks[0];
        let volume = disk.key.strip_prefix("images/").unwrap();
        let path = self.virsh(&format!("vol-path {volume} --pool images"));
        let write = format!("write -s {} 0 512", file.display());
        self.daemon.run(&format!("qemu-io -f qcow2 -c {} {}", quoted(&write), path.trim()));
    }

    /// The number that `virsh` prints after a label.
    pub(crate) fn number(&self, arguments: &str, label: &str) -> u64 {
        let said = self.virsh(arguments);
        let line = said.lines().find_map(|line| line.trim().strip_prefix(label)).unwrap();
        let number = line.trim_start_matches(':').split_whitespace().next().unwrap();
        number.parse().unwrap()
    }
}

/// A boot sector that waits for the power button, and powers off: the registers are those of the machine
/// type `pc`. Where the processor goes on from an interrupt, it looks at the button again.
const OBEDIENT: [u8; 29] = [
    0xba, 0x02, 0x06, 0xb8, 0x00, 0x01, 0xef, // the button is listened to
    0xfb, 0xf4, // wait for the clock
    0xba, 0x00, 0x06, 0xed, 0xf6, 0xc4, 0x01, 0x74, 0xf5, // was it pressed?
    0xba, 0x04, 0x06, 0xb8, 0x00, 0x20, 0xef, // off
    0xeb, 0xfe, 0x90, 0x90,
];

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

impl Hypervisor for Lab {
    fn backend(&self) -> Box<dyn Backend> {
        Box::new(self.kvm())
    }

    fn host(&self) -> String {
        self.virsh("hostname").trim().to_owned()
    }

    fn pool(&self) -> String {
        if self.is_test() { "default-pool" } else { "images" }.to_owned()
    }

    fn can(&self, ability: Ability) -> bool {
        // The driver `test` has no call for a disk's size.
        ability == Ability::PauseInOneRun || !self.is_test()
    }

    fn define(&self, name: &str, is: Measures, owner: &str) -> Uuid {
        let Measures { vcpu, memory_mib, disk_gib } = is;
        self.machine("machine_define", &format!("{name} {vcpu} 4 {memory_mib} {disk_gib} '{owner}'"));
        self.virsh(&format!("domuuid {name}")).trim().parse().unwrap()
    }

    fn resize(&self, name: &str, vcpu: u32, memory_mib: u64) {
        self.machine("machine_resize", &format!("{name} {vcpu} {memory_mib}"));
    }

    fn set_owner(&self, name: &str, owner: &str) {
        self.machine("machine_owner", &format!("{name} '{owner}'"));
    }

    fn stop(&self, name: &str) {
        self.machine("machine_stop", name);
    }

    fn start(&self, name: &str) {
        self.machine("machine_start", name);
    }

    fn pause(&self, name: &str) {
        self.virsh(&format!("suspend {}", quoted(name)));
    }

    fn resume(&self, name: &str) {
        self.virsh(&format!("resume {}", quoted(name)));
    }

    fn destroy(&self, name: &str) {
        self.machine("machine_destroy", name);
    }

    fn install(&self, machine: &Machine) {
        // The machines of the driver `test` obey without.
        if !self.is_test() {
            self.install_sector(machine, &OBEDIENT);
        }
    }

    fn has_machine(&self, name: &str) -> bool {
        self.try_virsh(&format!("dominfo {}", quoted(name))).is_ok()
    }

    fn has_disk(&self, disk: &Disk) -> bool {
        let (pool, volume) = disk.key.split_once('/').unwrap();
        self.try_virsh(&format!("vol-info {} --pool {}", quoted(volume), quoted(pool))).is_ok()
    }

    fn assert_is_as_said(&self, machine: &Machine) {
        let name = quoted(&machine.name);
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
