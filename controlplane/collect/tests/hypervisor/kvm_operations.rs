//! What libvirt's machines are told, when others tell them something too, and when it is refused.

use crate::hypervisor::SOON;
use crate::lab::Lab;
use collect::{Backend, NewDisk, NewMachine, Operation, Owner};
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
