//! The rules and the transactions, one file per noun. Nothing here knows HTTP or SQL.

pub mod access;
mod account;
mod actor;
mod audit;
pub mod billing;
pub mod bootstrap;
mod changed;
pub mod client;
pub mod client_defaults;
pub mod client_limits;
pub mod clock;
pub mod contract;
mod convert;
pub mod default_limits;
pub mod domain;
pub mod effective_limits;
mod error;
pub mod event;
pub mod event_chain;
pub mod export;
mod find;
pub mod hypervisor;
pub mod idempotency;
pub mod inventory;
pub mod invitation;
mod limits;
mod list;
pub mod login_session;
pub mod machine;
pub(crate) mod mail;
pub mod note;
mod notification;
pub mod observation;
mod operation;
mod outage;
pub mod partner;
mod password;
mod patch;
pub mod payment;
pub mod plan_impact;
pub mod project;
pub mod promotion;
pub mod public_key;
pub mod quote;
mod reading;
mod recording;
pub mod registration;
mod role;
mod seal;
mod secret;
pub mod service;
mod singleton;
pub mod tariff_plan;
pub mod token;
pub mod transaction;
pub mod user;

pub use account::{change_notify, change_password, me};
pub use actor::Actor;
pub use error::{Error, FieldErrors};
pub(crate) use operation::Signal;
pub use operation::{Created, Expected, IdempotencyKey, Operation, Request};
pub(crate) use role::Act;
pub use seal::{Key, KeyError};

use clock::ServerClock;
use std::sync::Arc;
use store::{Backend, Store};
use tokio::sync::{Notify, Semaphore};

/// Where the server is reached, where nobody says otherwise.
const DEFAULT_URL: &str = "http://127.0.0.1:8080";

/// What every operation shares.
#[derive(Clone)]
pub struct App {
    /// The database.
    pub store: Store,
    /// The time.
    pub clock: ServerClock,
    /// The key that secrets are sealed with before they are stored.
    pub key: Arc<Key>,
    /// Told when hypervisors were added, changed or removed.
    pub hypervisors_changed: Arc<Notify>,
    /// Told when people may be told of a note earlier than before.
    pub notes_moved: Arc<Notify>,
    /// Told when there is a message to send.
    pub mail_posted: Arc<Notify>,
    /// Where others reach the server, without a slash at the end: what links begin with.
    pub public_url: Arc<str>,
    /// Told when there may be something to bill.
    pub billing_due: Arc<Notify>,
    /// Told when something moved the balance of a contract, or when it will be used up.
    pub balances_moved: Arc<Notify>,
    /// Whose turn it is to record an inventory. Large ones come one after another where one connection writes, so that
    /// callers of the API wait for one of them at most, and none for so long that it is given up.
    recording: Arc<Semaphore>,
}

/// How many inventories are recorded at once where many connections write.
const RECORDED_AT_ONCE: usize = 4;

impl App {
    /// The same, reached by others at this address.
    #[must_use]
    pub fn at_url(self, url: &str) -> Self {
        Self { public_url: Arc::from(url.trim_end_matches('/')), ..self }
    }

    /// An application over a database.
    pub fn new(store: Store, clock: ServerClock, key: Key) -> Self {
        let recording = match store.backend() {
            Backend::Sqlite => 1,
            Backend::Postgres => RECORDED_AT_ONCE,
        };
        Self {
            recording: Arc::new(Semaphore::new(recording)),
            store,
            clock,
            key: Arc::new(key),
            hypervisors_changed: Arc::new(Notify::new()),
            notes_moved: Arc::new(Notify::new()),
            mail_posted: Arc::new(Notify::new()),
            public_url: Arc::from(DEFAULT_URL),
            billing_due: Arc::new(Notify::new()),
            balances_moved: Arc::new(Notify::new()),
        }
    }
}
