//! The contract on real QEMU, and what only real machines have.

use crate::hypervisor::{Hypervisor, Measures, SOON, metered, seen, shape, wait_for};
use crate::lab::Lab;
use collect::kvm::{Kvm, Options};
use collect::{Backend, ChangeKind, Power, Reading};
use std::time::Duration;

crate::contract::contract!(crate::lab::Lab::shared("qemu"));

const SMALL: Measures = Measures { vcpu: 1, memory_mib: 128, disk_gib: 1 };

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_disk_that_is_no_volume_is_sized_by_the_domain_and_a_cdrom_is_no_disk() {
    let lab = Lab::shared("qemu");
    let backend = lab.kvm();
    let uuid = lab.define("disks", SMALL, "");
    let file = lab.daemon.dir().join("images/extra.qcow2");
    let file = file.display();
    lab.daemon.run(&format!("qemu-img create -q -f qcow2 {file} 1500K"));
    let mut changes = backend.changes(SOON).await.unwrap();
    lab.virsh(&format!("attach-disk disks {file} vdb --driver qemu --subdriver qcow2 --live --config"));
    wait_for(&mut changes, &ChangeKind::Resized(uuid)).await;
    let is_as_it_should = async |power| {
        let machine = seen(&backend, uuid).await.unwrap();
        lab.assert_is_as_said(&machine);
        let disks: Vec<_> =
            shape(&machine).disks.iter().map(|d| (d.target.as_str(), d.capacity_mib, d.system)).collect();
        assert_eq!(disks, [("vda", Some(1024), true), ("vdb", Some(2), false)]);
        assert_eq!(shape(&machine).power, power);
    };
    is_as_it_should(Power::On).await;
    lab.stop("disks");
    lab.virsh("attach-disk disks '' hda --type cdrom --config");
    is_as_it_should(Power::Off).await;
    lab.start("disks");
    lab.virsh("blockresize disks vdb 5M");
    let resized = seen(&backend, uuid).await.unwrap();
    assert_eq!(shape(&resized).disks[1].capacity_mib, Some(5));
    lab.destroy("disks");
}

/// What `virsh` counts of a device: the bytes that its machine received, and those that it sent.
fn counted(lab: &Lab, device: &str) -> (u64, u64) {
    let stat = lab.virsh(&format!("domifstat talks {device}"));
    let count = |label: &str| -> u64 {
        let line = stat.lines().find(|line| line.contains(label)).unwrap();
        line.split_whitespace().last().unwrap().parse().unwrap()
    };
    (count("rx_bytes"), count("tx_bytes"))
}

/// Sends some frames of 1400 bytes to the machine behind a device.
fn send_frames(lab: &Lab, device: &str) {
    lab.daemon.run(&format!(
        "_shell_root python3 -c \"
import socket
link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
link.bind(('{device}', 0))
for _ in range(10):
    link.send(b'\\xff' * 6 + b'\\x02' + bytes(5) + b'\\x88\\xb5' + bytes(1386))
\""
    ));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn traffic_is_what_virsh_counts() {
    let lab = Lab::shared("qemu");
    let backend = lab.kvm();
    let uuid = lab.define("talks", SMALL, "");
    let file = lab.daemon.dir().join("nic.xml");
    let device = format!("esu{:08x}", uuid.as_fields().0);
    let nic = format!(
        "<interface type='ethernet'><mac address='52:54:00:AA:BB:01'/><target dev='{device}'/><model type='virtio'/></interface>"
    );
    std::fs::write(&file, nic).unwrap();
    // What was remembered before the interface came must not stand in its way.
    assert_eq!(backend.counters(&metered(&[uuid]), SOON).await.unwrap()[0].traffic, Ok(vec![]));
    lab.virsh(&format!("attach-device talks {} --live --config", file.display()));
    let counters = backend.counters(&metered(&[uuid]), SOON).await.unwrap();
    let traffic = counters[0].traffic.as_ref().unwrap();
    assert_eq!(traffic.len(), 1);
    assert_eq!((traffic[0].mac.as_str(), traffic[0].reading), ("52:54:00:aa:bb:01", Reading::Cumulative));
    assert_eq!(shape(&seen(&backend, uuid).await.unwrap()).nics[0].device.as_ref(), Some(&device));

    // It asks its network for something to start, and hears us.
    lab.stop("talks");
    lab.daemon.run(&format!(
        "_virsh '{uri}' dumpxml talks --inactive | sed \"s#<boot dev='hd'/>#<boot dev='network'/>#\" >\"$dir/talks.xml\";
         _virsh '{uri}' define \"$dir/talks.xml\" >&2",
        uri = lab.uri
    ));
    lab.start("talks");
    let mut tries = 0..100;
    let mut before = counted(&lab, &device);
    // What it hears is more than what it says, so that the one is not taken for the other.
    while before.1 == 0 || before.0 < 2 * before.1 {
        assert!(tries.next().is_some(), "received and sent: {before:?}");
        send_frames(&lab, &device);
        tokio::time::sleep(Duration::from_millis(100)).await;
        before = counted(&lab, &device);
    }
    let counters = backend.counters(&metered(&[uuid]), SOON).await.unwrap();
    let traffic = &counters[0].traffic.as_ref().unwrap()[0];
    let after = counted(&lab, &device);
    let between = |before, is, after| before <= is && is <= after;
    assert!(between(before.0, traffic.received_bytes, after.0), "{before:?} {traffic:?} {after:?}");
    assert!(between(before.1, traffic.sent_bytes, after.1), "{before:?} {traffic:?} {after:?}");
    lab.destroy("talks");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_undefined_machine_is_there_until_it_stops() {
    let lab = Lab::shared("qemu");
    let backend = lab.kvm();
    let uuid = lab.define("fades", SMALL, "");
    let mut changes = backend.changes(SOON).await.unwrap();
    lab.virsh("undefine fades");
    assert_eq!(shape(&seen(&backend, uuid).await.unwrap()).power, Power::On);
    lab.virsh("destroy fades");
    wait_for(&mut changes, &ChangeKind::Stopped(uuid)).await;
    wait_for(&mut changes, &ChangeKind::Removed(uuid)).await;
    assert_eq!(seen(&backend, uuid).await, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_renamed_machine_is_the_same() {
    let lab = Lab::shared("qemu");
    let backend = lab.kvm();
    let uuid = lab.define("before", SMALL, "");
    lab.stop("before");
    let mut changes = backend.changes(SOON).await.unwrap();
    lab.virsh("domrename before after");
    let change = loop {
        let next = tokio::time::timeout(SOON, futures::StreamExt::next(&mut changes)).await;
        let change = next.unwrap().unwrap();
        // Other tests' machines are on this daemon, too.
        if format!("{:?}", change.kind).contains(&uuid.to_string()) {
            break change;
        }
    };
    assert_eq!(change.kind, ChangeKind::Defined(uuid), "a renaming removes nothing");
    assert_eq!(seen(&backend, uuid).await.unwrap().name, "after");
    lab.destroy("after");
}

/// What `lab`'s process of a machine is sent.
pub(crate) fn signal(lab: &Lab, name: &str, signal: &str) {
    lab.daemon.run(&format!("kill -{signal} \"$(cat \"$dir/run/qemu/{name}.pid\")\""));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_hanging_emulator_delays_nothing() {
    let lab = Lab::shared("qemu");
    let patient =
        Options { disk_timeout: Duration::from_millis(300), size_disks_every: 1, ..Options::default() };
    let uuid = lab.define("hangs", SMALL, "acme/first/default");
    let file = lab.daemon.dir().join("images/hanging.qcow2");
    let file = file.display();
    lab.daemon.run(&format!("qemu-img create -q -f qcow2 {file} 1M"));
    lab.virsh(&format!("attach-disk hangs {file} vdb --driver qemu --subdriver qcow2 --live --config"));
    let knows = Kvm::new(&lab.uri, patient.clone()).unwrap();
    let healthy = seen(&knows, uuid).await.unwrap();
    signal(&lab, "hangs", "STOP");
    // The one that saw it before has its sizes; the one that did not has all that bills need but a size.
    let stranger = Kvm::new(&lab.uri, patient).unwrap();
    for _ in 0..3 {
        let limit = Duration::from_secs(5);
        let snapshot = knows.inventory(limit).await.unwrap();
        let machine = snapshot.machines.iter().find(|machine| machine.uuid == uuid).unwrap();
        assert_eq!(shape(machine).disks, shape(&healthy).disks);
        assert_eq!((shape(machine).vcpu, shape(machine).memory_mib), (1, 128));
        let snapshot = stranger.inventory(limit).await.unwrap();
        let machine = snapshot.machines.iter().find(|machine| machine.uuid == uuid).unwrap();
        assert_eq!(shape(machine).owner, shape(&healthy).owner);
        assert_eq!(
            shape(machine).disks.iter().map(|d| d.capacity_mib).collect::<Vec<_>>(),
            [Some(1024), None]
        );
        assert_eq!(knows.counters(&metered(&[uuid]), limit).await.unwrap()[0].traffic, Ok(vec![]));
    }
    signal(&lab, "hangs", "CONT");
    let mut tries = 0..50;
    while seen(&stranger, uuid).await.is_none_or(|machine| shape(&machine).disks != shape(&healthy).disks) {
        assert!(tries.next().is_some(), "an emulator that goes on is asked again");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    lab.destroy("hangs");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn many_hanging_emulators_delay_nothing_either() {
    let lab = Lab::shared("qemu");
    let names: Vec<String> = (0..6).map(|number| format!("hangs-{number}")).collect();
    for name in &names {
        lab.define(name, SMALL, "");
        let file = lab.daemon.dir().join(format!("images/{name}.extra"));
        lab.daemon.run(&format!("qemu-img create -q -f raw {} 1M", file.display()));
        lab.virsh(&format!("attach-disk {name} {} vdb --live", file.display()));
        signal(&lab, name, "STOP");
    }
    let patient =
        Options { disk_timeout: Duration::from_millis(300), size_disks_every: 1, ..Options::default() };
    let backend = Kvm::new(&lab.uri, patient).unwrap();
    for _ in 0..3 {
        // Libvirt itself waits for a hanging emulator for half a minute.
        let snapshot = backend.inventory(Duration::from_secs(10)).await.unwrap();
        let hanging = snapshot.machines.iter().filter(|machine| machine.name.starts_with("hangs-"));
        let sizes: Vec<Vec<_>> = hanging
            .map(|machine| shape(machine).disks.iter().map(|disk| disk.capacity_mib).collect())
            .collect();
        assert_eq!(sizes, vec![vec![Some(1024), None]; 6], "a volume is sized by its pool, whoever hangs");
    }
    for name in &names {
        signal(&lab, name, "CONT");
        lab.destroy(name);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_killed_emulator_is_a_crash() {
    let lab = Lab::shared("qemu");
    let backend = lab.kvm();
    let uuid = lab.define("dies", SMALL, "");
    let mut changes = backend.changes(SOON).await.unwrap();
    signal(&lab, "dies", "KILL");
    wait_for(&mut changes, &ChangeKind::Crashed(uuid)).await;
    assert_eq!(shape(&seen(&backend, uuid).await.unwrap()).power, Power::Off);
    lab.destroy("dies");
}
