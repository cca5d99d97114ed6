//! TLS on the one crypto provider that is compiled in: which servers are trusted, and who the client is.

use crate::config::{Config, ConfigError, Setting};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use secrecy::{ExposeSecret, SecretString};
use std::sync::Arc;

/// The TLS settings of a client. The system's authorities are only loaded where TLS is used: that takes time.
pub(crate) fn settings(config: &Config) -> Result<ClientConfig, ConfigError> {
    let endpoint = |error: rustls::Error| ConfigError::new(Setting::Endpoint, error.to_string());
    let roots = if config.endpoint.is_https() { authorities(config)? } else { RootCertStore::empty() };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(endpoint)?
        .with_root_certificates(roots);
    match (&config.client_cert, &config.client_key) {
        (Some(chain), Some(key)) => {
            let chain = certificates(Setting::ClientCert, chain)?;
            let refuse = |error: rustls::Error| ConfigError::new(Setting::ClientKey, error.to_string());
            builder.with_client_auth_cert(chain, private_key(key)?).map_err(refuse)
        }
        (None, None) => Ok(builder.with_no_client_auth()),
        (Some(_), None) => Err(ConfigError::new(Setting::ClientCert, "it needs client_key beside it")),
        (None, Some(_)) => Err(ConfigError::new(Setting::ClientKey, "it needs client_cert beside it")),
    }
}

fn authorities(config: &Config) -> Result<RootCertStore, ConfigError> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(given) = &config.ca_cert {
        for certificate in certificates(Setting::CaCert, given)? {
            let refuse = |error: rustls::Error| ConfigError::new(Setting::CaCert, error.to_string());
            roots.add(certificate).map_err(refuse)?;
        }
    }
    if roots.is_empty() {
        let reason = "this system has no certificates of authorities; give them, or the server's own";
        return Err(ConfigError::new(Setting::CaCert, reason));
    }
    Ok(roots)
}

fn certificates(setting: Setting, given: &str) -> Result<Vec<CertificateDer<'static>>, ConfigError> {
    let pem = pem(setting, given)?;
    let parsed: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    match parsed {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(ConfigError::new(
            setting,
            "it holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)",
        )),
    }
}

fn private_key(given: &SecretString) -> Result<PrivateKeyDer<'static>, ConfigError> {
    let pem = pem(Setting::ClientKey, given.expose_secret())?;
    // The parser's own message could quote the key.
    PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(|_| {
        let reason = "it holds no unencrypted private key in PEM form (-----BEGIN PRIVATE KEY-----)";
        ConfigError::new(Setting::ClientKey, reason)
    })
}

/// The text itself where it is PEM, else the content of the file at that path.
fn pem(setting: Setting, given: &str) -> Result<String, ConfigError> {
    if given.contains("-----BEGIN") {
        return Ok(given.to_owned());
    }
    std::fs::read_to_string(given.trim()).map_err(|error| {
        let reason = format!("it is neither PEM text nor the path of a file that can be read ({error})");
        ConfigError::new(setting, reason)
    })
}
