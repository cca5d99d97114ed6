//! TLS to a daemon: its certificate is checked, and ours is shown.

use crate::error::Error;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject};
use rustls::{ClientConfig, RootCertStore};
use std::path::{Path, PathBuf};
use std::{io, sync::Arc};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};

/// What the daemon sends first, if it lets us in.
const WELCOME: u8 = 1;

/// Where the certificates are that a connection is made with, as `virsh` looks for them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Identity {
    /// Who signs daemons' certificates.
    authority: PathBuf,
    certificate: PathBuf,
    key: PathBuf,
}

impl Identity {
    /// The files of a folder; without one, those that libvirt has for the whole machine.
    pub(crate) fn new(folder: Option<&Path>) -> Self {
        match folder {
            Some(folder) => Self {
                authority: folder.join("cacert.pem"),
                certificate: folder.join("clientcert.pem"),
                key: folder.join("clientkey.pem"),
            },
            None => Self {
                authority: "/etc/pki/CA/cacert.pem".into(),
                certificate: "/etc/pki/libvirt/clientcert.pem".into(),
                key: "/etc/pki/libvirt/private/clientkey.pem".into(),
            },
        }
    }

    /// Reads the files, which may have been renewed since the last time.
    fn config(&self) -> Result<ClientConfig, String> {
        let mut roots = RootCertStore::empty();
        for certificate in certificates(&self.authority)? {
            roots.add(certificate).map_err(|error| unreadable(&self.authority, &error))?;
        }
        let builder = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .with_root_certificates(roots);
        if !self.certificate.exists() && !self.key.exists() {
            // Some daemons ask for none.
            return Ok(builder.with_no_client_auth());
        }
        let key = PrivateKeyDer::from_pem_file(&self.key).map_err(|error| unreadable(&self.key, &error))?;
        builder
            .with_client_auth_cert(certificates(&self.certificate)?, key)
            .map_err(|error| unreadable(&self.certificate, &error))
    }

    /// How the daemon shows that it does not know us.
    fn refused(&self, why: &dyn std::fmt::Display) -> String {
        let certificate = self.certificate.display();
        if self.certificate.exists() {
            format!("it does not accept the client certificate {certificate} ({why})")
        } else {
            format!("it asks for a client certificate, and there is no {certificate} ({why})")
        }
    }
}

fn unreadable(file: &Path, error: &dyn std::fmt::Display) -> String {
    format!("{}: {error}", file.display())
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    match read {
        Ok(certificates) if certificates.is_empty() => {
            Err(unreadable(file, &"there is no certificate in it"))
        }
        Ok(certificates) => Ok(certificates),
        Err(error) => Err(unreadable(file, &error)),
    }
}

/// Makes the stream to a daemon a secure one, and waits to be let in.
pub(crate) async fn over(
    endpoint: &Arc<str>,
    stream: TcpStream,
    host: &str,
    identity: &Identity,
) -> Result<TlsStream<TcpStream>, Error> {
    let failed = |reason| Error::Tls { endpoint: endpoint.clone(), reason };
    let denied =
        |why: &io::Error| Error::Denied { endpoint: endpoint.clone(), reason: identity.refused(why) };
    let files = identity.clone();
    let config = tokio::task::spawn_blocking(move || files.config()).await;
    let config = config.map_err(|error| failed(error.to_string()))?.map_err(failed)?;
    let name = ServerName::try_from(host.to_owned());
    let name = name.map_err(|_| failed(format!("{host:?} is no name that a certificate could have")))?;
    let mut stream =
        TlsConnector::from(Arc::new(config)).connect(name, stream).await.map_err(|error| match tls_error(
            &error,
        ) {
            Some(rustls::Error::AlertReceived(_)) => denied(&error),
            Some(rustls::Error::InvalidCertificate(why)) => failed(format!(
                "the daemon's certificate is not accepted: {why:?}; it must be for {host} and signed by {}",
                identity.authority.display()
            )),
            _ => failed(error.to_string()),
        })?;
    // One who is not let in learns it here: the daemon has looked at our certificate by now.
    match stream.read_u8().await {
        Ok(WELCOME) => Ok(stream),
        Ok(_) => Err(denied(&io::Error::other("it said so"))),
        Err(error) => Err(denied(&error)),
    }
}

fn tls_error(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref().and_then(|inner| inner.downcast_ref())
}
