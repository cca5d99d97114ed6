//! The sizes of disks.
//!
//! A running domain's disk is sized by its emulator, a volume by its storage; either may hang and never
//! answer. A daemon serves few calls of one client at once, so these calls have a connection of their own,
//! whoever hangs is not asked again while an answer is owed, and when as many hang as the daemon serves,
//! nobody is asked.

use super::description::{Description, Source};
use crate::Disk;
use futures::future::join_all;
use libvirt_rpc::{Connection, Domain, Error};
use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use uuid::Uuid;

/// Calls under way at once: one less than the daemon's default, so that one is always free.
const CALLS_MAX: usize = 4;
/// How long an answer may be owed before it is asked for anew.
const OWED_MAX: Duration = Duration::from_secs(24 * 60 * 60);

#[derive(Debug)]
pub(super) struct DiskReader {
    connection: Connection,
    timeout: Duration,
    calls: Semaphore,
    memory: Mutex<Memory>,
}

#[derive(Debug, Default)]
struct Memory {
    /// The last known size by machine and key.
    sizes: HashMap<Uuid, HashMap<String, Size>>,
    /// Calls that were not answered in time.
    owed: HashMap<Debtor, JoinHandle<Result<u64, Error>>>,
}

/// Who may owe an answer.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Debtor {
    /// A domain's emulator.
    Domain(Uuid),
    /// A storage pool.
    Pool(String),
}

#[derive(Debug, Clone, Copy)]
struct Size {
    capacity_mib: u64,
    /// Whether something happened to the machine since.
    stale: bool,
}

impl DiskReader {
    pub(super) fn new(connection: Connection, timeout: Duration) -> Self {
        Self { connection, timeout, calls: Semaphore::new(CALLS_MAX), memory: Mutex::default() }
    }

    pub(super) fn is_open(&self) -> bool {
        self.connection.ended().is_none()
    }

    /// The disks of `domain` with their sizes: the last known ones, unless it is time to look, or there
    /// are none.
    pub(super) async fn sized(&self, domain: &Domain, description: &Description, due: bool) -> Vec<Disk> {
        join_all(description.disks.iter().map(|(disk, source)| async move {
            let capacity_mib = self.size(domain, disk, source, due).await;
            Disk { capacity_mib, ..disk.clone() }
        }))
        .await
    }

    async fn size(&self, domain: &Domain, disk: &Disk, source: &Source, due: bool) -> Option<u64> {
        let last = self.lock().sizes.get(&domain.uuid).and_then(|sizes| sizes.get(&disk.key)).copied();
        let known = last.map(|last| last.capacity_mib);
        if !due && last.is_some_and(|last| !last.stale) {
            return known;
        }
        let connection = self.connection.clone();
        let read = match source.clone() {
            Source::Volume { pool, volume } => {
                self.ask(Debtor::Pool(pool.clone()), volume_bytes(connection, pool, volume)).await
            }
            Source::Domain => {
                let asking = domain_bytes(connection, domain.clone(), disk.target.clone());
                self.ask(Debtor::Domain(domain.uuid), asking).await
            }
        };
        let capacity_mib = read.map(|bytes| bytes.div_ceil(1 << 20));
        if let Some(capacity_mib) = capacity_mib {
            let size = Size { capacity_mib, stale: false };
            self.lock().sizes.entry(domain.uuid).or_default().insert(disk.key.clone(), size);
        }
        capacity_mib.or(known)
    }

    /// The answer to `call`, unless somebody owes one or this one takes too long.
    async fn ask(
        &self,
        debtor: Debtor,
        call: impl Future<Output = Result<u64, Error>> + Send + 'static,
    ) -> Option<u64> {
        if self.is_owed(&debtor) {
            return None;
        }
        let _place = tokio::time::timeout(self.timeout, self.calls.acquire()).await.ok()?.ok()?;
        if self.is_owed(&debtor) {
            return None;
        }
        let mut call = tokio::spawn(call);
        match tokio::time::timeout(self.timeout, &mut call).await {
            Ok(answer) => answer.ok()?.ok(),
            Err(_) => {
                self.lock().owed.insert(debtor, call);
                None
            }
        }
    }

    /// Whether this one owes an answer, or so many do that another question would not be served.
    fn is_owed(&self, debtor: &Debtor) -> bool {
        let mut memory = self.lock();
        memory.owed.retain(|_, call| !call.is_finished());
        memory.owed.contains_key(debtor) || memory.owed.len() >= CALLS_MAX
    }

    fn lock(&self) -> MutexGuard<'_, Memory> {
        // Nothing panics while it holds the lock, and each change is complete in itself.
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at this machine's disks again the next time.
    pub(super) fn forget(&self, uuid: Uuid) {
        for size in self.lock().sizes.get_mut(&uuid).into_iter().flat_map(HashMap::values_mut) {
            size.stale = true;
        }
    }

    pub(super) fn forget_all(&self) {
        for size in self.lock().sizes.values_mut().flat_map(HashMap::values_mut) {
            size.stale = true;
        }
    }

    pub(super) fn forget_all_but(&self, there: &HashSet<Uuid>) {
        self.lock().sizes.retain(|uuid, _| there.contains(uuid));
    }
}

async fn volume_bytes(connection: Connection, pool: String, volume: String) -> Result<u64, Error> {
    let pool = connection.pool(&pool, OWED_MAX).await?;
    let volume = connection.volume(&pool, &volume, OWED_MAX).await?;
    Ok(connection.volume_info(&volume, OWED_MAX).await?.capacity_bytes)
}

async fn domain_bytes(connection: Connection, domain: Domain, target: String) -> Result<u64, Error> {
    Ok(connection.domain_block_info(&domain, &target, OWED_MAX).await?.capacity_bytes)
}
