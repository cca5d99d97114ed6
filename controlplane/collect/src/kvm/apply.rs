//! Operations on machines.
//!
//! Each may be repeated: what holds already is done.

use super::blueprint::{self, Host, Room};
use super::description::{Description, OWNER_NAMESPACE, Source};
use crate::{NewMachine, Operation, Owner, Resize, Stop};
use libvirt_rpc::{Affect, Connection, Domain, DomainState, Error, Pool, Undefine, Volume, code};
use std::collections::BTreeMap;
use std::time::Duration;
use uuid::Uuid;

/// The prefix that the owner's tag is written with.
const OWNER_PREFIX: &str = "esu";
/// Memory is plugged in by multiples of this.
const MEMORY_STEP_MIB: u64 = 2;
/// How often an operation is begun whose machine somebody else starts or stops under it.
const TRIES: usize = 3;

/// Why an operation was not done.
#[derive(Debug)]
pub(super) enum Refusal {
    /// The daemon said so.
    Remote(Error),
    /// The machine, as it is, cannot be made so.
    Unsupported(String),
    /// The machine is about to be another.
    Changing(String),
    /// The daemon's answer is not understood.
    Unreadable(String),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Remote(error)
    }
}

/// Whether a refusal says that this can never be, the machine being as it is.
pub(super) fn is_unsupported(code: i32) -> bool {
    matches!(
        code,
        code::NO_SUPPORT
            | code::OPERATION_INVALID
            | code::CONFIG_UNSUPPORTED
            | code::ARGUMENT_UNSUPPORTED
            | code::OPERATION_UNSUPPORTED
    )
}

fn absent<T>(result: Result<T, Error>) -> Result<Option<T>, Error> {
    match result {
        Err(error)
            if matches!(
                error.remote_code(),
                Some(code::NO_DOMAIN | code::NO_STORAGE_VOL | code::NO_STORAGE_POOL)
            ) =>
        {
            Ok(None)
        }
        result => result.map(Some),
    }
}

/// Does `operation`; the daemon has `deadline` for each call.
pub(super) async fn apply(
    daemon: &Connection,
    operation: &Operation,
    deadline: Duration,
) -> Result<(), Refusal> {
    Doing { daemon, deadline }.apply(operation).await
}

/// The daemon, and how long it has for each call.
struct Doing<'a> {
    daemon: &'a Connection,
    deadline: Duration,
}

impl Doing<'_> {
    /// What a machine cannot be told in its state holds already, or can be told, in the state that somebody else
    /// brought it to meanwhile.
    async fn apply(&self, operation: &Operation) -> Result<(), Refusal> {
        let mut before = self.state(operation.machine()).await?;
        for _ in 0..TRIES {
            let refused = match self.once(operation).await {
                Err(Refusal::Remote(error)) if error.remote_code() == Some(code::OPERATION_INVALID) => error,
                done => return done,
            };
            let after = self.state(operation.machine()).await?;
            if after == before {
                return Err(refused.into());
            }
            before = after;
        }
        Err(Refusal::Changing("somebody else starts and stops the machine meanwhile".to_owned()))
    }

    async fn once(&self, operation: &Operation) -> Result<(), Refusal> {
        match operation {
            Operation::Create(new) => self.create(new).await,
            Operation::Start(uuid) => self.start(*uuid).await,
            Operation::Stop(uuid, how) => self.stop(*uuid, *how).await,
            Operation::Resize(uuid, to) => self.resize(*uuid, to).await,
            Operation::Delete(uuid) => self.delete(*uuid).await,
            Operation::SetOwner(uuid, owner) => self.set_owner(*uuid, owner).await,
        }
    }

    /// A machine's run and what it does in it; none of a machine that is not there.
    async fn state(&self, uuid: Uuid) -> Result<Option<(Option<u32>, DomainState)>, Error> {
        let Some(domain) = absent(self.daemon.domain(uuid, self.deadline).await)? else { return Ok(None) };
        let info = absent(self.daemon.domain_info(&domain, self.deadline).await)?;
        Ok(info.map(|info| (domain.id, info.state)))
    }

    async fn create(&self, new: &NewMachine) -> Result<(), Refusal> {
        if absent(self.daemon.domain(new.uuid, self.deadline).await)?.is_some() {
            return Ok(());
        }
        if new.vcpu_max < new.vcpu || new.memory_max_mib < new.memory_mib {
            return Err(Refusal::Unsupported("a machine has no more than it may get".to_owned()));
        }
        let host = self.daemon.capabilities(self.deadline).await?;
        let host = Host::parse(&host).map_err(Refusal::Unreadable)?;
        let mut pools = Vec::with_capacity(new.disks.len());
        for disk in &new.disks {
            let pool = self.daemon.pool(&disk.pool, self.deadline).await?;
            let format = blueprint::volume_format(&self.daemon.pool_xml(&pool, self.deadline).await?);
            pools.push((pool, format));
        }
        let mut made = Vec::new();
        let created = self.create_in(&pools, new, &host, &mut made).await;
        // Without an answer nobody knows whether the machine is there, with these volumes.
        if created.as_ref().is_err_and(|error| error.remote_code().is_some()) {
            self.take_away(new.uuid, &made).await;
        }
        Ok(created?)
    }

    /// Makes the volumes, which are noted in `made`, and the machine.
    async fn create_in(
        &self,
        pools: &[(Pool, &'static str)],
        new: &NewMachine,
        host: &Host,
        made: &mut Vec<Volume>,
    ) -> Result<(), Error> {
        let mut volumes = Vec::with_capacity(new.disks.len());
        for (number, (disk, (pool, format))) in new.disks.iter().zip(pools).enumerate() {
            let name = format!("{}-{}", new.uuid, blueprint::target(number));
            let xml = blueprint::volume(&name, disk.capacity_mib, format);
            match self.daemon.create_volume(pool, &xml, self.deadline).await {
                // The name is this machine's alone: an earlier attempt got so far.
                Err(error) if error.remote_code() == Some(code::STORAGE_VOL_EXIST) => {}
                volume => made.push(volume?),
            }
            volumes.push((disk.pool.clone(), name, *format));
        }
        self.daemon.define_domain(&host.machine(new, &volumes), self.deadline).await?;
        Ok(())
    }

    /// Takes away what was made for a machine that the daemon refused. What stays all the same is found by the next
    /// attempt.
    async fn take_away(&self, uuid: Uuid, made: &[Volume]) {
        // Another attempt may have come through meanwhile, with these volumes.
        if !matches!(absent(self.daemon.domain(uuid, self.deadline).await), Ok(None)) {
            return;
        }
        for volume in made {
            let _ = self.daemon.delete_volume(volume, self.deadline).await;
        }
    }

    async fn start(&self, uuid: Uuid) -> Result<(), Refusal> {
        let domain = self.daemon.domain(uuid, self.deadline).await?;
        match self.daemon.domain_info(&domain, self.deadline).await?.state {
            DomainState::Running | DomainState::Blocked => {}
            DomainState::Paused => self.daemon.resume_domain(&domain, self.deadline).await?,
            DomainState::Suspended => self.daemon.wake_domain(&domain, self.deadline).await?,
            DomainState::ShuttingDown => {
                return Err(Refusal::Changing("the machine is on its way down".to_owned()));
            }
            _ => self.daemon.start_domain(&domain, self.deadline).await?,
        }
        Ok(())
    }

    async fn stop(&self, uuid: Uuid, how: Stop) -> Result<(), Refusal> {
        let domain = self.daemon.domain(uuid, self.deadline).await?;
        if domain.id.is_some() {
            match how {
                Stop::Orderly => self.daemon.shut_domain_down(&domain, self.deadline).await?,
                Stop::Forced => self.daemon.destroy_domain(&domain, self.deadline).await?,
            }
        }
        Ok(())
    }

    async fn resize(&self, uuid: Uuid, to: &Resize) -> Result<(), Refusal> {
        let domain = self.daemon.domain(uuid, self.deadline).await?;
        if domain.id.is_some() {
            self.check_live(&domain, to).await?;
            self.resize_disks(&domain, &to.disks_mib).await?;
            return self.resize_live(&domain, to).await;
        }
        self.resize_disks(&domain, &to.disks_mib).await?;
        if to.vcpu.is_some() || to.memory_mib.is_some() {
            let xml = self.daemon.domain_config(&domain, self.deadline).await?;
            let xml = blueprint::resized(&xml, to).map_err(Refusal::Unsupported)?;
            self.daemon.define_domain(&xml, self.deadline).await?;
        }
        Ok(())
    }

    /// Refuses what cannot be, before anything is done.
    async fn check_live(&self, domain: &Domain, to: &Resize) -> Result<(), Refusal> {
        let room = self.room(domain).await?;
        let now_mib = self.memory_mib(domain).await?;
        let refused = match (to.vcpu, to.memory_mib) {
            (Some(vcpu), _) if vcpu > room.vcpu_max => {
                format!("the machine has at most {} vCPU while it runs", room.vcpu_max)
            }
            (_, Some(mib)) if mib > room.memory_max_mib => {
                format!("the machine has at most {} MiB of memory while it runs", room.memory_max_mib)
            }
            (_, Some(mib)) if room.has_slots && mib < now_mib => {
                "memory that is plugged in is not taken out while the machine runs".to_owned()
            }
            (_, Some(mib)) if room.has_slots && !(mib - now_mib).is_multiple_of(MEMORY_STEP_MIB) => {
                format!("memory is plugged in by multiples of {MEMORY_STEP_MIB} MiB")
            }
            _ => return Ok(()),
        };
        Err(Refusal::Unsupported(refused))
    }

    async fn room(&self, domain: &Domain) -> Result<Room, Refusal> {
        let xml = self.daemon.domain_xml(domain, self.deadline).await?;
        Room::parse(&xml).map_err(Refusal::Unreadable)
    }

    async fn memory_mib(&self, domain: &Domain) -> Result<u64, Error> {
        Ok(self.daemon.domain_info(domain, self.deadline).await?.memory_kib >> 10)
    }

    async fn resize_live(&self, domain: &Domain, to: &Resize) -> Result<(), Refusal> {
        let kept = self.daemon.is_persistent(domain, self.deadline).await?;
        let scopes = if kept { &[Affect::LIVE, Affect::CONFIG][..] } else { &[Affect::LIVE] };
        if let Some(vcpu) = to.vcpu {
            // One call for each: not every driver takes both at once.
            for scope in scopes {
                self.daemon.set_domain_vcpu(domain, vcpu, *scope, self.deadline).await?;
            }
        }
        let Some(memory_mib) = to.memory_mib else { return Ok(()) };
        let now_mib = self.memory_mib(domain).await?;
        if memory_mib == now_mib {
            return Ok(());
        }
        if self.room(domain).await?.has_slots {
            let module = blueprint::memory_module(memory_mib - now_mib.min(memory_mib));
            let scope = if kept { Affect::LIVE | Affect::CONFIG } else { Affect::LIVE };
            self.daemon.attach_device(domain, &module, scope, self.deadline).await?;
            return Ok(());
        }
        for scope in scopes {
            self.daemon
                .set_domain_memory(domain, memory_mib.saturating_mul(1024), *scope, self.deadline)
                .await?;
        }
        Ok(())
    }

    async fn resize_disks(&self, domain: &Domain, sizes: &BTreeMap<String, u64>) -> Result<(), Refusal> {
        if sizes.is_empty() {
            return Ok(());
        }
        let xml = self.daemon.domain_xml(domain, self.deadline).await?;
        let description = Description::parse(&xml, domain).map_err(Refusal::Unreadable)?;
        for (target, mib) in sizes {
            let disk = description.disks.iter().find(|(disk, _)| disk.target == *target);
            let Some((disk, source)) = disk else {
                return Err(Refusal::Unsupported(format!("the machine has no disk {target}")));
            };
            let bytes = mib.saturating_mul(1 << 20);
            let now = self.capacity_bytes(domain, target, source).await?;
            match bytes {
                bytes if bytes < now => {
                    return Err(Refusal::Unsupported(format!("the disk {target} only grows")));
                }
                bytes if bytes == now => {}
                bytes if domain.id.is_some() => {
                    self.daemon.resize_domain_disk(domain, target, bytes, self.deadline).await?;
                }
                bytes => {
                    let volume = self.volume(source, disk.path.as_deref()).await?;
                    let volume = volume.ok_or_else(|| {
                        Refusal::Unsupported(format!("the disk {target} is in no storage pool"))
                    })?;
                    self.daemon.resize_volume(&volume, bytes, self.deadline).await?;
                }
            }
        }
        Ok(())
    }

    async fn capacity_bytes(&self, domain: &Domain, target: &str, source: &Source) -> Result<u64, Error> {
        if let Source::Volume { pool, volume } = source {
            let pool = self.daemon.pool(pool, self.deadline).await?;
            let volume = self.daemon.volume(&pool, volume, self.deadline).await?;
            return Ok(self.daemon.volume_info(&volume, self.deadline).await?.capacity_bytes);
        }
        Ok(self.daemon.domain_block_info(domain, target, self.deadline).await?.capacity_bytes)
    }

    /// The volume that a disk is, if it is one.
    async fn volume(&self, source: &Source, path: Option<&str>) -> Result<Option<Volume>, Error> {
        match (source, path) {
            (Source::Volume { pool, volume }, _) => {
                let Some(pool) = absent(self.daemon.pool(pool, self.deadline).await)? else {
                    return Ok(None);
                };
                absent(self.daemon.volume(&pool, volume, self.deadline).await)
            }
            (Source::Domain, Some(path)) => absent(self.daemon.volume_at(path, self.deadline).await),
            (Source::Domain, None) => Ok(None),
        }
    }

    /// The description goes last: while it is there, a repetition finds what is left to be done.
    async fn delete(&self, uuid: Uuid) -> Result<(), Refusal> {
        let Some(domain) = absent(self.daemon.domain(uuid, self.deadline).await)? else { return Ok(()) };
        let xml = self.daemon.domain_xml(&domain, self.deadline).await?;
        let description = Description::parse(&xml, &domain).map_err(Refusal::Unreadable)?;
        if domain.id.is_some() {
            self.end(&domain).await?;
        }
        for (disk, source) in
            description.disks.iter().filter(|(disk, _)| !description.shared.contains(&disk.target))
        {
            if let Some(volume) = self.volume(source, disk.path.as_deref()).await? {
                absent(self.daemon.delete_volume(&volume, self.deadline).await)?;
            }
        }
        let undefined = match self.daemon.undefine_domain(&domain, Undefine::ALL, self.deadline).await {
            Err(error) if error.remote_code() == Some(code::INVALID_ARG) => {
                self.daemon.undefine_domain(&domain, Undefine::SAVED, self.deadline).await
            }
            undefined => undefined,
        };
        absent(undefined)?;
        Ok(())
    }

    /// Ends a run, whoever ended it before.
    async fn end(&self, domain: &Domain) -> Result<(), Error> {
        match absent(self.daemon.destroy_domain(domain, self.deadline).await) {
            Err(error) if error.remote_code() == Some(code::OPERATION_INVALID) => {
                let now = absent(self.daemon.domain(domain.uuid, self.deadline).await)?;
                if now.is_some_and(|now| now.id.is_some()) { Err(error) } else { Ok(()) }
            }
            ended => ended.map(|_| ()),
        }
    }

    async fn set_owner(&self, uuid: Uuid, owner: &Owner) -> Result<(), Refusal> {
        let domain = self.daemon.domain(uuid, self.deadline).await?;
        let kept = self.daemon.is_persistent(&domain, self.deadline).await?;
        let tag = blueprint::owner_tag(owner);
        let scope = match (domain.id, kept) {
            (Some(_), true) => Affect::LIVE | Affect::CONFIG,
            (Some(_), false) => Affect::LIVE,
            (None, _) => Affect::CONFIG,
        };
        let namespace = (OWNER_PREFIX, OWNER_NAMESPACE);
        let set =
            self.daemon.set_domain_metadata(&domain, namespace, tag.as_deref(), scope, self.deadline).await;
        match set {
            // What is not there need not be taken away.
            Err(error) if tag.is_none() && error.remote_code() == Some(code::NO_DOMAIN_METADATA) => Ok(()),
            set => Ok(set?),
        }
    }
}
