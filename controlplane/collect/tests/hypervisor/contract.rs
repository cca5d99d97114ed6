//! What every backend does, whatever the hypervisor.

use crate::hypervisor::{Ability, Hypervisor, Measures, SOON, metered, owner, seen, shape, wait_for};
use collect::{ChangeKind, Owner, Power};

const SMALL: Measures = Measures { vcpu: 1, memory_mib: 128, disk_gib: 1 };

/// One test for each clause of the contract, with the [`Hypervisor`] that an expression makes.
macro_rules! contract {
    ($lab:expr) => {
        $crate::contract::contract!(contract, $lab; an_inventory_is_what_the_hypervisor_says
            a_live_resize_is_seen a_removed_machine_is_told_and_gone a_power_cycle_is_a_new_incarnation
            owners_are_read_and_followed counters_of_what_does_not_run_are_left_out);
        $crate::contract::contract!(operations, $lab;
            a_machine_is_made_as_ordered_and_deleted_with_its_disks
            an_orderly_stop_asks_the_operating_system a_resize_holds_at_once_and_at_the_next_start
            a_disk_grows_or_it_is_said_that_it_cannot what_cannot_be_is_refused_and_changes_nothing
            an_owner_is_set_changed_and_taken_away);
    };
    ($part:ident, $lab:expr; $($clause:ident)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
        async fn $clause() {
            $crate::$part::$clause(&$lab).await;
        }
    )*};
}
pub(crate) use contract;

pub(crate) async fn an_inventory_is_what_the_hypervisor_says(lab: &dyn Hypervisor) {
    let backend = lab.backend();
    let on = lab.define("equal-on", Measures { vcpu: 2, memory_mib: 200, disk_gib: 3 }, "acme/first/default");
    let off = lab.define("equal-off", SMALL, "");
    lab.stop("equal-off");
    let snapshot = backend.inventory(SOON).await.unwrap();
    assert_eq!(snapshot.host, lab.host());
    assert!(snapshot.machines.is_sorted_by_key(|machine| machine.uuid));
    let find = |uuid| snapshot.machines.iter().find(|machine| machine.uuid == uuid).unwrap();
    for machine in [find(on), find(off)] {
        lab.assert_is_as_said(machine);
        assert_eq!(shape(machine).disks.len(), 1);
        assert!(shape(machine).disks[0].system);
    }
    let disk = &shape(find(on)).disks[0];
    assert_eq!((find(on).name.as_str(), disk.capacity_mib), ("equal-on", Some(3 * 1024)));
    assert_eq!((shape(find(on)).power, shape(find(off)).power), (Power::On, Power::Off));
    assert_eq!(shape(find(off)).cpu_time_ns, None);
    assert_eq!(backend.inventory(SOON).await.unwrap().epoch, snapshot.epoch);
    lab.destroy("equal-on");
    lab.destroy("equal-off");
}

pub(crate) async fn a_live_resize_is_seen(lab: &dyn Hypervisor) {
    let backend = lab.backend();
    let uuid = lab.define("grows", SMALL, "");
    let before = seen(backend.as_ref(), uuid).await.unwrap();
    assert_eq!((shape(&before).vcpu, shape(&before).memory_mib), (1, 128));
    lab.resize("grows", 3, 256);
    let after = seen(backend.as_ref(), uuid).await.unwrap();
    assert_eq!((shape(&after).vcpu, shape(&after).memory_mib), (3, 256));
    lab.assert_is_as_said(&after);
    assert!(after.continues(&before), "a resize is no restart");
    lab.destroy("grows");
}

pub(crate) async fn a_removed_machine_is_told_and_gone(lab: &dyn Hypervisor) {
    let backend = lab.backend();
    let mut changes = backend.changes(SOON).await.unwrap();
    let uuid = lab.define("goes", SMALL, "");
    let started = wait_for(&mut changes, &ChangeKind::Started(uuid)).await;
    assert_eq!(started.epoch, backend.inventory(SOON).await.unwrap().epoch);
    assert!(seen(backend.as_ref(), uuid).await.is_some());
    lab.destroy("goes");
    wait_for(&mut changes, &ChangeKind::Stopped(uuid)).await;
    wait_for(&mut changes, &ChangeKind::Removed(uuid)).await;
    assert_eq!(seen(backend.as_ref(), uuid).await, None);
}

pub(crate) async fn a_power_cycle_is_a_new_incarnation(lab: &dyn Hypervisor) {
    let backend = lab.backend();
    let uuid = lab.define("cycles", SMALL, "");
    let first = seen(backend.as_ref(), uuid).await.unwrap();
    let mut changes = backend.changes(SOON).await.unwrap();
    lab.stop("cycles");
    wait_for(&mut changes, &ChangeKind::Stopped(uuid)).await;
    let off = seen(backend.as_ref(), uuid).await.unwrap();
    assert_eq!((shape(&off).power, &off.incarnation), (Power::Off, &None));
    assert_eq!((shape(&off).vcpu, shape(&off).memory_mib), (1, 128), "what is off keeps its measures");
    lab.start("cycles");
    wait_for(&mut changes, &ChangeKind::Started(uuid)).await;
    let second = seen(backend.as_ref(), uuid).await.unwrap();
    assert_ne!(first.incarnation, second.incarnation);
    assert!(!second.continues(&first));
    lab.pause("cycles");
    wait_for(&mut changes, &ChangeKind::Paused(uuid)).await;
    let paused = seen(backend.as_ref(), uuid).await.unwrap();
    assert_eq!(shape(&paused).power, Power::Paused);
    assert!(paused.continues(&second) || !lab.can(Ability::PauseInOneRun));
    lab.resume("cycles");
    wait_for(&mut changes, &ChangeKind::Resumed(uuid)).await;
    lab.destroy("cycles");
}

pub(crate) async fn owners_are_read_and_followed(lab: &dyn Hypervisor) {
    let backend = lab.backend();
    let tagged = lab.define("tagged", SMALL, "acme/first/default");
    let malformed = lab.define("malformed", SMALL, "acme/first");
    let untagged = lab.define("untagged", SMALL, "");
    let snapshot = backend.inventory(SOON).await.unwrap();
    let is = |uuid| {
        let machine = snapshot.machines.iter().find(|machine| machine.uuid == uuid).unwrap();
        shape(machine).owner.clone()
    };
    assert_eq!(is(tagged), owner("acme", "first", "default"));
    assert_eq!(is(malformed), Owner::Malformed("acme/first".into()));
    assert_eq!(is(untagged), Owner::Untagged);

    let mut changes = backend.changes(SOON).await.unwrap();
    lab.set_owner("tagged", "acme/second/default");
    wait_for(&mut changes, &ChangeKind::OwnerChanged(tagged)).await;
    assert_eq!(
        shape(&seen(backend.as_ref(), tagged).await.unwrap()).owner,
        owner("acme", "second", "default")
    );
    lab.set_owner("tagged", "");
    wait_for(&mut changes, &ChangeKind::OwnerChanged(tagged)).await;
    assert_eq!(shape(&seen(backend.as_ref(), tagged).await.unwrap()).owner, Owner::Untagged);
    for name in ["tagged", "malformed", "untagged"] {
        lab.destroy(name);
    }
}

pub(crate) async fn counters_of_what_does_not_run_are_left_out(lab: &dyn Hypervisor) {
    let backend = lab.backend();
    let on = lab.define("counted", SMALL, "");
    let off = lab.define("uncounted", SMALL, "");
    lab.stop("uncounted");
    let counters = backend.counters(&metered(&[on, off, uuid::Uuid::from_u128(1)]), SOON).await.unwrap();
    let seen_on = seen(backend.as_ref(), on).await.unwrap();
    assert_eq!(counters.iter().map(|of| of.uuid).collect::<Vec<_>>(), [on]);
    assert_eq!(Some(&counters[0].incarnation), seen_on.incarnation.as_ref());
    assert_eq!(counters[0].traffic, Ok(vec![]));
    assert_eq!(backend.counters(&[], SOON).await.unwrap(), []);
    lab.destroy("counted");
    lab.destroy("uncounted");
}
