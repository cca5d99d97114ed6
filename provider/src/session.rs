//! What the provider made of its configuration: a client whose endpoint and token were tried.

use client::{CallOptions, Client};
use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tfplugin::{Context, Diagnostic};

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
    pub(crate) client: Client,
    /// Id of the account that the token belongs to.
    pub(crate) account: String,
    /// Ids of the objects that were created by this process.
    created: Mutex<BTreeSet<String>>,
}

impl Connected {
    /// A client of the account with this id.
    pub(crate) fn new(client: Client, account: String) -> Self {
        Self { client, account, created: Mutex::default() }
    }

    /// Takes an object for the result of a creation; whether no other creation of this process has it. Two equal
    /// blocks of a configuration send equal requests, and to the server the second repeats the first.
    pub(crate) fn is_first_to_create(&self, id: &str) -> bool {
        let mut created = self.created.lock().unwrap_or_else(PoisonError::into_inner);
        created.insert(id.to_owned())
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
