//! What a client needs to know before its first request.

use crate::endpoint::Endpoint;
use secrecy::SecretString;
use std::{fmt, time::Duration};

/// The settings of a client.
#[derive(Clone, Debug)]
pub struct Config {
    /// The server.
    pub endpoint: Endpoint,
    /// The token, sent with every request.
    pub token: SecretString,
    /// Code of the partner in which codes are looked up.
    pub partner: Option<String>,
    /// Certificates of authorities to trust beside the system's: PEM text, or the path of a file that holds it.
    pub ca_cert: Option<String>,
    /// The client's own certificate and its chain: PEM text or a path. It goes with `client_key`.
    pub client_cert: Option<String>,
    /// The private key of that certificate: PEM text or a path.
    pub client_key: Option<SecretString>,
    /// How long one attempt of a request may take.
    pub request_timeout: Duration,
    /// How often a request is repeated at most.
    pub max_retries: u32,
    /// How many requests are sent in a second at most; 0 for any number.
    pub requests_per_second: u32,
    /// Whether reads that wait together are answered from lists, and writes that wait together are sent as one.
    pub batch: bool,
    /// The program, as the server's audit log names it.
    pub user_agent: String,
}

impl Config {
    /// The settings for a server and a token, the rest at its default.
    pub fn new(endpoint: Endpoint, token: SecretString) -> Self {
        Self {
            endpoint,
            token,
            partner: None,
            ca_cert: None,
            client_cert: None,
            client_key: None,
            request_timeout: Duration::from_secs(60),
            max_retries: 5,
            requests_per_second: 0,
            batch: true,
            user_agent: concat!("esu-client/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}

/// A setting, to say which one is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// `endpoint`
    Endpoint,
    /// `token`
    Token,
    /// `ca_cert`
    CaCert,
    /// `client_cert`
    ClientCert,
    /// `client_key`
    ClientKey,
}

impl Setting {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Endpoint => "endpoint",
            Self::Token => "token",
            Self::CaCert => "ca_cert",
            Self::ClientCert => "client_cert",
            Self::ClientKey => "client_key",
        }
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A setting that no request can be sent with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{setting} cannot be used: {reason}")]
pub struct ConfigError {
    /// Which setting.
    pub setting: Setting,
    /// What is wrong with it. Never holds a secret.
    pub reason: String,
}

impl ConfigError {
    pub(crate) fn new(setting: Setting, reason: impl Into<String>) -> Self {
        Self { setting, reason: reason.into() }
    }
}
