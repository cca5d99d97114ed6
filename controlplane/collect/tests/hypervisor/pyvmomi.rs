//! Every value of an inventory beside what VMware's own SDK for Python says.

use crate::hypervisor::{SOON, shape};
use crate::vsphere::Simulator;
use collect::{Backend, Machine, Owner, Power};
use serde_json::{Value, json};

const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/hypervisor/pyvmomi_machines.py");

/// A machine as the program prints it.
fn as_told(machine: &Machine) -> Value {
    let shape = shape(machine);
    let power = match shape.power {
        Power::On => "poweredOn",
        Power::Paused => "suspended",
        Power::Off => "poweredOff",
        Power::Unknown => "unknown",
    };
    let owner = match &shape.owner {
        Owner::Tagged { partner, client, project } => format!("{partner}/{client}/{project}"),
        Owner::Untagged => String::new(),
        Owner::Malformed(text) => text.clone(),
    };
    let file = |path: &str, pool: &str| {
        format!("[{pool}] {}", path.strip_prefix(&format!("/vmfs/volumes/{pool}/")).unwrap())
    };
    let mut disks: Vec<(u64, String)> = shape
        .disks
        .iter()
        .map(|disk| {
            (
                disk.capacity_mib.unwrap() * 1024,
                file(disk.path.as_deref().unwrap(), disk.pool.as_deref().unwrap()),
            )
        })
        .collect();
    disks.sort();
    let mut macs: Vec<&str> = shape.nics.iter().map(|nic| nic.mac.as_str()).collect();
    macs.sort_unstable();
    json!({
        "uuid": machine.uuid.to_string(), "name": machine.name, "power": power, "vcpu": shape.vcpu,
        "memory_mib": shape.memory_mib, "owner": owner, "guest_os": shape.guest_os, "disks": disks, "macs": macs,
    })
}

#[tokio::test]
async fn every_value_is_what_the_sdk_says() {
    for kind in ["esxi", "vcenter"] {
        let simulator = Simulator::start(kind, "-vm 20");
        simulator.run(
            "esxi_define \"$dir\" tagged 3 1536 7 acme/first/default; esxi_define \"$dir\" off 1 64 1 acme/first; \
             esxi_stop \"$dir\" off; esxi_define \"$dir\" paused 2 128 2; vcsim_govc \"$dir\" vm.power -suspend paused",
        );
        let said = simulator.run(&format!("python3 {PROGRAM} {} root sesame", simulator.uri()));
        let mut said: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        said.sort_by_key(|machine| machine["uuid"].as_str().unwrap().to_owned());
        let snapshot = simulator.vmware("sesame", simulator.trust()).inventory(SOON).await.unwrap();
        let ours: Vec<Value> = snapshot.machines.iter().map(as_told).collect();
        assert_eq!(ours.len(), 23);
        assert_eq!(ours, said);
    }
}
