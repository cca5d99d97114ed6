//! ESXi hosts and vCenters.
//!
//! An inventory reads the few properties of all machines that change often, and devices and options of those whose
//! configuration has another date or version than it had, of those of which a change was told, and of some each time, so
//! that each is read anew now and then whatever is told.
//!
//! | fact | source |
//! |---|---|
//! | power | `runtime.powerState`, where the machine is connected to its host; else it is not known |
//! | run | `summary.runtime.bootTime` |
//! | vCPU, memory | `config.hardware`, every inventory |
//! | disks, interfaces | `config.hardware.device` |
//! | owner | the option `esu.project` in `config.extraConfig` |
//! | traffic | `net.received.average` and `net.transmitted.average`, averages over 20 s |
//! | what happened while nobody listened | the event log, where there is one |
//!
//! A machine is known by its instance UUID; where it has none, by endpoint, object and BIOS UUID.

mod apply;
mod changes;
mod configuration;
mod history;
mod place;
mod session;
mod shape;
mod traffic;

use crate::{Backend, Changes, Counters, Epoch, Error, Metered, Operation, Past, Snapshot};
use apply::Refusal;
use async_trait::async_trait;
use session::Session;
use std::{
    fmt,
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{sync::Mutex, time::Instant};
use vsphere_soap::Address;
pub use vsphere_soap::{Account, Trust, TrustError};

/// How often a [`Vmware`] looks at everything.
#[derive(Debug, Clone)]
pub struct Options {
    /// Devices and options of a machine are read anew every so many inventories, told or not.
    pub configure_every: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { configure_every: 30 }
    }
}

/// An ESXi host or a vCenter.
pub struct Vmware {
    address: Address,
    endpoint: String,
    trust: Trust,
    account: Account,
    options: Options,
    session: Mutex<Option<Arc<Session>>>,
    sessions: AtomicU64,
}

impl fmt::Debug for Vmware {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vmware").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

impl Vmware {
    /// A backend for the endpoint at `address`, such as `https://esx1.example`. It logs in when it is first asked.
    ///
    /// # Errors
    ///
    /// When the address cannot be understood.
    pub fn new(address: &str, trust: Trust, account: Account, options: Options) -> Result<Self, Error> {
        let parsed = address
            .parse()
            .map_err(|error: vsphere_soap::AddressError| Error::Address { reason: error.to_string() })?;
        Ok(Self {
            address: parsed,
            endpoint: address.to_owned(),
            trust,
            account,
            options,
            session: Mutex::new(None),
            sessions: AtomicU64::new(0),
        })
    }

    /// Checks that an address can be one of an endpoint.
    ///
    /// # Errors
    ///
    /// When it cannot be understood; the error names the forms that can.
    pub fn check_address(address: &str) -> Result<(), Error> {
        let refuse = |error: vsphere_soap::AddressError| Error::Address { reason: error.to_string() };
        address.parse::<Address>().map(|_| ()).map_err(refuse)
    }

    /// The session in force, or a new one.
    async fn session(&self, deadline: Duration) -> Result<Arc<Session>, vsphere_soap::Error> {
        let mut current = self.session.lock().await;
        if let Some(session) = current.as_ref() {
            return Ok(Arc::clone(session));
        }
        let soap = vsphere_soap::Session::login(&self.address, &self.trust, &self.account, deadline).await?;
        let epoch = Epoch(self.sessions.fetch_add(1, Ordering::Relaxed) + 1);
        let session = Session::open(soap, epoch, &self.endpoint, &self.options, deadline).await?;
        Ok(Arc::clone(current.insert(Arc::new(session))))
    }

    /// Gives up a session that is over, so that the next question logs in again.
    async fn give_up(&self, session: &Arc<Session>) {
        let mut current = self.session.lock().await;
        if current.as_ref().is_some_and(|current| Arc::ptr_eq(current, session)) {
            *current = None;
        }
    }

    /// Runs `asking` within `deadline`, which covers logging in too. Where the session is over, it is asked again in a
    /// new one.
    async fn ask<T, Refused: Into<Refusal>, Asking: Future<Output = Result<T, Refused>>>(
        &self,
        asked: &'static str,
        deadline: Duration,
        asking: impl Fn(Arc<Session>) -> Asking,
    ) -> Result<T, Error> {
        let work = async {
            let session = self.session(deadline).await?;
            match asking(Arc::clone(&session)).await.map_err(Into::into) {
                // Without a login there is not even the view.
                Err(Refusal::Soap(error)) if error.is_session_over() || error.is_gone() => {
                    self.give_up(&session).await;
                    asking(self.session(deadline).await?).await.map_err(Into::into)
                }
                other => other,
            }
        };
        let late = || Error::Timeout { endpoint: self.endpoint.clone(), asked, allowed: deadline };
        let result = tokio::time::timeout(deadline, work).await.map_err(|_| late())?;
        let told =
            |refusal: Refusal| refusal.told(self.endpoint.clone(), asked, |error| self.error(asked, error));
        result.map_err(told)
    }

    fn error(&self, asked: &'static str, error: vsphere_soap::Error) -> Error {
        let endpoint = self.endpoint.clone();
        match error {
            vsphere_soap::Error::Trust { source, .. } => Error::Address { reason: source.to_string() },
            vsphere_soap::Error::Connection { call, reason, .. } => {
                Error::Unreachable { endpoint, reason: format!("{call}: {reason}") }
            }
            vsphere_soap::Error::Timeout { allowed, .. } => Error::Timeout { endpoint, asked, allowed },
            vsphere_soap::Error::Fault { call: "Login", source, .. } => {
                Error::Denied { endpoint, reason: source.to_string() }
            }
            vsphere_soap::Error::Fault { call, source, .. } => {
                Error::Failed { endpoint, asked, reason: format!("{call}: {source}") }
            }
            vsphere_soap::Error::Malformed { call, source, .. } => Error::Failed {
                endpoint,
                asked,
                reason: format!("the answer to {call} is malformed: {source}"),
            },
            other => Error::Failed { endpoint, asked, reason: other.to_string() },
        }
    }
}

#[async_trait]
impl Backend for Vmware {
    fn endpoint(&self) -> &str {
        &self.endpoint
    }

    async fn inventory(&self, deadline: Duration) -> Result<Snapshot, Error> {
        self.ask("inventory", deadline, |session| async move { session.inventory(deadline).await }).await
    }

    async fn counters(&self, machines: &[Metered], deadline: Duration) -> Result<Vec<Counters>, Error> {
        // The last of the time is for telling what was read until then.
        let end = Instant::now() + deadline.mul_f64(0.9);
        self.ask("counters", deadline, |session| async move { session.traffic(machines, end).await }).await
    }

    async fn changes(&self, deadline: Duration) -> Result<Changes, Error> {
        self.ask("updates", deadline, |session| async move { changes::stream(session, deadline).await }).await
    }

    async fn apply(&self, operation: &Operation, deadline: Duration) -> Result<(), Error> {
        self.ask(
            operation.name(),
            deadline,
            |session| async move { session.apply(operation, deadline).await },
        )
        .await
    }

    async fn history(&self, length: Duration, deadline: Duration) -> Result<Option<Vec<Past>>, Error> {
        self.ask("events", deadline, |session| async move { session.history(length, deadline).await }).await
    }

    async fn close(&self, deadline: Duration) {
        if let Some(session) = self.session.lock().await.take() {
            // What is not logged out ends by itself after half an hour.
            let _ = session.soap.logout(deadline).await;
        }
    }
}
