//! What the provider made of its configuration: a client whose endpoint and token were tried.

use crate::{ephemeral::Open, settled::Settled};
use client::{CallOptions, Client};
use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tfplugin::{Context, Diagnostic};

/// How often a process asks the audit log at most.
const MOST_ASKED_WHO: usize = 100;

/// Waiting that the user should know about.
const LONG_WAIT: Duration = Duration::from_secs(10);

/// The provider's configuration, as far as it is known.
pub(crate) enum Session {
    /// The server knows the token.
    Connected(Box<Connected>),
    /// These settings depend on what is known only after apply.
    NotYet(Vec<&'static str>),
}

/// A client, and whose token it has.
pub(crate) struct Connected {
    /// The client.
    pub(crate) client: Arc<Client>,
    /// Id of the account that the token belongs to.
    pub(crate) account: String,
    /// Kinds and ids of the objects that were created by this process.
    created: Mutex<BTreeSet<(&'static str, String)>>,
    /// Ephemeral resources that nobody closed yet.
    pub(crate) open: Open,
    /// Creations that nobody needs to repeat.
    pub(crate) settled: Settled,
    /// How often the audit log was asked.
    asked_who: AtomicUsize,
}

impl Connected {
    /// A client of the account with this id.
    pub(crate) fn new(client: Client, account: String) -> Self {
        let client = Arc::new(client);
        Self {
            client,
            account,
            created: Mutex::default(),
            open: Open::default(),
            settled: Settled::default(),
            asked_who: AtomicUsize::new(0),
        }
    }

    /// Takes an object for the result of a creation; whether no other creation of this process has it. Two equal
    /// blocks of a configuration send equal requests, and to the server the second repeats the first.
    pub(crate) fn is_first_to_create(&self, noun: &'static str, id: &str) -> bool {
        let mut created = self.created.lock().unwrap_or_else(PoisonError::into_inner);
        created.insert((noun, id.to_owned()))
    }

    /// Whether the audit log may be asked once more. Where very much was changed outside, the first names tell enough.
    pub(crate) fn may_ask_who(&self) -> bool {
        self.asked_who.fetch_add(1, Ordering::Relaxed) < MOST_ASKED_WHO
    }

    /// Sends what is left to be sent.
    pub(crate) async fn finish(&self) {
        self.open.close_all(&self.client).await;
        self.settled.flush(&self.client).await;
    }
}

impl Session {
    /// The client, or why there is none yet.
    pub(crate) fn connected(&self) -> Result<&Connected, Diagnostic> {
        match self {
            Self::Connected(connected) => Ok(connected),
            Self::NotYet(settings) => Err(Diagnostic::error("The provider's configuration is not known yet")
                .detail(format!(
                    "{} of the provider \"esu\" depends on values that are known only after apply, and this needs \
                     the server now. Apply what it depends on first (`terraform apply -target=...`), or give it by a \
                     variable or the environment.",
                    settings.join(", ")
                ))),
        }
    }
}

/// The options of a call made for Terraform.
pub(crate) fn options(context: &Context, deadline: Option<Duration>) -> CallOptions {
    CallOptions { cancellation: Some(context.cancellation().clone()), deadline, ..CallOptions::default() }
}

/// Tells the user when the server made the client wait for long.
pub(crate) fn tell_wait(context: &Context, waited: Duration) {
    if waited >= LONG_WAIT {
        context.warn(Diagnostic::warning("The server is busy").detail(format!(
            "A request waited {} s because the server was busy or failed. A lower -parallelism, or the provider's \
             `requests_per_second`, keeps below its limits.",
            waited.as_secs()
        )));
    }
}
