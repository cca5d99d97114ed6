//! What libvirt's machines are told, when others tell them something too, and when it is refused.

use crate::hypervisor::{Hypervisor, Measures, SOON, seen, shape, wait_for};
use crate::lab::{Daemon, Lab};
use crate::qemu::signal;
use collect::kvm::Kvm;
use collect::{Backend, ChangeKind, Error, NewDisk, NewMachine, Operation, Owner, Power, Stop};
use futures::future::join_all;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

fn order(name: &str, disks: &[(&str, u64)]) -> NewMachine {
    let disk = |(pool, capacity_mib): &(&str, u64)| NewDisk {
        pool: (*pool).to_owned(),
        capacity_mib: *capacity_mib,
    };
    NewMachine {
        uuid: Uuid::new_v4(),
        name: name.to_owned(),
        vcpu: 1,
        vcpu_max: 1,
        memory_mib: 64,
        memory_max_mib: 64,
        disks: disks.iter().map(disk).collect(),
        owner: Owner::Untagged,
    }
}

/// The volumes that are a machine's by their names.
fn volumes(lab: &Lab, of: &NewMachine) -> Vec<String> {
    let listed = lab.virsh("vol-list images");
    let names = listed.lines().filter_map(|line| line.split_whitespace().next());
    names.filter_map(|name| name.strip_prefix(&format!("{}-", of.uuid))).map(ToOwned::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_machine_that_is_refused_leaves_no_volume_of_its_own_making() {
    let lab = Lab::shared("qemu");
    let backend = lab.kvm();
    let create = async |new: &NewMachine| backend.apply(&Operation::Create(new.clone()), SOON).await;
    let nowhere = order("half", &[("images", 8), ("no-such-pool", 8)]);
    let refused = create(&nowhere).await.unwrap_err().to_string();
    assert!(refused.contains("no-such-pool"), "{refused}");
    assert_eq!(volumes(&lab, &nowhere), [""; 0]);

    let too_large = order("half", &[("images", 8), ("images", 1 << 50)]);
    let refused = create(&too_large).await.unwrap_err().to_string();
    assert!(refused.contains("new volume"), "{refused}");
    assert_eq!(volumes(&lab, &too_large), [""; 0]);

    let first = order("taken", &[("images", 8)]);
    create(&first).await.unwrap();
    let second = order("taken", &[("images", 8), ("images", 8)]);
    // What an earlier attempt made is left for the next.
    lab.virsh(&format!("vol-create-as images {}-vda 8MiB --format qcow2", second.uuid));
    let refused = create(&second).await.unwrap_err();
    assert!(refused.to_string().contains("definition of a domain") && refused.retryable(), "{refused}");
    assert_eq!(volumes(&lab, &second), ["vda"]);
    assert_eq!(volumes(&lab, &first), ["vda"]);
    backend.apply(&Operation::Delete(first.uuid), SOON).await.unwrap();
    create(&second).await.unwrap();
    assert_eq!(volumes(&lab, &second), ["vda", "vdb"]);
    backend.apply(&Operation::Delete(second.uuid), SOON).await.unwrap();
    assert_eq!(volumes(&lab, &second), [""; 0]);
}

/// What several get who say the same at once.
async fn at_once(backend: &Kvm, operation: Operation) {
    let told = join_all((0..3).map(|_| backend.apply(&operation, SOON))).await;
    assert!(told.iter().all(Result::is_ok), "{}: {told:?}", operation.name());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_somebody_else_does_first_is_done() {
    let lab = Lab::shared("qemu");
    let backend = lab.kvm();
    let new = order("crowded", &[("images", 8)]);
    backend.apply(&Operation::Create(new.clone()), SOON).await.unwrap();
    let power = async || seen(&backend, new.uuid).await.map(|machine| shape(&machine).power);
    for _ in 0..3 {
        at_once(&backend, Operation::Start(new.uuid)).await;
        assert_eq!(power().await, Some(Power::On));
        lab.pause("crowded");
        at_once(&backend, Operation::Start(new.uuid)).await;
        assert_eq!(power().await, Some(Power::On));
        at_once(&backend, Operation::Stop(new.uuid, Stop::Forced)).await;
        assert_eq!(power().await, Some(Power::Off));
    }
    at_once(&backend, Operation::Start(new.uuid)).await;
    at_once(&backend, Operation::Delete(new.uuid)).await;
    assert_eq!(power().await, None);
    assert_eq!(volumes(&lab, &new), [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_cannot_be_in_the_state_that_stays_is_not_worth_a_repetition() {
    let lab = Lab::shared("qemu");
    let backend = lab.kvm();
    let new = order("elsewhere", &[("gone", 8)]);
    let dir = lab.daemon.dir().join("elsewhere");
    lab.virsh(&format!("pool-define-as gone dir --target {}", dir.display()));
    let refused = backend.apply(&Operation::Create(new), SOON).await.unwrap_err();
    assert!(matches!(&refused, Error::Unsupported { .. }) && !refused.retryable(), "{refused}");
    assert!(refused.to_string().contains("not active"), "{refused}");
    lab.virsh("pool-undefine gone");
}

/// A boot sector that sleeps once, which it notes among the clock's memory: the registers are those of the machine
/// type `pc`.
const SLEEPY: [u8; 24] = [
    0xb0, 0x7e, 0xe6, 0x70, 0xe4, 0x71, 0x3c, 0x5a, 0x74, 0x0b, // did it sleep before?
    0xb0, 0x5a, 0xe6, 0x71, // it does now
    0xba, 0x04, 0x06, 0xb8, 0x00, 0x24, 0xef, // asleep
    0xf4, 0xeb, 0xfd,
];

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_machine_that_sleeps_is_woken_by_its_start() {
    let lab = Lab::shared("qemu");
    let backend = lab.kvm();
    let new = order("sleeps", &[("images", 8)]);
    backend.apply(&Operation::Create(new.clone()), SOON).await.unwrap();
    lab.install_sector(&seen(&backend, new.uuid).await.unwrap(), &SLEEPY);
    let mut changes = backend.changes(SOON).await.unwrap();
    backend.apply(&Operation::Start(new.uuid), SOON).await.unwrap();
    wait_for(&mut changes, &ChangeKind::Paused(new.uuid)).await;
    assert_eq!(lab.virsh("domstate sleeps").trim(), "pmsuspended");
    let asleep = seen(&backend, new.uuid).await.unwrap();
    assert_eq!(shape(&asleep).power, Power::Paused);
    backend.apply(&Operation::Start(new.uuid), SOON).await.unwrap();
    wait_for(&mut changes, &ChangeKind::Resumed(new.uuid)).await;
    let awake = seen(&backend, new.uuid).await.unwrap();
    assert_eq!(shape(&awake).power, Power::On);
    assert!(awake.continues(&asleep), "to sleep and to wake is one run");
    backend.apply(&Operation::Delete(new.uuid), SOON).await.unwrap();
}

/// One more than a daemon serves of one client at once.
const HANGING: usize = 6;

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn operations_on_emulators_that_hang_end_no_session() {
    // What hangs takes the daemon's workers from other tests, too.
    let lab = Lab::new(Arc::new(Daemon::start()), "qemu");
    let backend = lab.kvm();
    let mut changes = backend.changes(SOON).await.unwrap();
    let before = backend.inventory(SOON).await.unwrap();
    let is = Measures { vcpu: 1, memory_mib: 64, disk_gib: 1 };
    let names: Vec<String> = (0..HANGING).map(|number| format!("deaf-{number}")).collect();
    for name in &names {
        let uuid = lab.define(name, is, "");
        signal(&lab, name, "STOP");
        let stop = Operation::Stop(uuid, Stop::Orderly);
        let stopped = backend.apply(&stop, Duration::from_secs(1)).await;
        assert!(matches!(stopped, Err(Error::Timeout { .. })), "{stopped:?}");
    }
    // The daemon waits on for what we do not wait for any more.
    for _ in 0..3 {
        let snapshot = backend.inventory(Duration::from_secs(10)).await.unwrap();
        assert_eq!(snapshot.epoch, before.epoch);
        assert_eq!(snapshot.machines.len(), HANGING);
        assert!(snapshot.machines.iter().all(|machine| shape(machine).power == Power::On));
    }
    for (name, uuid) in names.iter().map(|name| (name, lab.virsh(&format!("domuuid {name}")))) {
        signal(&lab, name, "CONT");
        lab.destroy(name);
        wait_for(&mut changes, &ChangeKind::Removed(uuid.trim().parse().unwrap())).await;
    }
}
