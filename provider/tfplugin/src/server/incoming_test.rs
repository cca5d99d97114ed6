#![cfg(unix)]

use std::{sync::Arc, time::Duration};

use futures::StreamExt;
use p521::ecdsa::{Signature, SigningKey as P521Key, signature::Signer as _};
use rustls::{
    ClientConfig, DigitallySignedStruct, Error, SignatureAlgorithm, SignatureScheme,
    client::{
        ResolvesClientCert,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{WebPkiSupportedAlgorithms, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime},
    sign::{CertifiedKey, Signer, SigningKey},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::UnixStream,
    time::timeout,
};
use tokio_rustls::TlsConnector;
use tokio_util::sync::CancellationToken;

use super::connections;
use crate::server::{certificate::Identity, certificate::p521_certificate, listener::Listener, tls};

/// A server that greets every peer it accepts, and what its host knows of it.
struct Greeter {
    folder: tempfile::TempDir,
    address: String,
    certificate: CertificateDer<'static>,
    end: CancellationToken,
}

impl Greeter {
    fn start(client: CertificateDer<'static>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = Listener::bind(Some(folder.path())).unwrap();
        let address = listener.address().to_owned();
        let identity = Identity::generate().unwrap();
        let certificate = identity.certificate.clone();
        let acceptor = tls::acceptor(client, identity).unwrap();
        let end = CancellationToken::new();
        let mut incoming = Box::pin(connections(listener, acceptor, end.clone()));
        tokio::spawn(async move {
            while let Some(Ok(mut connection)) = incoming.next().await {
                connection.write_all(b"hello").await.unwrap();
                connection.flush().await.unwrap();
                tokio::spawn(async move {
                    let _ = connection.read_u8().await;
                });
            }
        });
        Self { folder, address, certificate, end }
    }

    /// Connects; the server's refusal arrives with the first read.
    async fn greet(&self, client: Client) -> std::io::Result<()> {
        let provider = Arc::new(ring::default_provider());
        let server = PinnedServer(self.certificate.clone(), provider.signature_verification_algorithms);
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(server));
        let config = match client {
            Client::Nobody => config.with_no_client_auth(),
            Client::P256(chain, key) => config.with_client_auth_cert(chain, key).unwrap(),
            Client::P521(chain, key) => config.with_client_cert_resolver(Arc::new(Fixed(Arc::new(
                CertifiedKey::new(chain, Arc::new(key)),
            )))),
        };
        let socket = UnixStream::connect(&self.address).await?;
        let connector = TlsConnector::from(Arc::new(config));
        let mut stream = connector.connect(ServerName::try_from("localhost").unwrap(), socket).await?;
        let mut greeting = [0; 5];
        stream.read_exact(&mut greeting).await?;
        assert_eq!(&greeting, b"hello");
        Ok(())
    }
}

impl Drop for Greeter {
    fn drop(&mut self) {
        self.end.cancel();
        assert!(self.folder.path().exists());
    }
}

enum Client {
    Nobody,
    P256(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>),
    P521(Vec<CertificateDer<'static>>, TestKey),
}

#[derive(Debug)]
struct PinnedServer(CertificateDer<'static>, WebPkiSupportedAlgorithms);

impl ServerCertVerifier for PinnedServer {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        assert_eq!(*certificate, self.0);
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.1)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.1)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.1.supported_schemes()
    }
}

#[derive(Debug)]
struct Fixed(Arc<CertifiedKey>);

impl ResolvesClientCert for Fixed {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }

    fn has_certs(&self) -> bool {
        true
    }
}

/// A client's P-521 key, as the real host has one; `honest` unless it spoils its signatures.
#[derive(Clone, Debug)]
struct TestKey {
    key: P521Key,
    honest: bool,
}

impl TestKey {
    fn new(seed: u8) -> Self {
        let mut scalar = [seed; 66];
        scalar[0] = 0;
        Self { key: P521Key::from_slice(&scalar).unwrap(), honest: true }
    }

    fn certificate(&self) -> CertificateDer<'static> {
        p521_certificate(self.key.verifying_key().to_sec1_point(false).as_bytes())
    }
}

impl SigningKey for TestKey {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        assert!(offered.contains(&SignatureScheme::ECDSA_NISTP521_SHA512));
        Some(Box::new(self.clone()))
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::ECDSA
    }
}

impl Signer for TestKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let message = if self.honest { message } else { b"another message" };
        let signature: Signature = self.key.sign(message);
        Ok(signature.to_der().as_bytes().to_vec())
    }

    fn scheme(&self) -> SignatureScheme {
        SignatureScheme::ECDSA_NISTP521_SHA512
    }
}

#[tokio::test]
async fn the_announced_client_is_accepted() {
    let client = Identity::generate().unwrap();
    let greeter = Greeter::start(client.certificate.clone());
    greeter.greet(Client::P256(vec![client.certificate], client.key)).await.unwrap();

    let key = TestKey::new(7);
    let greeter = Greeter::start(key.certificate());
    greeter.greet(Client::P521(vec![key.certificate()], key)).await.unwrap();
}

#[tokio::test]
async fn every_other_client_is_refused() {
    let (client, other) = (Identity::generate().unwrap(), Identity::generate().unwrap());
    let greeter = Greeter::start(client.certificate.clone());
    greeter.greet(Client::Nobody).await.unwrap_err();
    let refused = |chain: Vec<CertificateDer<'static>>, key: &PrivateKeyDer<'static>| {
        greeter.greet(Client::P256(chain, key.clone_key()))
    };
    refused(vec![other.certificate.clone()], &other.key).await.unwrap_err();
    let second_in_chain = vec![other.certificate.clone(), client.certificate.clone()];
    refused(second_in_chain, &other.key).await.unwrap_err();
}

#[tokio::test]
async fn the_certificate_without_its_key_is_refused() {
    let (key, other) = (TestKey::new(7), TestKey::new(8));
    let greeter = Greeter::start(key.certificate());
    greeter.greet(Client::P521(vec![key.certificate()], other)).await.unwrap_err();
    let liar = TestKey { honest: false, ..key.clone() };
    greeter.greet(Client::P521(vec![key.certificate()], liar)).await.unwrap_err();
    greeter.greet(Client::P521(vec![key.certificate()], key)).await.unwrap();
}

#[tokio::test]
async fn silent_connections_hold_up_nobody() {
    let client = Identity::generate().unwrap();
    let greeter = Greeter::start(client.certificate.clone());
    let mut silent = Vec::new();
    for _ in 0..20 {
        silent.push(UnixStream::connect(&greeter.address).await.unwrap());
    }
    let greeting = greeter.greet(Client::P256(vec![client.certificate], client.key));
    timeout(Duration::from_secs(5), greeting).await.unwrap().unwrap();
}
