//! Many machines.

use crate::hypervisor::SOON;
use crate::lab::{Daemon, Lab};
use collect::kvm::{Kvm, Options};
use collect::{Backend, Owner};
use std::fmt::Write;
use std::sync::Arc;
use std::time::Instant;

const MACHINES: usize = 1000;

#[tokio::test]
async fn a_thousand_machines_take_a_moment() {
    let lab = Lab::new(Arc::new(Daemon::start()), "test");
    let mut commands = String::new();
    for number in 0..MACHINES {
        let file = lab.daemon.dir().join(format!("{number}.xml"));
        let xml = format!(
            "<domain type='test'><name>m{number}</name>
             <metadata><o:owner xmlns:o='urn:esu:owner:1'>acme/c{number}/default</o:owner></metadata>
             <memory unit='MiB'>{}</memory><vcpu current='1'>4</vcpu><os><type>hvm</type></os>
             <devices><disk type='file'><source file='/d{number}'/><target dev='vda'/></disk></devices></domain>",
            64 + number
        );
        std::fs::write(&file, xml).unwrap();
        writeln!(commands, "create {}", file.display()).unwrap();
    }
    let script = lab.daemon.dir().join("commands");
    std::fs::write(&script, commands).unwrap();
    lab.daemon.run(&format!("virsh -q -c '{}' <{} >/dev/null", lab.uri, script.display()));

    let backend = Kvm::new(&lab.uri, Options::default()).unwrap();
    for round in ["first", "second", "third"] {
        let begun = Instant::now();
        let snapshot = backend.inventory(SOON).await.unwrap();
        println!("{round} inventory of {MACHINES}: {:?}", begun.elapsed());
        assert_eq!(snapshot.machines.len(), MACHINES);
        for machine in &snapshot.machines {
            let number: u64 = machine.name.strip_prefix('m').unwrap().parse().unwrap();
            let shape = machine.shape.as_ref().unwrap();
            assert_eq!(shape.memory_mib, 64 + number);
            assert!(matches!(&shape.owner, Owner::Tagged { client, .. } if *client == format!("c{number}")));
            assert!(shape.disks[0].capacity_mib.is_some());
        }
    }
}
