//! The sizes of disks.
//!
//! A running domain's disk is sized by its emulator, and one that hangs never answers. A daemon serves few
//! calls of one client at once, so these calls have a connection of their own, one that hangs is not asked
//! again while it owes an answer, and when as many hang as the daemon serves, nobody is asked.

use super::description::{Description, Source};
use crate::Disk;
use futures::future::join_all;
use libvirt_rpc::{Connection, Domain, Error, Pool, code};
use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use uuid::Uuid;

/// Calls under way at once: one less than the daemon's default, so that one is always free.
const CALLS_MAX: usize = 4;
/// How long a hanging emulator may owe an answer before it is asked anew.
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
    pools: HashMap<String, Pool>,
    /// The last known size by machine and key.
    sizes: HashMap<Uuid, HashMap<String, Size>>,
    /// Calls to domains that did not answer in time.
    owed: HashMap<Uuid, JoinHandle<Result<u64, Error>>>,
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
        let read = match source {
            Source::Volume { pool, volume } => {
                let reading = self.volume_bytes(pool, volume);
                tokio::time::timeout(self.timeout, reading).await.ok().and_then(Result::ok)
            }
            Source::Domain => self.domain_bytes(domain, &disk.target).await,
        };
        let capacity_mib = read.map(|bytes| bytes.div_ceil(1 << 20));
        if let Some(capacity_mib) = capacity_mib {
            let size = Size { capacity_mib, stale: false };
            self.lock().sizes.entry(domain.uuid).or_default().insert(disk.key.clone(), size);
        }
        capacity_mib.or(known)
    }

    async fn volume_bytes(&self, pool: &str, volume: &str) -> Result<u64, Error> {
        let known = self.lock().pools.get(pool).cloned();
        let found = match known {
            Some(pool) => pool,
            None => {
                let found = self.connection.pool(pool, self.timeout).await?;
                self.lock().pools.insert(pool.to_owned(), found.clone());
                found
            }
        };
        let bytes = async {
            let volume = self.connection.volume(&found, volume, self.timeout).await?;
            self.connection.volume_info(&volume, self.timeout).await
        };
        let bytes = bytes.await;
        if bytes.as_ref().is_err_and(|error| error.remote_code() == Some(code::NO_STORAGE_POOL)) {
            // A pool that was made anew has another identity.
            self.lock().pools.remove(pool);
        }
        bytes.map(|info| info.capacity_bytes)
    }

    async fn domain_bytes(&self, domain: &Domain, target: &str) -> Option<u64> {
        if self.is_owed(domain.uuid) {
            return None;
        }
        let _place = tokio::time::timeout(self.timeout, self.calls.acquire()).await.ok()?.ok()?;
        if self.is_owed(domain.uuid) {
            return None;
        }
        let (connection, asked, target) = (self.connection.clone(), domain.clone(), target.to_owned());
        let mut call = tokio::spawn(async move {
            connection.domain_block_info(&asked, &target, OWED_MAX).await.map(|info| info.capacity_bytes)
        });
        match tokio::time::timeout(self.timeout, &mut call).await {
            Ok(answer) => answer.ok()?.ok(),
            Err(_) => {
                self.lock().owed.insert(domain.uuid, call);
                None
            }
        }
    }

    /// Whether this domain owes an answer, or so many do that another question would not be served.
    fn is_owed(&self, uuid: Uuid) -> bool {
        let mut memory = self.lock();
        memory.owed.retain(|_, call| !call.is_finished());
        memory.owed.contains_key(&uuid) || memory.owed.len() >= CALLS_MAX
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
