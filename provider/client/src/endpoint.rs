//! The address of an ESU server.

use crate::config::{ConfigError, Setting};
use reqwest::Url;
use std::{fmt, str::FromStr};

/// What is accepted, for every message about it.
const ACCEPTED: &str = "write it like https://esu.example.org or http://127.0.0.1:8080, without /v1";

/// The address of an ESU server: scheme, host, port, and the path before `/v1` where a proxy adds one.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint(Url);

impl Endpoint {
    /// The address as a URL whose path has no slash at its end.
    pub(crate) fn url(&self) -> &Url {
        &self.0
    }

    /// Whether the server is reached through TLS.
    pub(crate) fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }
}

impl FromStr for Endpoint {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, ConfigError> {
        let refuse = |reason: &str| ConfigError::new(Setting::Endpoint, format!("{reason}; {ACCEPTED}"));
        let parsed = Url::parse(text.trim());
        let url = parsed.map_err(|error| refuse(&format!("it is not a URL ({error})")))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(refuse("its scheme is neither http nor https"));
        }
        if url.host_str().is_none_or(str::is_empty) {
            return Err(refuse("it has no host"));
        }
        // An account in the address would end up in messages and logs.
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refuse("it holds a user name or a password; the token has its own setting"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(refuse("it has a query or a fragment"));
        }
        let path = url.path().trim_end_matches('/').to_owned();
        if path.ends_with("/v1") {
            return Err(refuse("it ends with /v1, which every request adds by itself"));
        }
        let mut url = url;
        url.set_path(&path);
        Ok(Self(url))
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read() {
        for (text, shown) in [
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("https://esu.example.org/", "https://esu.example.org"),
            (" https://[::1]:8443/cloud/ ", "https://[::1]:8443/cloud"),
        ] {
            assert_eq!(text.parse::<Endpoint>().unwrap().to_string(), shown);
        }
    }

    #[test]
    fn other_texts_are_refused_with_the_accepted_form() {
        for (text, reason) in [
            ("", "not a URL"),
            ("esu.example.org", "not a URL"),
            ("localhost:8080", "neither http nor https"),
            ("ftp://esu.example.org", "neither http nor https"),
            ("https://user:secret@esu.example.org", "password"),
            ("https://esu.example.org?x=1", "query"),
            ("https://esu.example.org/#a", "fragment"),
            ("https://esu.example.org/v1/", "/v1"),
        ] {
            let message = text.parse::<Endpoint>().unwrap_err().to_string();
            assert!(message.contains(reason) && message.contains("https://esu.example.org"), "{message}");
            assert!(!message.contains("secret"), "{message}");
        }
    }
}
