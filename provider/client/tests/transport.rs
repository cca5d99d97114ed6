//! How the server is reached: private authorities, the client's own certificate, proxies.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod responder;

use client::{CallOptions, Client, ClientError, Config};
use responder::{Proxy, Responder, answer};
use schemas::endpoint::{NoPath, NoQuery, account};
use std::{path::PathBuf, process::Command, sync::Arc};
use tokio_rustls::rustls::{
    RootCertStore, ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::WebPkiClientVerifier,
};

const ACCOUNT: &str =
    r#"{"id":"954fd467-1111-4222-8333-444455556666","login":"a","username":"A","access":[]}"#;
/// By which a process knows that it is the one to send requests, and where to.
const ENDPOINT: &str = "ESU_TEST_ENDPOINT";

fn path(name: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/tls");
    folder.join(name).to_str().unwrap().to_owned()
}

fn pem(name: &str) -> String {
    std::fs::read_to_string(path(name)).unwrap()
}

/// A server's TLS, with a certificate of the authority; it may want one from the client too.
fn tls(wants_client: bool) -> ServerConfig {
    let provider = Arc::new(ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider));
    let builder = builder.with_safe_default_protocol_versions().unwrap();
    let builder = if wants_client {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(path("ca.pem")).unwrap()).unwrap();
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
        builder.with_client_cert_verifier(verifier.unwrap())
    } else {
        builder.with_no_client_auth()
    };
    let certificate = CertificateDer::from_pem_file(path("server.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(path("server.key")).unwrap();
    builder.with_single_cert(vec![certificate], key).unwrap()
}

async fn me(config: Config) -> Result<String, ClientError> {
    let client = Client::new(Config { max_retries: 0, ..config }).unwrap();
    let account = client.call::<account::Me>(&NoPath {}, &NoQuery {}, &(), &CallOptions::default()).await?;
    Ok(account.login)
}

#[tokio::test]
async fn a_private_authority_and_a_certificate_of_ones_own() {
    let server = Responder::serving_tls(tls(true), |_, _| answer(200, ACCOUNT)).await;
    let base = || Config::new(server.url.parse().unwrap(), "esu_x".into());
    let known = |given: fn(&str) -> String| Config {
        ca_cert: Some(given("ca.pem")),
        client_cert: Some(given("client.pem")),
        client_key: Some(given("client.key").into()),
        ..base()
    };
    for given in [pem, path] {
        assert_eq!(me(known(given)).await.unwrap(), "a");
    }
    // Nobody knows the server's authority, or the server does not know the client.
    for config in [Config { ca_cert: None, ..known(pem) }, Config { ca_cert: Some(pem("ca.pem")), ..base() }]
    {
        let has_authority = config.ca_cert.is_some();
        let error = me(config).await.unwrap_err();
        assert!(matches!(error, ClientError::Unreachable { .. }), "{error}");
        assert!(has_authority || error.to_string().contains("certificate"), "{error}");
    }
    assert_eq!(server.seen().len(), 2);
}

/// Runs a test of this program in a process of its own, whose environment names proxies. Whether it got an answer.
async fn in_a_process(test: &'static str, endpoint: &str, environment: &[(&str, &str)]) -> bool {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([test, "--exact"]).env(ENDPOINT, endpoint);
    for name in ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"] {
        command.env_remove(name).env_remove(name.to_lowercase());
    }
    command.envs(environment.iter().copied());
    tokio::task::spawn_blocking(move || command.output().unwrap().status.success()).await.unwrap()
}

#[tokio::test]
async fn proxies_of_the_environment_are_used() {
    if let Ok(endpoint) = std::env::var(ENDPOINT) {
        let config = Config::new(endpoint.parse().unwrap(), "esu_x".into());
        assert_eq!(me(Config { ca_cert: Some(path("ca.pem")), ..config }).await.unwrap(), "a");
        return;
    }
    let name = "proxies_of_the_environment_are_used";
    let secure = Responder::serving_tls(tls(false), |_, _| answer(200, ACCOUNT)).await;
    let plain = Responder::start(vec![answer(200, ACCOUNT)]).await;
    let to_secure = Proxy::start(secure.url.replace("https://", "")).await;
    let to_plain = Proxy::start(plain.url.replace("http://", "")).await;
    let both = [("HTTPS_PROXY", to_secure.url.as_str()), ("HTTP_PROXY", to_plain.url.as_str())];

    // The name is one that only the proxy can reach.
    assert!(in_a_process(name, "https://esu.test", &both).await);
    assert_eq!(to_secure.asked(), ["CONNECT esu.test:443 HTTP/1.1"]);
    assert!(in_a_process(name, "http://esu.test", &both).await);
    assert_eq!(to_plain.asked(), ["GET http://esu.test/v1/account/me HTTP/1.1"]);
    let token = "authorization: Bearer esu_x";
    assert!(secure.seen()[0].contains(token) && plain.seen()[0].contains(token));

    for endpoint in [&secure.url, &plain.url] {
        let mut environment = both.to_vec();
        environment.push(("NO_PROXY", "example.org,127.0.0.0/8"));
        assert!(in_a_process(name, endpoint, &environment).await);
    }
    assert_eq!((to_secure.asked().len(), to_plain.asked().len()), (1, 1), "NO_PROXY goes past them");
}
