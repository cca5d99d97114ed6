//! A simulated ESXi host or vCenter, and what `govc` says of its machines.

use crate::hypervisor::{Ability, Hypervisor, Measures, shape};
use collect::{
    Backend, Disk, Machine, Power,
    vmware::{Account, Options, Trust, Vmware},
};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use tempfile::TempDir;
use uuid::Uuid;

const LIBRARY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/lib/vcsim.sh");

/// A simulator, with all that belongs to it in a temporary folder. It ends with this value.
pub(crate) struct Simulator {
    dir: TempDir,
    pub(crate) kind: &'static str,
}

impl Simulator {
    /// A simulator of one's own: `esxi` or `vcenter`, with arguments.
    pub(crate) fn start(kind: &'static str, arguments: &str) -> Self {
        let simulator = Self { dir: TempDir::new().unwrap(), kind };
        simulator.run("vcsim_install");
        simulator.begin(arguments);
        simulator
    }

    /// A simulator shared with the tests that run at the same time.
    pub(crate) fn shared(kind: &'static str) -> Arc<Self> {
        static SHARED: [Mutex<Weak<Simulator>>; 2] = [Mutex::new(Weak::new()), Mutex::new(Weak::new())];
        let shared = &SHARED[usize::from(kind == "esxi")];
        let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
        shared.upgrade().unwrap_or_else(|| {
            let simulator = Arc::new(Self::start(kind, ""));
            *shared = Arc::downgrade(&simulator);
            simulator
        })
    }

    /// Starts it anew, where it was ended.
    pub(crate) fn begin(&self, arguments: &str) {
        self.run(&format!("vcsim_start \"$dir\" {} {arguments}", self.kind));
    }

    pub(crate) fn end(&self) {
        self.run("vcsim_stop \"$dir\"");
    }

    /// Runs a line of shell with the library loaded and `$dir` set; gives what it printed.
    pub(crate) fn run(&self, line: &str) -> String {
        self.attempt(line).unwrap()
    }

    fn attempt(&self, line: &str) -> Result<String, String> {
        let dir = self.dir.path().display();
        let line = format!("set -euo pipefail; dir={dir}; . {LIBRARY}; {line}");
        let output = Command::new("bash").args(["-c", &line]).stdin(Stdio::null()).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        if output.status.success() { Ok(out) } else { Err(format!("{line}\n{out}{err}")) }
    }

    pub(crate) fn govc(&self, arguments: &str) -> String {
        self.run(&format!("vcsim_govc \"$dir\" {arguments}"))
    }

    pub(crate) fn uri(&self) -> String {
        self.run("vcsim_uri \"$dir\"").trim().to_owned()
    }

    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn trust(&self) -> Trust {
        Trust::thumbprint(&self.run("vcsim_thumbprint \"$dir\"")).unwrap()
    }

    /// A backend that looks at everything in every inventory.
    pub(crate) fn vmware(&self, password: &str, trust: Trust) -> Vmware {
        self.with(password, trust, Options { configure_every: 1 })
    }

    /// A backend that looks at what changed, as one in use does.
    pub(crate) fn vmware_now_and_then(&self) -> Vmware {
        self.with("sesame", self.trust(), Options::default())
    }

    fn with(&self, password: &str, trust: Trust, options: Options) -> Vmware {
        let account = Account { user: "root".into(), password: password.to_owned().into() };
        Vmware::new(&self.uri(), trust, account, options).unwrap()
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.end();
    }
}

/// A simulator as a hypervisor of the contract.
pub(crate) struct Lab(pub(crate) Arc<Simulator>);

impl Lab {
    pub(crate) fn shared(kind: &'static str) -> Self {
        Self(Simulator::shared(kind))
    }

    fn machine(&self, function: &str, arguments: &str) {
        self.0.run(&format!("{function} \"$dir\" {arguments}"));
    }

    /// What `govc` says of a machine, by an expression of Python over `vm`.
    fn said(&self, name: &str, expression: &str) -> String {
        let print =
            format!("import json, sys; vm = json.load(sys.stdin)['VirtualMachines'][0]; print({expression})");
        self.0.run(&format!(
            "vcsim_govc \"$dir\" vm.info -json {} | python3 -c {}",
            quoted(name),
            quoted(&print)
        ))
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

impl Hypervisor for Lab {
    fn backend(&self) -> Box<dyn Backend> {
        Box::new(self.0.vmware("sesame", self.0.trust()))
    }

    fn host(&self) -> String {
        if self.0.kind == "esxi" {
            let path = self.0.govc("find / -type h");
            return path.trim().rsplit('/').next().unwrap().to_owned();
        }
        let print = quoted("import json, sys; print(json.load(sys.stdin)['About']['FullName'])");
        self.0.run(&format!("vcsim_govc \"$dir\" about -json | python3 -c {print}")).trim().to_owned()
    }

    fn pool(&self) -> String {
        "LocalDS_0".to_owned()
    }

    fn can(&self, ability: Ability) -> bool {
        // Against its documentation, the simulator takes the end of a pause for a start.
        ability != Ability::PauseInOneRun
    }

    fn define(&self, name: &str, is: Measures, owner: &str) -> Uuid {
        let Measures { vcpu, memory_mib, disk_gib } = is;
        self.machine("esxi_define", &format!("{name} {vcpu} {memory_mib} {disk_gib} '{owner}'"));
        // The interface that every new machine has.
        self.0.run(&format!(
            "vcsim_govc \"$dir\" device.remove -vm {name} $(vcsim_govc \"$dir\" device.ls -vm {name} | awk '/^ethernet/ {{print $1}}')"
        ));
        self.said(name, "vm['Config']['InstanceUuid']").trim().parse().unwrap()
    }

    fn resize(&self, name: &str, vcpu: u32, memory_mib: u64) {
        self.machine("esxi_resize", &format!("{name} {vcpu} {memory_mib}"));
    }

    fn set_owner(&self, name: &str, owner: &str) {
        self.machine("esxi_owner", &format!("{name} '{owner}'"));
    }

    fn stop(&self, name: &str) {
        self.machine("esxi_stop", &quoted(name));
    }

    fn start(&self, name: &str) {
        self.machine("esxi_start", &quoted(name));
    }

    fn pause(&self, name: &str) {
        self.0.govc(&format!("vm.power -suspend {}", quoted(name)));
    }

    fn resume(&self, name: &str) {
        self.0.govc(&format!("vm.power -on {}", quoted(name)));
    }

    fn destroy(&self, name: &str) {
        self.machine("esxi_destroy", &quoted(name));
    }

    fn install(&self, _: &Machine) {
        // Its machines obey without.
    }

    fn has_machine(&self, name: &str) -> bool {
        !self.0.govc(&format!("find / -type m -name {}", quoted(name))).trim().is_empty()
    }

    fn has_disk(&self, disk: &Disk) -> bool {
        let pool = disk.pool.as_deref().unwrap();
        let path = disk.path.as_deref().unwrap().strip_prefix(&format!("/vmfs/volumes/{pool}/")).unwrap();
        self.0.attempt(&format!("vcsim_govc \"$dir\" datastore.ls -ds {pool} {}", quoted(path))).is_ok()
    }

    fn assert_is_as_said(&self, machine: &Machine) {
        let shape = shape(machine);
        let words = self.said(
            &machine.name,
            "vm['Config']['InstanceUuid'], vm['Config']['Hardware']['NumCPU'], vm['Config']['Hardware']['MemoryMB'], \
             vm['Runtime']['PowerState'], vm['Summary']['Runtime']['BootTime'], *sorted(d['CapacityInKB'] for d in \
             vm['Config']['Hardware']['Device'] if 'CapacityInKB' in d), sep=' '",
        );
        let mut words = words.split_whitespace();
        let mut next = || words.next().unwrap();
        assert_eq!(machine.uuid.to_string(), next());
        assert_eq!(shape.vcpu.to_string(), next());
        assert_eq!(shape.memory_mib.to_string(), next());
        let power = match next() {
            "poweredOn" => Power::On,
            "suspended" => Power::Paused,
            "poweredOff" => Power::Off,
            other => panic!("the test does not know {other}"),
        };
        assert_eq!(shape.power, power);
        let boot = next().parse::<jiff::Timestamp>().ok();
        let incarnation = machine.incarnation.as_ref().map(|run| run.0.parse::<jiff::Timestamp>().unwrap());
        assert_eq!(incarnation, boot);
        let said: Vec<u64> = words.map(|kib| kib.parse().unwrap()).collect();
        let mut sizes: Vec<u64> = shape.disks.iter().map(|disk| disk.capacity_mib.unwrap() * 1024).collect();
        sizes.sort_unstable();
        assert_eq!(sizes, said);
    }
}
