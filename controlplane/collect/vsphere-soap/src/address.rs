//! Where an endpoint is.

use reqwest::Url;
use std::{fmt, str::FromStr, sync::Arc};

/// The address of an ESXi host or a vCenter.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    url: Url,
    shown: Arc<str>,
}

/// Why a text is no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{given}\" is not accepted as an address: {reason}; use https://host, https://host:port or https://host/sdk"
)]
pub struct AddressError {
    given: String,
    reason: &'static str,
}

impl Address {
    pub(crate) fn url(&self) -> Url {
        self.url.clone()
    }

    /// As it is written in messages.
    pub(crate) fn shown(&self) -> Arc<str> {
        Arc::clone(&self.shown)
    }

    pub(crate) fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let refuse = |reason| AddressError { given: without_password(text), reason };
        let mut url = Url::parse(text).map_err(|_| refuse("it is no URL"))?;
        let host =
            url.host_str().filter(|host| !host.is_empty()).ok_or_else(|| refuse("it names no host"))?;
        let is_here = matches!(host, "127.0.0.1" | "localhost" | "[::1]");
        match url.scheme() {
            "https" => {}
            "http" if is_here => {}
            "http" => return Err(refuse("a password is not sent without encryption")),
            _ => return Err(refuse("its scheme is not https")),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refuse("user and password are given apart from it"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(refuse("it has more than scheme, host, port and path"));
        }
        if matches!(url.path(), "" | "/") {
            url.set_path("/sdk");
        }
        let shown = url.as_str().trim_end_matches("/sdk").into();
        Ok(Self { url, shown })
    }
}

/// The text without what stands where a password may stand.
fn without_password(text: &str) -> String {
    match (text.split_once("://"), text.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://...@{rest}"),
        _ => text.to_owned(),
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_host_with_or_without_port_and_path() {
        for (text, url, shown) in [
            ("https://esx1", "https://esx1/sdk", "https://esx1"),
            ("https://10.0.0.1:8443/", "https://10.0.0.1:8443/sdk", "https://10.0.0.1:8443"),
            ("https://vc.example/sdk", "https://vc.example/sdk", "https://vc.example"),
            ("http://127.0.0.1:8989/sdk", "http://127.0.0.1:8989/sdk", "http://127.0.0.1:8989"),
        ] {
            let address: Address = text.parse().unwrap();
            assert_eq!((address.url().as_str(), address.to_string().as_str()), (url, shown));
        }
    }

    #[test]
    fn what_is_none_is_told_without_the_password_in_it() {
        for text in ["", "esx1", "https://", "http://esx1", "qemu:///system", "https://a/?b", "https://a#b"] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
        let told = "https://root:sesame@esx1".parse::<Address>().unwrap_err().to_string();
        assert!(told.contains("https://...@esx1") && !told.contains("sesame"), "{told}");
    }
}
