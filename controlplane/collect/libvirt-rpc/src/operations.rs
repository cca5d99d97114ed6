//! The calls that change something, each by its number in libvirt's `remote_protocol.x`.

use crate::connection::Connection;
use crate::error::Error;
use crate::types::{Domain, Pool, Volume};
use crate::xdr::Encoder;
use std::{ops::BitOr, time::Duration};

/// No flag of a call.
const NONE: u32 = 0;
/// Sizes of a domain's disk are bytes.
const BYTES: u32 = 1;

/// What of a domain a change is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Affect(u32);

impl Affect {
    /// The running domain.
    pub const LIVE: Self = Self(1);
    /// The description that it starts with the next time.
    pub const CONFIG: Self = Self(2);
}

impl BitOr for Affect {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// What goes with a domain when its description does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Undefine(u32);

impl Undefine {
    /// Its saved memory and what is noted of its snapshots.
    pub const SAVED: Self = Self(1 | 2);
    /// All that libvirt keeps of it: checkpoints and firmware variables too. Not every driver knows these.
    pub const ALL: Self = Self(1 | 2 | 4 | 16);
}

impl Connection {
    /// What the host can do, as XML.
    ///
    /// # Errors
    ///
    /// When there is no answer, as for every call here.
    pub async fn capabilities(&self, deadline: Duration) -> Result<String, Error> {
        self.call((7, "capabilities"), Encoder::default(), deadline, |answer| answer.text()).await
    }

    /// Describes a domain, or describes it anew if there is one of its identity.
    ///
    /// # Errors
    ///
    /// When there is no answer, or the daemon does not take the description.
    pub async fn define_domain(&self, xml: &str, deadline: Duration) -> Result<Domain, Error> {
        let arguments = Encoder::default().text(xml);
        self.call((11, "definition of a domain"), arguments, deadline, Domain::decode).await
    }

    /// Takes a domain's description away. A running one goes on without.
    ///
    /// # Errors
    ///
    /// When there is no answer, or no such domain.
    pub async fn undefine_domain(
        &self,
        domain: &Domain,
        with: Undefine,
        deadline: Duration,
    ) -> Result<(), Error> {
        let arguments = domain.encode(Encoder::default()).u32(with.0);
        self.call((231, "removal of a domain"), arguments, deadline, |_| Ok(())).await
    }

    /// Starts a domain that is off.
    ///
    /// # Errors
    ///
    /// When there is no answer, no such domain, or it runs.
    pub async fn start_domain(&self, domain: &Domain, deadline: Duration) -> Result<(), Error> {
        let arguments = domain.encode(Encoder::default()).u32(NONE);
        self.call((196, "start of a domain"), arguments, deadline, |_| Ok(())).await
    }

    /// Lets a paused domain go on.
    ///
    /// # Errors
    ///
    /// When there is no answer, no such domain, or it is off.
    pub async fn resume_domain(&self, domain: &Domain, deadline: Duration) -> Result<(), Error> {
        let arguments = domain.encode(Encoder::default());
        self.call((28, "resumption of a domain"), arguments, deadline, |_| Ok(())).await
    }

    /// Wakes a domain that its own power management suspended.
    ///
    /// # Errors
    ///
    /// When there is no answer, no such domain, or it does not sleep.
    pub async fn wake_domain(&self, domain: &Domain, deadline: Duration) -> Result<(), Error> {
        let arguments = domain.encode(Encoder::default()).u32(NONE);
        self.call((267, "waking of a domain"), arguments, deadline, |_| Ok(())).await
    }

    /// Asks a domain's operating system to shut down; whether it does is its own affair.
    ///
    /// # Errors
    ///
    /// When there is no answer, no such domain, or it is off.
    pub async fn shut_domain_down(&self, domain: &Domain, deadline: Duration) -> Result<(), Error> {
        let arguments = domain.encode(Encoder::default());
        self.call((33, "shutdown of a domain"), arguments, deadline, |_| Ok(())).await
    }

    /// Ends a running domain at once.
    ///
    /// # Errors
    ///
    /// When there is no answer, no such domain, or it is off.
    pub async fn destroy_domain(&self, domain: &Domain, deadline: Duration) -> Result<(), Error> {
        let arguments = domain.encode(Encoder::default());
        self.call((12, "end of a domain"), arguments, deadline, |_| Ok(())).await
    }

    /// Gives a domain so many virtual processors.
    ///
    /// # Errors
    ///
    /// When there is no answer, no such domain, or it cannot have as many.
    pub async fn set_domain_vcpu(
        &self,
        domain: &Domain,
        vcpu: u32,
        of: Affect,
        deadline: Duration,
    ) -> Result<(), Error> {
        let arguments = domain.encode(Encoder::default()).u32(vcpu).u32(of.0);
        self.call((199, "change of processors"), arguments, deadline, |_| Ok(())).await
    }

    /// Sets the memory that a domain may use, by its balloon.
    ///
    /// # Errors
    ///
    /// When there is no answer, no such domain, or it cannot have as much.
    pub async fn set_domain_memory(
        &self,
        domain: &Domain,
        memory_kib: u64,
        of: Affect,
        deadline: Duration,
    ) -> Result<(), Error> {
        let arguments = domain.encode(Encoder::default()).u64(memory_kib).u32(of.0);
        self.call((204, "change of memory"), arguments, deadline, |_| Ok(())).await
    }

    /// Plugs a device in.
    ///
    /// # Errors
    ///
    /// When there is no answer, no such domain, or the device cannot be plugged in.
    pub async fn attach_device(
        &self,
        domain: &Domain,
        xml: &str,
        of: Affect,
        deadline: Duration,
    ) -> Result<(), Error> {
        let arguments = domain.encode(Encoder::default()).text(xml).u32(of.0);
        self.call((160, "new device"), arguments, deadline, |_| Ok(())).await
    }

    /// Gives a running domain's disk, named by its target or its source, another size.
    ///
    /// # Errors
    ///
    /// When there is no answer, no such domain or disk, or it cannot have that size.
    pub async fn resize_domain_disk(
        &self,
        domain: &Domain,
        disk: &str,
        capacity_bytes: u64,
        deadline: Duration,
    ) -> Result<(), Error> {
        let arguments = domain.encode(Encoder::default()).text(disk).u64(capacity_bytes).u32(BYTES);
        self.call((251, "resize of a disk"), arguments, deadline, |_| Ok(())).await
    }

    /// Sets a domain's metadata element of one namespace; with none, takes it away. `prefix` is what the
    /// namespace is written with.
    ///
    /// # Errors
    ///
    /// When there is no answer, or no such domain.
    pub async fn set_domain_metadata(
        &self,
        domain: &Domain,
        (prefix, namespace): (&str, &str),
        xml: Option<&str>,
        of: Affect,
        deadline: Duration,
    ) -> Result<(), Error> {
        let element = 2;
        let arguments = domain.encode(Encoder::default()).i32(element).optional_text(xml);
        let prefix = xml.map(|_| prefix);
        let arguments = arguments.optional_text(prefix).optional_text(Some(namespace)).u32(of.0);
        self.call((264, "change of metadata"), arguments, deadline, |_| Ok(())).await
    }

    /// A pool's description, as XML.
    ///
    /// # Errors
    ///
    /// When there is no answer, or no such pool.
    pub async fn pool_xml(&self, pool: &Pool, deadline: Duration) -> Result<String, Error> {
        let arguments = pool.encode(Encoder::default()).u32(NONE);
        self.call((88, "description of a pool"), arguments, deadline, |answer| answer.text()).await
    }

    /// Makes a volume in a pool.
    ///
    /// # Errors
    ///
    /// When there is no answer, no such pool, or no place in it.
    pub async fn create_volume(&self, pool: &Pool, xml: &str, deadline: Duration) -> Result<Volume, Error> {
        let arguments = pool.encode(Encoder::default()).text(xml).u32(NONE);
        self.call((93, "new volume"), arguments, deadline, Volume::decode).await
    }

    /// Deletes a volume.
    ///
    /// # Errors
    ///
    /// When there is no answer, or no such volume.
    pub async fn delete_volume(&self, volume: &Volume, deadline: Duration) -> Result<(), Error> {
        let arguments = volume.encode(Encoder::default()).u32(NONE);
        self.call((94, "deletion of a volume"), arguments, deadline, |_| Ok(())).await
    }

    /// Lets a volume that nobody uses grow.
    ///
    /// # Errors
    ///
    /// When there is no answer, no such volume, or it would become smaller.
    pub async fn resize_volume(
        &self,
        volume: &Volume,
        capacity_bytes: u64,
        deadline: Duration,
    ) -> Result<(), Error> {
        let arguments = volume.encode(Encoder::default()).u64(capacity_bytes).u32(NONE);
        self.call((260, "resize of a volume"), arguments, deadline, |_| Ok(())).await
    }
}
