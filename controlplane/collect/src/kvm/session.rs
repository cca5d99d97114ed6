//! One session with a daemon, and what is remembered for its length.

use super::description::Description;
use super::disks::DiskReader;
use super::{Options, changes, shape};
use crate::{Changes, Epoch, Machine, Snapshot};
use futures::{StreamExt, TryStreamExt, stream};
use libvirt_rpc::{Address, Connection, Domain, Error, Events, Watch, code};
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use uuid::Uuid;

/// A session: the connections, the events since its beginning, and descriptions read in it.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) connection: Connection,
    pub(super) disks: DiskReader,
    pub(super) options: Options,
    host: String,
    epoch: Epoch,
    /// Whether the last list that was asked for did not come.
    silent: AtomicBool,
    memory: Mutex<Memory>,
}

#[derive(Debug)]
struct Memory {
    /// What happened since the descriptions were last looked over.
    events: Events,
    /// How many inventories were begun.
    round: u64,
    known: HashMap<Uuid, Known>,
    /// Machines that something was done to since.
    changed: HashSet<Uuid>,
}

/// A description, and the run that it is of.
#[derive(Debug, Clone)]
struct Known {
    id: Option<u32>,
    description: Arc<Description>,
}

/// A list that is asked for. One that is still to come is no silence: another question may fail meanwhile.
struct Asked<'a> {
    silent: &'a AtomicBool,
    came: bool,
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        self.silent.store(!self.came, Ordering::Relaxed);
    }
}

/// Whether something that is read anew every so many rounds is due. The identity spreads the work.
pub(super) fn is_due(uuid: Uuid, round: u64, every: u64) -> bool {
    let (high, low) = uuid.as_u64_pair();
    (high ^ low).wrapping_add(round).is_multiple_of(every.max(1))
}

impl Session {
    pub(super) async fn open(
        address: &Address,
        epoch: Epoch,
        options: &Options,
        deadline: Duration,
    ) -> Result<Self, Error> {
        let connection = Connection::open(address, deadline).await?;
        let disks = DiskReader::open(address, options.disk_timeout, deadline).await?;
        let events = connection.events();
        connection.watch(Watch::Lifecycle, deadline).await?;
        for kind in [Watch::Metadata, Watch::Balloon, Watch::DeviceAdded, Watch::DeviceRemoved] {
            // A driver without these is asked for its descriptions every so often all the same.
            match connection.watch(kind, deadline).await {
                Err(error) if error.remote_code().is_none() => return Err(error),
                _ => {}
            }
        }
        let host = connection.hostname(deadline).await?;
        let memory = Memory { events, round: 0, known: HashMap::new(), changed: HashSet::new() };
        let options = options.clone();
        Ok(Self {
            connection,
            disks,
            options,
            host,
            epoch,
            silent: AtomicBool::new(false),
            memory: Mutex::new(memory),
        })
    }

    pub(super) fn is_open(&self) -> bool {
        self.connection.ended().is_none() && self.disks.is_open()
    }

    /// Whether the daemon answers not even the question that it answers at once.
    pub(super) fn is_silent(&self) -> bool {
        self.silent.load(Ordering::Relaxed)
    }

    pub(super) fn changes(&self) -> Changes {
        changes::stream(self.connection.events(), self.epoch)
    }

    pub(super) async fn inventory(&self, deadline: Duration) -> Result<Snapshot, Error> {
        let round = self.begin_round();
        let domains = self.domains(deadline).await?;
        self.forget_all_but(&domains);
        let read = domains.into_iter().map(|domain| shape::machine(self, domain, round, deadline / 2));
        let machines: Vec<Option<Machine>> =
            stream::iter(read).buffer_unordered(self.options.concurrency.max(1)).try_collect().await?;
        let mut machines: Vec<Machine> = machines.into_iter().flatten().collect();
        machines.sort_by_key(|machine| machine.uuid);
        Ok(Snapshot { host: self.host.clone(), epoch: self.epoch, machines, unidentified: vec![] })
    }

    pub(super) async fn domains(&self, deadline: Duration) -> Result<Vec<Domain>, Error> {
        let mut asked = Asked { silent: &self.silent, came: false };
        let domains = self.connection.domains(deadline).await?;
        asked.came = true;
        Ok(domains)
    }

    /// The description of `domain`, from memory unless it is of another run, due or asked for `anew`.
    /// None: the domain is gone. The inner error is a text for people.
    pub(super) async fn description(
        &self,
        domain: &Domain,
        anew: bool,
        deadline: Duration,
    ) -> Result<Option<Result<Arc<Description>, String>>, Error> {
        if !anew && let Some(known) = self.known(domain) {
            return Ok(Some(Ok(known)));
        }
        let xml = match self.connection.domain_xml(domain, deadline).await {
            Ok(xml) => xml,
            Err(error) => return inside(error),
        };
        let description = match Description::parse(&xml, domain) {
            Ok(description) => Arc::new(description),
            Err(reason) => return Ok(Some(Err(reason))),
        };
        let known = Known { id: domain.id, description: description.clone() };
        self.lock().known.insert(domain.uuid, known);
        Ok(Some(Ok(description)))
    }

    fn lock(&self) -> MutexGuard<'_, Memory> {
        // Nothing panics while it holds the lock, and each change is complete in itself.
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn known(&self, domain: &Domain) -> Option<Arc<Description>> {
        let memory = self.lock();
        memory
            .known
            .get(&domain.uuid)
            .filter(|known| known.id == domain.id)
            .map(|known| known.description.clone())
    }

    /// Forgets what is no longer so, as events and those who changed it say.
    fn begin_round(&self) -> u64 {
        let mut memory = self.lock();
        memory.round += 1;
        for machine in std::mem::take(&mut memory.changed) {
            memory.known.remove(&machine);
            self.disks.forget(machine);
        }
        loop {
            match memory.events.ready() {
                Ok(Some(event)) => {
                    memory.known.remove(&event.domain);
                    self.disks.forget(event.domain);
                }
                Ok(None) => break,
                Err(_) => {
                    memory.known.clear();
                    self.disks.forget_all();
                    if self.connection.ended().is_some() {
                        break;
                    }
                }
            }
        }
        memory.round
    }

    /// Looks at this machine anew in the next inventory, whatever one that is under way still finds.
    pub(super) fn forget(&self, machine: Uuid) {
        self.lock().changed.insert(machine);
    }

    fn forget_all_but(&self, domains: &[Domain]) {
        let there: HashSet<Uuid> = domains.iter().map(|domain| domain.uuid).collect();
        self.lock().known.retain(|uuid, _| there.contains(uuid));
        self.disks.forget_all_but(&there);
    }
}

/// An error about one domain stays with it: as None if the domain is gone, else as a text. An error of
/// the connection is everybody's.
pub(super) fn inside<T>(error: Error) -> Result<Option<Result<T, String>>, Error> {
    match error {
        Error::Closed { .. } => Err(error),
        _ if error.remote_code() == Some(code::NO_DOMAIN) => Ok(None),
        Error::Remote { call, source, .. } => Ok(Some(Err(format!("{call}: {source}")))),
        Error::Timeout { call, allowed, .. } => {
            Ok(Some(Err(format!("no answer to {call} within {} ms", allowed.as_millis()))))
        }
        other => Ok(Some(Err(other.to_string()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use libvirt_rpc::RemoteError;

    fn refusal(code: i32) -> Error {
        let source = RemoteError { code, message: "said".into() };
        Error::Remote { endpoint: "here".into(), call: "domain info", source }
    }

    #[test]
    fn an_error_about_one_domain_stays_with_it() {
        assert!(matches!(inside::<()>(refusal(code::NO_DOMAIN)), Ok(None)));
        let Ok(Some(Err(reason))) = inside::<()>(refusal(code::OPERATION_INVALID)) else {
            panic!("not inside")
        };
        assert_eq!(reason, "domain info: said (libvirt error 55)");
        let late =
            Error::Timeout { endpoint: "here".into(), call: "domain info", allowed: Duration::from_secs(1) };
        let Ok(Some(Err(reason))) = inside::<()>(late) else { panic!("not inside") };
        assert_eq!(reason, "no answer to domain info within 1000 ms");
        assert!(inside::<()>(Error::Closed { endpoint: "here".into(), reason: "gone".into() }).is_err());
    }

    #[test]
    fn silence_is_a_list_that_did_not_come() {
        let silent = AtomicBool::new(false);
        let is_silent = || silent.load(Ordering::Relaxed);
        let mut asked = Asked { silent: &silent, came: false };
        assert!(!is_silent(), "it may still come");
        asked.came = true;
        drop(asked);
        assert!(!is_silent());
        drop(Asked { silent: &silent, came: false });
        assert!(is_silent());
        drop(Asked { silent: &silent, came: true });
        assert!(!is_silent());
    }

    #[test]
    fn what_is_due_now_and_then_is_due_once_in_so_many_rounds_and_not_for_all_at_once() {
        let due = |uuid, round| is_due(Uuid::from_u128(uuid), round, 20);
        for uuid in [0, 7, u128::MAX / 3] {
            assert_eq!((100..120).filter(|round| due(uuid, *round)).count(), 1);
        }
        assert_eq!((0..1000).filter(|uuid| due(*uuid, 5)).count(), 50);
        assert!(is_due(Uuid::nil(), 3, 0) && is_due(Uuid::nil(), 3, 1));
    }
}
