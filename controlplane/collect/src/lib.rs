//! What hypervisors have and what their machines use.
//!
//! A [`Backend`] is one hypervisor's management interface. It answers three questions: what is there
//! now ([`Backend::inventory`]), how much has been used ([`Backend::counters`]) and what may have changed
//! since ([`Backend::changes`]). The first is the evidence that bills are folded from; the last only says
//! when it is worth asking again, and gives the exact instant of what it names.
//!
//! This crate reads no clock: callers stamp what they receive. It knows neither the database nor the HTTP
//! API. Machines are made, started, stopped, resized, deleted and given to somebody by
//! [`Backend::apply`].
//!
//! | backend | endpoint | status |
//! |---|---|---|
//! | [`kvm`] | libvirt, drivers `qemu` and `test` | here |
//! | [`vmware`] | vSphere's SOAP interface: ESXi hosts and vCenters | here |

mod backend;
mod disk_type;
mod error;
pub mod kvm;
mod operation;
mod snapshot;
pub mod vmware;

pub use backend::{
    Backend, Change, ChangeKind, Changes, Counters, Metered, Past, PastKind, Reading, Reconfigured,
    TrafficReading,
};
pub use disk_type::{DiskType, disk_type};
pub use error::Error;
pub use operation::{NewDisk, NewMachine, Operation, Resize, Stop};
pub use snapshot::{Disk, Epoch, Incarnation, Machine, Nic, Owner, Power, Run, Shape, Snapshot, Unreadable};
