//! KVM through libvirt.
//!
//! An inventory asks only what libvirt answers without asking the machine: the list, each running domain's
//! info, and descriptions, which are kept and read anew after an event and every so many inventories. The
//! sizes of disks are the exception: they are asked for on connections of their own, briefly, and the last
//! known size stands in for one that does not come. So a machine whose emulator hangs delays nothing.
//!
//! | fact | source |
//! |---|---|
//! | power, vCPU, memory of a running domain | `DomainGetInfo`, every inventory |
//! | vCPU and memory of one that is off; disks, interfaces, owner, operating system | description |
//! | size of a volume | `StorageVolGetInfo` |
//! | size of any other disk | `DomainGetBlockInfo` |
//! | traffic | statistics `STATE` and `INTERFACE`, joined to addresses through the description |

mod apply;
mod blueprint;
mod changes;
mod description;
mod disks;
#[cfg(test)]
mod fuzz_tests;
mod session;
mod shape;
mod traffic;
mod xml;

use crate::{Backend, Changes, Counters, Epoch, Error, Metered, Operation, Snapshot};
use apply::Refusal;
use async_trait::async_trait;
use libvirt_rpc::{Address, Connection, code};
use session::Session;
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use uuid::Uuid;

/// How often and how patiently a [`Kvm`] asks.
#[derive(Debug, Clone)]
pub struct Options {
    /// A description is read anew every so many inventories, event or not.
    pub describe_every: u64,
    /// The sizes of a machine's disks are read anew every so many inventories: no event tells of them.
    pub size_disks_every: u64,
    /// Calls under way at once. A daemon serves five of one client unless told otherwise.
    pub concurrency: usize,
    /// How long an inventory waits for the size of a disk.
    pub disk_timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            describe_every: 20,
            size_disks_every: 4,
            concurrency: 16,
            disk_timeout: Duration::from_secs(2),
        }
    }
}

/// A host with libvirt.
#[derive(Debug)]
pub struct Kvm {
    address: Address,
    endpoint: String,
    options: Options,
    session: Mutex<Option<Arc<Session>>>,
    /// Held by who opens a session.
    opening: tokio::sync::Mutex<()>,
    sessions: AtomicU64,
}

impl Kvm {
    /// A backend for the daemon at `address`, such as `qemu+unix:///system` or
    /// `qemu+tcp://127.0.0.1:16509/system`. It connects when it is first asked.
    ///
    /// # Errors
    ///
    /// When the address cannot be understood; the error names the forms that can.
    pub fn new(address: &str, options: Options) -> Result<Self, Error> {
        let parsed: Address = address
            .parse()
            .map_err(|error: libvirt_rpc::AddressError| Error::Address { reason: error.to_string() })?;
        Ok(Self {
            address: parsed,
            endpoint: address.to_owned(),
            options,
            session: Mutex::new(None),
            opening: tokio::sync::Mutex::new(()),
            sessions: AtomicU64::new(0),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Option<Arc<Session>>> {
        // Nothing panics while it holds the lock, and each change is complete in itself.
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The session in force.
    fn current(&self) -> Option<Arc<Session>> {
        self.lock().clone().filter(|session| session.is_open())
    }

    /// The session in force, or a new one, for what is `asked`.
    async fn session(&self, asked: &'static str, deadline: Duration) -> Result<Arc<Session>, Error> {
        let _opening = self.opening.lock().await;
        if let Some(session) = self.current() {
            return Ok(session);
        }
        let epoch = Epoch(self.sessions.fetch_add(1, Ordering::Relaxed) + 1);
        let session = Session::open(&self.address, epoch, &self.options, deadline).await;
        let session = Arc::new(session.map_err(|error| self.error(asked, error))?);
        *self.lock() = Some(session.clone());
        Ok(session)
    }

    /// Ends a session that gave no sign of life, so that the next question opens a new one.
    fn give_up(&self, session: &Arc<Session>) {
        self.lock().take_if(|current| Arc::ptr_eq(current, session));
    }

    /// Runs `asking` within `deadline`, which covers a new session too.
    async fn ask<T, Asking: Future<Output = Result<T, libvirt_rpc::Error>>>(
        &self,
        asked: &'static str,
        deadline: Duration,
        asking: impl FnOnce(Arc<Session>) -> Asking,
    ) -> Result<T, Error> {
        let mut used = None;
        let work = async {
            let session = self.session(asked, deadline).await?;
            used = Some(session.clone());
            asking(session).await.map_err(|error| self.error(asked, error))
        };
        let result = self.within(asked, deadline, work).await;
        let failed = result.is_err();
        if let Some(session) = used.filter(|session| failed && session.is_silent()) {
            self.give_up(&session);
        }
        result
    }

    async fn within<T>(
        &self,
        asked: &'static str,
        deadline: Duration,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let late = || Error::Timeout { endpoint: self.endpoint.clone(), asked, allowed: deadline };
        tokio::time::timeout(deadline, work).await.unwrap_or_else(|_| Err(late()))
    }

    fn refused(&self, asked: &'static str, refusal: Refusal) -> Error {
        let endpoint = self.endpoint.clone();
        match refusal {
            Refusal::Remote(error) => self.error(asked, error),
            Refusal::Unsupported(reason) => Error::Unsupported { endpoint, asked, reason },
            Refusal::Changing(reason) | Refusal::Unreadable(reason) => {
                Error::Failed { endpoint, asked, reason }
            }
        }
    }

    fn error(&self, asked: &'static str, error: libvirt_rpc::Error) -> Error {
        let endpoint = self.endpoint.clone();
        match error {
            libvirt_rpc::Error::Connect { tried, .. } => {
                Error::Unreachable { endpoint, reason: format!("cannot connect to {tried}") }
            }
            libvirt_rpc::Error::Closed { reason, .. } => {
                Error::Unreachable { endpoint, reason: format!("the connection ended: {reason}") }
            }
            libvirt_rpc::Error::Authentication { asked, .. } => Error::Denied {
                endpoint,
                reason: format!("the daemon asks for {asked}; only connections without are supported"),
            },
            libvirt_rpc::Error::Tls { reason, .. } => {
                Error::Unreachable { endpoint, reason: format!("no TLS: {reason}") }
            }
            libvirt_rpc::Error::Denied { reason, .. } => Error::Denied { endpoint, reason },
            libvirt_rpc::Error::Timeout { allowed, .. } => Error::Timeout { endpoint, asked, allowed },
            libvirt_rpc::Error::Remote { call, source, .. } => {
                let reason = format!("{call}: {source}");
                match source.code {
                    code::NO_DOMAIN => Error::NoMachine { endpoint, asked, reason },
                    code if apply::is_unsupported(code) => Error::Unsupported { endpoint, asked, reason },
                    _ => Error::Failed { endpoint, asked, reason },
                }
            }
            other => Error::Failed { endpoint, asked, reason: other.to_string() },
        }
    }
}

#[async_trait]
impl Backend for Kvm {
    fn endpoint(&self) -> &str {
        &self.endpoint
    }

    async fn inventory(&self, deadline: Duration) -> Result<Snapshot, Error> {
        self.ask("inventory", deadline, |session| async move { session.inventory(deadline).await }).await
    }

    async fn counters(&self, machines: &[Metered], deadline: Duration) -> Result<Vec<Counters>, Error> {
        let machines: Vec<Uuid> = machines.iter().map(|one| one.machine).collect();
        let machines = machines.as_slice();
        self.ask("counters", deadline, |session| async move { session.traffic(machines, deadline).await })
            .await
    }

    async fn changes(&self, deadline: Duration) -> Result<Changes, Error> {
        self.ask("events", deadline, |session| async move { Ok(session.changes()) }).await
    }

    async fn apply(&self, operation: &Operation, deadline: Duration) -> Result<(), Error> {
        let asked = operation.name();
        self.within(asked, deadline, async {
            // A daemon serves few calls of one client at once, and hears no sign of life from one that has more under
            // way: operations on machines that hang must not keep the inventory from its answers.
            let daemon = Connection::open(&self.address, deadline).await;
            let daemon = daemon.map_err(|error| self.error(asked, error))?;
            let done = apply::apply(&daemon, operation, deadline).await;
            // Not everything that was done is told by an event.
            if let Some(session) = self.current() {
                session.forget(operation.machine());
            }
            done.map_err(|refusal| self.refused(asked, refusal))
        })
        .await
    }
}
