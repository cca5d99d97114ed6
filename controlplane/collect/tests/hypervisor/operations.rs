//! What every backend does to machines when it is told to.

use crate::hypervisor::{Ability, Hypervisor, SOON, owner, seen, shape, wait_for};
use collect::{
    Backend, ChangeKind, Error, Machine, NewDisk, NewMachine, Operation, Owner, Power, Resize, Stop,
};
use uuid::Uuid;

async fn apply(backend: &dyn Backend, operation: Operation) -> Result<(), Error> {
    backend.apply(&operation, SOON).await
}

/// An order that is small, and may grow.
fn order(lab: &dyn Hypervisor, name: &str) -> NewMachine {
    NewMachine {
        uuid: Uuid::new_v4(),
        name: name.to_owned(),
        vcpu: 1,
        vcpu_max: 4,
        memory_mib: 128,
        memory_max_mib: 1024,
        disks: vec![NewDisk { pool: lab.pool(), capacity_mib: 64 }],
        owner: owner("acme", "first", "default"),
    }
}

fn measures(machine: &Machine) -> (u32, u64, Vec<Option<u64>>) {
    let shape = shape(machine);
    (shape.vcpu, shape.memory_mib, shape.disks.iter().map(|disk| disk.capacity_mib).collect())
}

pub(crate) async fn a_machine_is_made_as_ordered_and_deleted_with_its_disks(lab: &dyn Hypervisor) {
    let backend = lab.backend();
    let backend = backend.as_ref();
    let mut new = order(lab, "ordered & <made>");
    new.disks.push(NewDisk { pool: lab.pool(), capacity_mib: 32 });
    for _ in 0..2 {
        apply(backend, Operation::Create(new.clone())).await.unwrap();
    }
    let made = seen(backend, new.uuid).await.unwrap();
    assert_eq!((made.name.as_str(), shape(&made).power), (new.name.as_str(), Power::Off));
    assert_eq!(measures(&made), (1, 128, vec![Some(64), Some(32)]));
    assert_eq!(shape(&made).owner, new.owner);
    lab.assert_is_as_said(&made);
    assert!(shape(&made).disks.iter().all(|disk| lab.has_disk(disk)));

    for _ in 0..2 {
        apply(backend, Operation::Start(new.uuid)).await.unwrap();
        assert_eq!(shape(&seen(backend, new.uuid).await.unwrap()).power, Power::On);
    }
    let runs = seen(backend, new.uuid).await.unwrap();
    assert_eq!(measures(&runs), measures(&made));
    lab.assert_is_as_said(&runs);
    lab.pause(&new.name);
    apply(backend, Operation::Start(new.uuid)).await.unwrap();
    let resumed = seen(backend, new.uuid).await.unwrap();
    assert_eq!(shape(&resumed).power, Power::On);
    assert!(resumed.continues(&runs) || !lab.can(Ability::PauseInOneRun), "what was paused goes on");
    for _ in 0..2 {
        apply(backend, Operation::Stop(new.uuid, Stop::Forced)).await.unwrap();
        assert_eq!(shape(&seen(backend, new.uuid).await.unwrap()).power, Power::Off);
    }

    apply(backend, Operation::Start(new.uuid)).await.unwrap();
    for _ in 0..2 {
        apply(backend, Operation::Delete(new.uuid)).await.unwrap();
        assert_eq!(seen(backend, new.uuid).await, None);
    }
    assert!(!lab.has_machine(&new.name));
    assert!(!shape(&made).disks.iter().any(|disk| lab.has_disk(disk)));
}

pub(crate) async fn an_orderly_stop_asks_the_operating_system(lab: &dyn Hypervisor) {
    let backend = lab.backend();
    let backend = backend.as_ref();
    let new = order(lab, "obeys");
    apply(backend, Operation::Create(new.clone())).await.unwrap();
    lab.install(&seen(backend, new.uuid).await.unwrap());
    let mut changes = backend.changes(SOON).await.unwrap();
    apply(backend, Operation::Start(new.uuid)).await.unwrap();
    wait_for(&mut changes, &ChangeKind::Started(new.uuid)).await;
    // An operating system that is not up yet does not hear it: it is asked until it obeys.
    let mut tries = 0..100;
    while shape(&seen(backend, new.uuid).await.unwrap()).power != Power::Off {
        assert!(tries.next().is_some(), "it does not obey");
        apply(backend, Operation::Stop(new.uuid, Stop::Orderly)).await.unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    wait_for(&mut changes, &ChangeKind::Stopped(new.uuid)).await;
    apply(backend, Operation::Stop(new.uuid, Stop::Orderly)).await.unwrap();
    apply(backend, Operation::Delete(new.uuid)).await.unwrap();
}

pub(crate) async fn a_resize_holds_at_once_and_at_the_next_start(lab: &dyn Hypervisor) {
    let backend = lab.backend();
    let backend = backend.as_ref();
    let new = order(lab, "resized");
    let resize =
        |vcpu, memory_mib| Operation::Resize(new.uuid, Resize { vcpu, memory_mib, ..Resize::default() });
    apply(backend, Operation::Create(new.clone())).await.unwrap();
    apply(backend, Operation::Start(new.uuid)).await.unwrap();
    let before = seen(backend, new.uuid).await.unwrap();
    for _ in 0..2 {
        apply(backend, resize(Some(2), Some(256))).await.unwrap();
        let grown = seen(backend, new.uuid).await.unwrap();
        assert_eq!(measures(&grown), (2, 256, vec![Some(64)]));
        assert!(grown.continues(&before), "a resize is no restart");
        lab.assert_is_as_said(&grown);
    }
    lab.stop(&new.name);
    assert_eq!(measures(&seen(backend, new.uuid).await.unwrap()), (2, 256, vec![Some(64)]));
    lab.start(&new.name);
    assert_eq!(measures(&seen(backend, new.uuid).await.unwrap()), (2, 256, vec![Some(64)]));
    lab.stop(&new.name);
    for (vcpu, memory_mib) in [(1, 128), (4, 512), (6, 320)] {
        apply(backend, resize(Some(vcpu), Some(memory_mib))).await.unwrap();
        let off = seen(backend, new.uuid).await.unwrap();
        assert_eq!(measures(&off), (vcpu, memory_mib, vec![Some(64)]));
        lab.assert_is_as_said(&off);
    }
    lab.start(&new.name);
    let on = seen(backend, new.uuid).await.unwrap();
    assert_eq!(measures(&on), (6, 320, vec![Some(64)]));
    assert_eq!(shape(&on).owner, new.owner, "what was not named stays");
    lab.assert_is_as_said(&on);
    apply(backend, Operation::Delete(new.uuid)).await.unwrap();
}

pub(crate) async fn a_disk_grows_or_it_is_said_that_it_cannot(lab: &dyn Hypervisor) {
    let backend = lab.backend();
    let backend = backend.as_ref();
    let new = order(lab, "deepens");
    apply(backend, Operation::Create(new.clone())).await.unwrap();
    let target = shape(&seen(backend, new.uuid).await.unwrap()).disks[0].target.clone();
    let resize = |mib| {
        let disks_mib = [(target.clone(), mib)].into();
        Operation::Resize(new.uuid, Resize { disks_mib, ..Resize::default() })
    };
    let mut is = 64;
    for ability in [Ability::DiskResize, Ability::LiveDiskResize] {
        if ability == Ability::LiveDiskResize {
            apply(backend, Operation::Start(new.uuid)).await.unwrap();
        }
        let grown = apply(backend, resize(is * 2)).await;
        if lab.can(ability) {
            grown.unwrap();
            is *= 2;
        } else {
            assert!(matches!(grown, Err(Error::Unsupported { .. })), "{grown:?}");
        }
        let machine = seen(backend, new.uuid).await.unwrap();
        assert_eq!(measures(&machine), (1, 128, vec![Some(is)]));
        lab.assert_is_as_said(&machine);
        apply(backend, resize(is)).await.unwrap();
        let shrunk = apply(backend, resize(is / 2)).await;
        assert!(matches!(shrunk, Err(Error::Unsupported { .. })), "{shrunk:?}");
        assert_eq!(measures(&seen(backend, new.uuid).await.unwrap()), (1, 128, vec![Some(is)]));
    }
    apply(backend, Operation::Delete(new.uuid)).await.unwrap();
}

pub(crate) async fn what_cannot_be_is_refused_and_changes_nothing(lab: &dyn Hypervisor) {
    let backend = lab.backend();
    let backend = backend.as_ref();
    let new = order(lab, "bounded");
    apply(backend, Operation::Create(new.clone())).await.unwrap();
    apply(backend, Operation::Start(new.uuid)).await.unwrap();
    let before = seen(backend, new.uuid).await.unwrap();
    for (vcpu, memory_mib, disk) in
        [(Some(5), None, None), (Some(2), Some(2048), None), (Some(2), None, Some("no-such-disk"))]
    {
        let disks_mib = disk.map(|disk| (disk.to_owned(), 128)).into_iter().collect();
        let resize = Operation::Resize(new.uuid, Resize { vcpu, memory_mib, disks_mib });
        let refused = apply(backend, resize).await.unwrap_err();
        assert!(matches!(&refused, Error::Unsupported { .. }) && !refused.retryable(), "{refused}");
        assert_eq!(measures(&seen(backend, new.uuid).await.unwrap()), measures(&before));
    }
    let other = order(lab, "bounded");
    let refused = apply(backend, Operation::Create(other.clone())).await.unwrap_err();
    assert!(refused.to_string().contains("no new machine"), "{refused}");
    assert_eq!(seen(backend, other.uuid).await, None);

    let nobody = Uuid::new_v4();
    for operation in [
        Operation::Start(nobody),
        Operation::Stop(nobody, Stop::Forced),
        Operation::Resize(nobody, Resize { vcpu: Some(2), ..Resize::default() }),
        Operation::SetOwner(nobody, Owner::Untagged),
    ] {
        let name = operation.name();
        let absent = apply(backend, operation).await.unwrap_err();
        assert!(matches!(&absent, Error::NoMachine { .. }) && !absent.retryable(), "{absent}");
        assert!(absent.to_string().contains(&format!("no {name}")), "{absent}");
    }
    apply(backend, Operation::Delete(new.uuid)).await.unwrap();
}

pub(crate) async fn an_owner_is_set_changed_and_taken_away(lab: &dyn Hypervisor) {
    let backend = lab.backend();
    let backend = backend.as_ref();
    let mut new = order(lab, "given");
    new.owner = Owner::Untagged;
    apply(backend, Operation::Create(new.clone())).await.unwrap();
    let give = async |to: Owner| {
        for _ in 0..2 {
            apply(backend, Operation::SetOwner(new.uuid, to.clone())).await.unwrap();
        }
        assert_eq!(shape(&seen(backend, new.uuid).await.unwrap()).owner, to);
    };
    assert_eq!(shape(&seen(backend, new.uuid).await.unwrap()).owner, Owner::Untagged);
    give(owner("acme", "first", "default")).await;
    lab.start(&new.name);
    let mut changes = backend.changes(SOON).await.unwrap();
    give(owner("acme", "second", "default")).await;
    wait_for(&mut changes, &ChangeKind::OwnerChanged(new.uuid)).await;
    lab.stop(&new.name);
    let off = seen(backend, new.uuid).await.unwrap();
    assert_eq!(shape(&off).owner, owner("acme", "second", "default"), "it is for the next start too");
    give(Owner::Malformed("of <nobody> & all".into())).await;
    lab.start(&new.name);
    give(Owner::Untagged).await;
    apply(backend, Operation::Delete(new.uuid)).await.unwrap();
}
