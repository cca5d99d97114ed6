//! What a hypervisor must offer to be tested, and how all tests look at a backend.

use collect::{Backend, Change, ChangeKind, Changes, Disk, Machine, Metered, Owner, Shape};
use futures::StreamExt;
use std::time::Duration;
use uuid::Uuid;

/// Long enough for a slow machine, short enough to be waited for.
pub(crate) const SOON: Duration = Duration::from_secs(20);

/// A machine's measures.
#[derive(Clone, Copy)]
pub(crate) struct Measures {
    pub(crate) vcpu: u32,
    pub(crate) memory_mib: u64,
    pub(crate) disk_gib: u64,
}

/// What not every hypervisor can do; a backend says so then, instead of doing it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ability {
    /// A disk grows while its machine runs.
    LiveDiskResize,
    /// A disk grows while its machine is off.
    DiskResize,
    /// What is paused and goes on is in the same run.
    PauseInOneRun,
}

/// A hypervisor, with a tool that is not ours: it makes machines and says what they are, and that is the
/// truth which a backend is compared with.
pub(crate) trait Hypervisor {
    /// A backend that looks at everything in every inventory.
    fn backend(&self) -> Box<dyn Backend>;
    /// The host's name for itself.
    fn host(&self) -> String;
    /// A storage pool or datastore that disks can be made in.
    fn pool(&self) -> String;
    fn can(&self, ability: Ability) -> bool;

    /// A running machine of at most 4 vCPU; an empty owner is no tag.
    fn define(&self, name: &str, is: Measures, owner: &str) -> Uuid;
    fn resize(&self, name: &str, vcpu: u32, memory_mib: u64);
    fn set_owner(&self, name: &str, owner: &str);
    fn stop(&self, name: &str);
    fn start(&self, name: &str);
    fn pause(&self, name: &str);
    fn resume(&self, name: &str);
    fn destroy(&self, name: &str);
    /// Puts an operating system on the system disk of a machine that is off: one that shuts down when asked.
    fn install(&self, machine: &Machine);

    fn has_machine(&self, name: &str) -> bool;
    fn has_disk(&self, disk: &Disk) -> bool;
    /// Asserts that `machine` is what the tool says of it.
    fn assert_is_as_said(&self, machine: &Machine);
}

pub(crate) fn shape(machine: &Machine) -> &Shape {
    machine.shape.as_ref().unwrap()
}

pub(crate) fn owner(partner: &str, client: &str, project: &str) -> Owner {
    Owner::Tagged { partner: partner.into(), client: client.into(), project: project.into() }
}

/// Machines of which nothing is counted yet.
pub(crate) fn metered(machines: &[Uuid]) -> Vec<Metered> {
    machines.iter().map(|machine| Metered { machine: *machine, since: None }).collect()
}

/// The machine of this identity in a new inventory.
pub(crate) async fn seen(backend: &dyn Backend, uuid: Uuid) -> Option<Machine> {
    let snapshot = backend.inventory(SOON).await.unwrap();
    snapshot.machines.into_iter().find(|machine| machine.uuid == uuid)
}

/// Waits for this hint; others are let pass, a gap that is not waited for is not.
pub(crate) async fn wait_for(changes: &mut Changes, wanted: &ChangeKind) -> Change {
    let wait = async {
        loop {
            let change = changes.next().await.expect("the stream ended without a gap");
            if change.kind == *wanted {
                return change;
            }
            assert!(change.kind.machine().is_some(), "waiting for {wanted:?}, there was {:?}", change.kind);
        }
    };
    tokio::time::timeout(SOON, wait).await.unwrap_or_else(|_| panic!("no {wanted:?} came"))
}

/// Waits for the stream's end; gives the reason.
pub(crate) async fn wait_for_gap(changes: &mut Changes) -> String {
    let wait = async {
        while let Some(change) = changes.next().await {
            if let ChangeKind::Gap(reason) = change.kind {
                assert!(changes.next().await.is_none(), "nothing follows a gap");
                return reason;
            }
        }
        panic!("the stream ended without a gap");
    };
    tokio::time::timeout(SOON, wait).await.expect("no gap came")
}
