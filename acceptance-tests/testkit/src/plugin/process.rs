//! The provider's process and the connection to it: handshake, mutual TLS, HTTP/2 over a Unix socket.

use super::PluginError;
use crate::server::SUPERVISE;
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD},
};
use http::{Request, Response};
use hyper::{body::Incoming, client::conn::http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{WebPkiSupportedAlgorithms, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
};
use std::{
    fs::{self, File},
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};
use tempfile::TempDir;
use tfplugin::server::Identity;
use tokio::{net::UnixStream, time::timeout};
use tokio_rustls::TlsConnector;
use tower::{service_fn, util::BoxCloneSyncService};

/// What Terraform shows a provider, so that it knows whom it talks to.
const COOKIE: &str = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";

/// How long the process may take to announce itself on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Sends requests over the connection.
pub(super) type Transport = BoxCloneSyncService<Request<tonic::body::Body>, Response<Incoming>, hyper::Error>;

/// A provider that runs. It ends with this value, or with the test process.
#[derive(Debug)]
pub(super) struct Process {
    supervisor: Child,
    folder: TempDir,
}

impl Process {
    /// Starts a provider with these variables in its environment and connects to it.
    pub(super) async fn start(
        program: &Path,
        environment: &[(&str, &str)],
    ) -> Result<(Self, Transport), PluginError> {
        let identity = Identity::generate()
            .ok_or_else(|| PluginError::Connection("a certificate", "no randomness".to_owned()))?;
        let folder = TempDir::with_prefix("esu-plugin-").map_err(failed("a temporary directory"))?;
        let log = File::create(folder.path().join("log")).map_err(failed("the provider's log"))?;
        let mut shell = Command::new("sh");
        shell.args(["-c", SUPERVISE, "supervise"]).arg(program);
        for name in ["ESU_ENDPOINT", "ESU_TOKEN", "ESU_PARTNER", "TF_LOG"] {
            shell.env_remove(name);
        }
        shell.env("TF_PLUGIN_MAGIC_COOKIE", COOKIE).env("PLUGIN_PROTOCOL_VERSIONS", "5,6");
        shell
            .env("PLUGIN_CLIENT_CERT", pem("CERTIFICATE", &identity.certificate))
            .env("PLUGIN_UNIX_SOCKET_DIR", folder.path());
        shell.envs(environment.iter().copied());
        shell.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log);
        let mut supervisor = shell.spawn().map_err(failed("sh"))?;
        let stdout = supervisor.stdout.take();
        let process = Self { supervisor, folder };
        let reading = tokio::task::spawn_blocking(move || {
            let mut line = String::new();
            // Nothing is said where nothing can be read, which the caller tells from the line.
            let _ = stdout.map(|stdout| BufReader::new(stdout).read_line(&mut line));
            line
        });
        let line = timeout(PATIENCE, reading).await.ok().and_then(Result::ok).unwrap_or_default();
        let announced =
            announced(&line).ok_or_else(|| PluginError::Handshake(format!("{line}{}", process.log())))?;
        let transport = connect(announced, identity).await?;
        Ok((process, transport))
    }

    /// What it wrote to its standard error so far.
    pub(super) fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.supervisor.stdin.take());
        // A supervisor that cannot be waited for is gone as well.
        let _ = self.supervisor.wait();
    }
}

/// Where the provider listens, and the certificate that it has there.
struct Announced {
    socket: PathBuf,
    certificate: CertificateDer<'static>,
}

fn announced(line: &str) -> Option<Announced> {
    let parts: Vec<&str> = line.trim().split('|').collect();
    let ["1", "6", "unix", socket, "grpc", certificate] = parts.as_slice() else { return None };
    let certificate = STANDARD_NO_PAD.decode(certificate).ok()?;
    Some(Announced { socket: socket.into(), certificate: certificate.into() })
}

/// A certificate for a client and its private key, as PEM text.
///
/// # Panics
/// When the system gives no randomness.
#[allow(clippy::expect_used, reason = "a test without randomness cannot be run")]
pub fn client_certificate() -> [String; 2] {
    let identity = Identity::generate().expect("the system gives randomness");
    [pem("CERTIFICATE", &identity.certificate), pem("PRIVATE KEY", identity.key.secret_der())]
}

fn pem(what: &str, content: &[u8]) -> String {
    let text = STANDARD.encode(content);
    let lines: Vec<&str> = (0..text.len()).step_by(64).map(|at| &text[at..text.len().min(at + 64)]).collect();
    format!("-----BEGIN {what}-----\n{}\n-----END {what}-----\n", lines.join("\n"))
}

async fn connect(announced: Announced, identity: Identity) -> Result<Transport, PluginError> {
    let broken = |what| move |error: Error| PluginError::Connection(what, error.to_string());
    let provider = Arc::new(ring::default_provider());
    let algorithms = provider.signature_verification_algorithms;
    let pinned = Pinned { certificate: announced.certificate, algorithms };
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(broken("TLS"))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(pinned))
        .with_client_auth_cert(vec![identity.certificate], identity.key)
        .map_err(broken("the client's certificate"))?;
    config.alpn_protocols = vec![b"h2".to_vec()];
    let socket = UnixStream::connect(&announced.socket).await.map_err(failed("the provider's socket"))?;
    let name = ServerName::try_from("localhost")
        .map_err(|error| PluginError::Connection("the server's name", error.to_string()))?;
    let stream = TlsConnector::from(Arc::new(config)).connect(name, socket).await.map_err(failed("TLS"))?;
    let (sender, connection) = http2::Builder::new(TokioExecutor::new())
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|error| PluginError::Connection("HTTP/2", error.to_string()))?;
    // It ends with the process, which is no fault.
    tokio::spawn(async move { drop(connection.await) });
    Ok(BoxCloneSyncService::new(service_fn(move |request| {
        let mut sender = sender.clone();
        async move { sender.send_request(request).await }
    })))
}

fn failed(what: &'static str) -> impl Fn(std::io::Error) -> PluginError {
    move |error| PluginError::Io(what, error)
}

/// Accepts the certificate that the provider announced, and no other.
#[derive(Debug)]
struct Pinned {
    certificate: CertificateDer<'static>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if *certificate == self.certificate {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(CertificateError::ApplicationVerificationFailure.into())
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
