//! Many machines.

use crate::hypervisor::{SOON, metered};
use crate::lab::{Daemon, Lab};
use collect::kvm::{Kvm, Options};
use collect::{Backend, Owner, Power};
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

/// More than a daemon gives in one list, half of them off.
const VERY_MANY: usize = 20_000;

/// A driver `test` of its own, which has so many machines when a connection opens.
fn crowd(lab: &Lab, count: usize) -> String {
    let mut xml = String::from("<node>");
    for number in 0..count {
        let state = if number % 2 == 0 { 1 } else { 5 };
        write!(
            xml,
            "<domain type='test' xmlns:test='http://libvirt.org/schemas/domain/test/1.0'><name>m{number}</name>
             <uuid>{:08x}-0000-4000-8000-000000000000</uuid>
             <memory unit='MiB'>{}</memory><vcpu>1</vcpu><os><type>hvm</type></os>
             <test:runstate>{state}</test:runstate></domain>",
            number + 1,
            64 + number % 1000
        )
        .unwrap();
    }
    let file = lab.daemon.dir().join("crowd.xml");
    std::fs::write(&file, xml + "</node>").unwrap();
    lab.uri.replace("/default", &file.display().to_string())
}

#[tokio::test]
async fn more_machines_than_a_list_has_are_all_seen_once() {
    let lab = Lab::new(Arc::new(Daemon::start()), "test");
    let backend = Kvm::new(&crowd(&lab, VERY_MANY), Options::default()).unwrap();
    let snapshot = backend.inventory(3 * SOON).await.unwrap();
    assert_eq!(snapshot.machines.len(), VERY_MANY);
    for (number, machine) in snapshot.machines.iter().enumerate() {
        let shape = machine.shape.as_ref().unwrap();
        assert_eq!((&machine.name, shape.memory_mib), (&format!("m{number}"), 64 + number as u64 % 1000));
        assert_eq!(shape.power, if number % 2 == 0 { Power::On } else { Power::Off });
    }
    let all: Vec<_> = snapshot.machines.iter().map(|machine| machine.uuid).collect();
    let counters = backend.counters(&metered(&all), 3 * SOON).await.unwrap();
    assert_eq!(counters.len(), VERY_MANY / 2, "more than one answer of statistics has");
}
