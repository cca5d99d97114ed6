//! The sizes of disks.
//!
//! A running domain's disk is sized by its emulator, a volume by its storage; either may hang and never
//! answer. A daemon serves few calls of one client at once, so each of the two has a connection of its own,
//! whoever hangs is not asked again while an answer is owed, and when as many hang as the daemon serves,
//! nobody is asked there.

use super::description::{Description, Source};
use crate::Disk;
use futures::future::join_all;
use libvirt_rpc::{Address, Connection, Domain, Error};
use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use uuid::Uuid;

/// Calls under way at once, those that are not waited for any more among them: one less than the daemon's default, so
/// that one is always free.
const CALLS_MAX: usize = 4;
/// How long an answer may be owed before it is asked for anew.
const OWED_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// Asks for sizes and remembers them.
#[derive(Debug)]
pub(super) struct DiskReader {
    emulators: Connection,
    pools: Connection,
    to_emulators: Desk<Uuid>,
    to_pools: Desk<String>,
    /// The last known size by machine and key.
    sizes: Mutex<HashMap<Uuid, HashMap<String, Size>>>,
}

#[derive(Debug, Clone, Copy)]
struct Size {
    capacity_mib: u64,
    /// Whether something happened to the machine since.
    stale: bool,
}

/// Calls to those who may hang, of one connection.
#[derive(Debug)]
struct Desk<Debtor> {
    timeout: Duration,
    calls: Arc<Semaphore>,
    /// Calls that were not answered in time.
    owed: Mutex<HashMap<Debtor, JoinHandle<Result<u64, Error>>>>,
}

/// Nothing panics while it holds a lock here, and each change is complete in itself.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl DiskReader {
    pub(super) async fn open(
        address: &Address,
        timeout: Duration,
        deadline: Duration,
    ) -> Result<Self, Error> {
        let emulators = Connection::open(address, deadline).await?;
        let pools = Connection::open(address, deadline).await?;
        let (to_emulators, to_pools) = (Desk::new(timeout), Desk::new(timeout));
        Ok(Self { emulators, pools, to_emulators, to_pools, sizes: Mutex::default() })
    }

    pub(super) fn is_open(&self) -> bool {
        self.emulators.ended().is_none() && self.pools.ended().is_none()
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
        let last = lock(&self.sizes).get(&domain.uuid).and_then(|sizes| sizes.get(&disk.key)).copied();
        let known = last.map(|last| last.capacity_mib);
        if !due && last.is_some_and(|last| !last.stale) {
            return known;
        }
        let read = match source.clone() {
            Source::Volume { pool, volume } => {
                let asking = volume_bytes(self.pools.clone(), pool.clone(), volume);
                self.to_pools.ask(pool, asking).await
            }
            Source::Domain => {
                let asking = domain_bytes(self.emulators.clone(), domain.clone(), disk.target.clone());
                self.to_emulators.ask(domain.uuid, asking).await
            }
        };
        let capacity_mib = read.map(|bytes| bytes.div_ceil(1 << 20));
        if let Some(capacity_mib) = capacity_mib {
            let size = Size { capacity_mib, stale: false };
            lock(&self.sizes).entry(domain.uuid).or_default().insert(disk.key.clone(), size);
        }
        capacity_mib.or(known)
    }

    /// Looks at this machine's disks again the next time.
    pub(super) fn forget(&self, uuid: Uuid) {
        for size in lock(&self.sizes).get_mut(&uuid).into_iter().flat_map(HashMap::values_mut) {
            size.stale = true;
        }
    }

    pub(super) fn forget_all(&self) {
        for size in lock(&self.sizes).values_mut().flat_map(HashMap::values_mut) {
            size.stale = true;
        }
    }

    pub(super) fn forget_all_but(&self, there: &HashSet<Uuid>) {
        lock(&self.sizes).retain(|uuid, _| there.contains(uuid));
    }
}

impl<Debtor: Eq + Hash> Desk<Debtor> {
    fn new(timeout: Duration) -> Self {
        Self { timeout, calls: Arc::new(Semaphore::new(CALLS_MAX)), owed: Mutex::new(HashMap::new()) }
    }

    /// The answer to `call`, unless one is owed or this one takes too long.
    async fn ask(
        &self,
        debtor: Debtor,
        call: impl Future<Output = Result<u64, Error>> + Send + 'static,
    ) -> Option<u64> {
        if self.is_owed(&debtor) {
            return None;
        }
        let place =
            tokio::time::timeout(self.timeout, self.calls.clone().acquire_owned()).await.ok()?.ok()?;
        if self.is_owed(&debtor) {
            return None;
        }
        let mut call = tokio::spawn(async move {
            let answer = call.await;
            drop(place);
            answer
        });
        match tokio::time::timeout(self.timeout, &mut call).await {
            Ok(answer) => answer.ok()?.ok(),
            Err(_) => {
                lock(&self.owed).insert(debtor, call);
                None
            }
        }
    }

    /// Whether this one owes an answer, or so many do that another question would not be served.
    fn is_owed(&self, debtor: &Debtor) -> bool {
        let mut owed = lock(&self.owed);
        owed.retain(|_, call| !call.is_finished());
        owed.contains_key(debtor) || owed.len() >= CALLS_MAX
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::pending;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[tokio::test(start_paused = true)]
    async fn no_more_calls_are_under_way_than_the_daemon_serves_whoever_hangs() {
        let desk = Desk::new(Duration::from_millis(300));
        let begun = Arc::new(AtomicUsize::new(0));
        let hangs = || {
            let begun = begun.clone();
            async move {
                begun.fetch_add(1, Ordering::Relaxed);
                pending().await
            }
        };
        for debtors in [0..3, 3..9, 9..12] {
            let asked = join_all(debtors.map(|debtor| desk.ask(debtor, hangs()))).await;
            assert!(asked.iter().all(Option::is_none));
        }
        assert_eq!(begun.load(Ordering::Relaxed), CALLS_MAX);
        let desk = Desk::new(Duration::from_millis(300));
        let asked = join_all((0..9).map(|debtor| desk.ask(debtor, async move { Ok(debtor) }))).await;
        assert_eq!(asked, (0..9).map(Some).collect::<Vec<_>>());
    }
}
