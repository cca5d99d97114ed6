//! The trait that every kind of hypervisor implements.

use crate::{Epoch, Error, Incarnation, Operation, Owner, Snapshot, Unreadable};
use async_trait::async_trait;
use futures::stream::BoxStream;
use jiff::Timestamp;
use std::time::Duration;
use uuid::Uuid;

/// One hypervisor's management interface.
///
/// A backend connects by itself when it is first asked and again after a loss; making one does no I/O.
/// All methods may be called at once and take the time they are allowed, not an instant: this crate reads
/// no clock.
#[async_trait]
pub trait Backend: Send + Sync {
    /// Where the hypervisor is, for messages to people.
    fn endpoint(&self) -> &str;

    /// Everything the hypervisor has: complete, or an error. What goes wrong with one machine stays with
    /// that machine, which is then marked unreadable.
    ///
    /// # Errors
    ///
    /// When the hypervisor cannot be reached, or the whole was not read within `deadline`.
    async fn inventory(&self, deadline: Duration) -> Result<Snapshot, Error>;

    /// What the given machines have used so far, as far as it can be said. A machine that is gone or
    /// without counters is left out, as is one that is off and of which no window is left to be counted;
    /// one that could not be read is there with the reason.
    ///
    /// # Errors
    ///
    /// When the hypervisor cannot be reached, or nothing was read within `deadline`.
    async fn counters(&self, machines: &[Metered], deadline: Duration) -> Result<Vec<Counters>, Error>;

    /// What changes from now on: hints, in the order they happened. The last one is always
    /// [`ChangeKind::Gap`], after which the stream ends: something may have been missed, and only a new
    /// inventory, in a new stream, tells what.
    ///
    /// Take the stream before the inventory, and nothing falls between the two.
    ///
    /// # Errors
    ///
    /// When the hypervisor cannot be reached within `deadline`.
    async fn changes(&self, deadline: Duration) -> Result<Changes, Error>;

    /// Does one thing to one machine, at once and for its next start where that is possible. The next
    /// inventory shows it, but for an orderly stop, which the machine's operating system may put off.
    ///
    /// It may be repeated: what holds already, such as the deletion of a machine that is gone, is done. So
    /// after an error that says nothing of the machine, the same operation is simply applied again.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] when the hypervisor cannot do this at all, to the machine as it is, or under
    /// its licence; nothing was changed then that an earlier look could have told. [`Error::NoMachine`]
    /// when there is none of that identity. Else when the hypervisor cannot be reached, refuses, or did not
    /// answer within `deadline`; the operation may then be done, or partly done.
    async fn apply(&self, operation: &Operation, deadline: Duration) -> Result<(), Error>;

    /// What happened to machines in the last `length`, in order, by a log that the hypervisor keeps while nobody listens.
    /// None where it keeps none, or one that does not reach back so far. Machines are known by the last inventory.
    ///
    /// # Errors
    ///
    /// When the log cannot be read within `deadline`.
    async fn history(&self, length: Duration, deadline: Duration) -> Result<Option<Vec<Past>>, Error> {
        let _ = (length, deadline);
        Ok(None)
    }

    /// Ends what was begun on the other side, such as a login. A backend that is asked again begins anew.
    async fn close(&self, deadline: Duration) {
        let _ = deadline;
    }
}

/// Something that happened before it was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    /// How long ago, by the hypervisor's clock.
    pub ago: Duration,
    /// The machine; none of one that is not there any more.
    pub machine: Option<Uuid>,
    /// Its name then.
    pub name: String,
    /// What happened.
    pub kind: PastKind,
}

/// What a [`Past`] says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PastKind {
    /// The machine ran from then on.
    Started,
    /// The machine was off from then on.
    Stopped,
    /// The machine was held from then on.
    Paused,
    /// The machine was there from then on, and off.
    Created,
    /// The machine was gone from then on.
    Removed,
    /// The machine was another from then on.
    Reconfigured(Reconfigured),
}

/// What a machine became; what is none stayed as it was.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reconfigured {
    /// Virtual processors.
    pub vcpu: Option<u32>,
    /// Memory in MiB.
    pub memory_mib: Option<u64>,
    /// Whose it is.
    pub owner: Option<Owner>,
    /// Whether something else changed too that counts, nobody knows to what.
    pub is_partial: bool,
}

/// The stream that [`Backend::changes`] gives.
pub type Changes = BoxStream<'static, Change>;

/// One hint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The session that it was seen in.
    pub epoch: Epoch,
    /// The backend's own time of it. None where the backend has none to give (libvirt): the caller's time
    /// of receipt is then the best there is.
    pub at: Option<Timestamp>,
    /// What happened.
    pub kind: ChangeKind,
}

/// What a [`Change`] says.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChangeKind {
    /// The machine runs, after being off.
    Started(Uuid),
    /// The machine is off, in an orderly way.
    Stopped(Uuid),
    /// The machine is off or halted, and nobody asked for it.
    Crashed(Uuid),
    /// The machine is held, with its memory.
    Paused(Uuid),
    /// The machine runs on.
    Resumed(Uuid),
    /// The machine is new, or its description was replaced.
    Defined(Uuid),
    /// The machine is gone.
    Removed(Uuid),
    /// The machine went to another host, where it neither stopped nor is gone.
    MovedAway(Uuid),
    /// The machine's tags changed, the owner's perhaps among them.
    OwnerChanged(Uuid),
    /// Memory, disks or interfaces changed. Not every backend says so of every size: libvirt says nothing
    /// of processors and disk sizes.
    Resized(Uuid),
    /// Hints are missing from here on; the reason is for people. Always the last of its stream.
    Gap(String),
}

impl ChangeKind {
    /// The machine that the hint is about; none for a gap.
    #[must_use]
    pub fn machine(&self) -> Option<Uuid> {
        match self {
            Self::Started(uuid)
            | Self::Stopped(uuid)
            | Self::Crashed(uuid)
            | Self::Paused(uuid)
            | Self::Resumed(uuid)
            | Self::Defined(uuid)
            | Self::Removed(uuid)
            | Self::MovedAway(uuid)
            | Self::OwnerChanged(uuid)
            | Self::Resized(uuid) => Some(*uuid),
            Self::Gap(_) => None,
        }
    }
}

/// A machine whose counters are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metered {
    /// The machine.
    pub machine: Uuid,
    /// Up to when its windows are counted, by the hypervisor's clock: those that ended by then need not be told,
    /// though they may be. None: whatever there is. What is cumulative is told in any case.
    pub since: Option<Timestamp>,
}

/// What one machine has used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counters {
    /// The machine.
    pub uuid: Uuid,
    /// The run that cumulative readings belong to: they start at 0 in every new one.
    pub incarnation: Incarnation,
    /// The traffic of each interface that has counters, or why there is none.
    pub traffic: Result<Vec<TrafficReading>, Unreadable>,
}

/// The traffic of one interface, seen from inside the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrafficReading {
    /// The interface's hardware address, in lower case with colons.
    pub mac: String,
    /// Bytes that the machine received.
    pub received_bytes: u64,
    /// Bytes that the machine sent.
    pub sent_bytes: u64,
    /// What the bytes are counted over.
    pub reading: Reading,
}

/// What a reading covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// Everything since the incarnation began.
    Cumulative,
    /// The window that ended at this time of the backend.
    Window {
        /// The window's end.
        until: Timestamp,
        /// Its length.
        length: Duration,
    },
}
