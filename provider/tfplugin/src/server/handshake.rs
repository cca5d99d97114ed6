//! What the host says in the environment, and the one line that answers it.

use std::{
    env,
    io::{self, Write},
    path::PathBuf,
};

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use rustls::pki_types::{CertificateDer, pem::PemObject};

use super::ServeError;

/// Terraform's own; it only tells a plugin started by a host from one started by hand.
const MAGIC_COOKIE: &str = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";
/// The version of the plugin runtime's handshake, which is not that of Terraform's protocol.
const RUNTIME_VERSION: u8 = 1;
pub(super) const PROTOCOL_VERSION: u8 = 6;

/// The host that started this process.
#[derive(Debug)]
pub(super) struct Host {
    pub(super) client_certificate: CertificateDer<'static>,
    pub(super) socket_folder: Option<PathBuf>,
}

impl Host {
    pub(super) fn from_environment() -> Result<Self, ServeError> {
        Self::read(|name| env::var(name).ok())
    }

    fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, ServeError> {
        if variable("TF_PLUGIN_MAGIC_COOKIE").as_deref() != Some(MAGIC_COOKIE) {
            return Err(ServeError::NotAPlugin);
        }
        let offered = variable("PLUGIN_PROTOCOL_VERSIONS").unwrap_or_default();
        if !offered.split(',').any(|version| version.trim().parse() == Ok(PROTOCOL_VERSION)) {
            return Err(ServeError::Protocol(offered));
        }
        let pem = variable("PLUGIN_CLIENT_CERT").ok_or(ServeError::ClientCertificate)?;
        let client_certificate =
            CertificateDer::from_pem_slice(pem.as_bytes()).map_err(|_| ServeError::ClientCertificate)?;
        let socket_folder = variable("PLUGIN_UNIX_SOCKET_DIR").filter(|folder| !folder.is_empty());
        Ok(Self { client_certificate, socket_folder: socket_folder.map(PathBuf::from) })
    }
}

/// Tells the host where to connect and which certificate to expect there.
pub(super) fn announce(network: &str, address: &str, certificate: &CertificateDer<'_>) -> io::Result<()> {
    let certificate = STANDARD_NO_PAD.encode(certificate);
    let mut out = io::stdout().lock();
    writeln!(out, "{RUNTIME_VERSION}|{PROTOCOL_VERSION}|{network}|{address}|grpc|{certificate}")?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Host, ServeError> {
        let variables: std::collections::HashMap<_, _> = variables.iter().copied().collect();
        Host::read(|name| variables.get(name).map(|value| (*value).to_owned()))
    }

    #[test]
    fn a_program_started_by_hand_explains_itself() {
        assert!(matches!(read(&[]), Err(ServeError::NotAPlugin)));
        assert!(matches!(read(&[("TF_PLUGIN_MAGIC_COOKIE", "other")]), Err(ServeError::NotAPlugin)));
        assert!(ServeError::NotAPlugin.to_string().contains("Terraform starts it"));
    }

    #[test]
    fn protocol_6_and_a_client_certificate_are_needed() {
        let cookie = ("TF_PLUGIN_MAGIC_COOKIE", MAGIC_COOKIE);
        for offered in ["", "5", "5,7", "66"] {
            let refused = read(&[cookie, ("PLUGIN_PROTOCOL_VERSIONS", offered)]);
            assert!(matches!(refused, Err(ServeError::Protocol(_))), "{offered}");
        }
        let versions = ("PLUGIN_PROTOCOL_VERSIONS", "5,6");
        assert!(matches!(read(&[cookie, versions]), Err(ServeError::ClientCertificate)));
        let damaged = read(&[cookie, versions, ("PLUGIN_CLIENT_CERT", "-----BEGIN")]);
        assert!(matches!(damaged, Err(ServeError::ClientCertificate)));
        let pem = "-----BEGIN CERTIFICATE-----\nAQID\n-----END CERTIFICATE-----\n";
        let host = read(&[
            cookie,
            versions,
            ("PLUGIN_CLIENT_CERT", pem),
            ("PLUGIN_UNIX_SOCKET_DIR", "/run/plugins"),
        ]);
        let host = host.unwrap();
        assert_eq!(host.client_certificate.as_ref(), [1, 2, 3]);
        assert_eq!(host.socket_folder, Some(PathBuf::from("/run/plugins")));
    }
}
