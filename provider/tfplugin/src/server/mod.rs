//! The process that Terraform starts: handshake, mutual TLS, and the protocol's calls.

mod certificate;
mod control;
mod debug;
mod handshake;
mod incoming;
mod lifecycle;
mod listener;
mod p521;
mod tls;

use std::{process::ExitCode, sync::Arc, time::Duration};

use tokio_util::sync::CancellationToken;
use tonic::transport::{Server, server::Router};

pub use debug::serve_for_debugging;

use crate::{
    framework::Provider,
    log,
    proto::tfplugin6::provider_server::ProviderServer,
    rpc::{Registry, Service},
};
pub use certificate::Identity;
use handshake::Host;
use lifecycle::Lifecycle;
use listener::Listener;

/// The largest message, as in Terraform's own providers.
const MAX_MESSAGE_BYTES: usize = 256 << 20;

/// How much of a large message may be under way at once.
const WINDOW_BYTES: u32 = 4 << 20;

/// How long calls under way may take when the server has been told to end.
const GRACE: Duration = Duration::from_secs(10);

/// How long the provider may take to finish; Terraform waits for two seconds.
const FINISH: Duration = Duration::from_millis(1500);

/// Why the server could not start, or ended early.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Not started by Terraform.
    #[error(
        "this program is a Terraform provider: Terraform starts it when a configuration needs it, by itself it \
         does nothing"
    )]
    NotAPlugin,
    /// The host does not speak protocol 6.
    #[error("the host offers the plugin protocols {0}, this provider speaks 6")]
    Protocol(String),
    /// The host sent no client certificate, or none that can be read.
    #[error("the host sent no client certificate: mutual TLS is required")]
    ClientCertificate,
    /// A schema that Terraform would refuse; found in debug builds only.
    #[error("faulty schemas:\n{0}")]
    Schema(String),
    /// The server's key and certificate cannot be made.
    #[error("cannot make a certificate")]
    Certificate,
    /// TLS cannot be set up.
    #[error("cannot set up TLS")]
    Tls(#[from] rustls::Error),
    /// The socket or the signals cannot be had.
    #[error("cannot listen")]
    Listen(#[from] std::io::Error),
    /// The connection broke.
    #[error("cannot serve")]
    Serve(#[from] tonic::transport::Error),
}

/// Serves the provider until Terraform ends it: the whole of a provider's `main`. With the argument `--debug` it waits
/// for Terraform to attach itself instead, see [`serve_for_debugging`].
#[must_use]
pub fn run(provider: impl Provider) -> ExitCode {
    log::init(provider.address());
    let is_debugged =
        std::env::args().skip(1).any(|argument| matches!(argument.as_str(), "--debug" | "-debug"));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let outcome = runtime.map_err(ServeError::from).and_then(|runtime| {
        if is_debugged {
            runtime.block_on(serve_for_debugging(provider))
        } else {
            runtime.block_on(serve(provider))
        }
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
            eprintln!("{error}{}", cause.unwrap_or_default());
            ExitCode::FAILURE
        }
    }
}

/// Serves the provider on the current runtime until Terraform ends it.
///
/// # Errors
/// The process was not started by Terraform, or cannot listen.
pub async fn serve(provider: impl Provider) -> Result<(), ServeError> {
    let host = Host::from_environment()?;
    let stop = CancellationToken::new();
    let registry = Arc::new(Registry::new(provider, stop.clone()));
    if cfg!(debug_assertions) {
        refuse_faults(&registry)?;
    }
    let identity = Identity::generate().ok_or(ServeError::Certificate)?;
    let announced = identity.certificate.clone();
    let acceptor = tls::acceptor(host.client_certificate, identity)?;
    let lifecycle = Lifecycle::watch(stop)?;
    let end = lifecycle.end();
    let listener = Listener::bind(host.socket_folder.as_deref())?;
    handshake::announce(listener.network(), listener.address(), &announced)?;

    let connections = incoming::connections(listener, acceptor, end.clone());
    let server = server(Service::new(Arc::clone(&registry)), end)
        .serve_with_incoming_shutdown(connections, end.cancelled());
    let ended = tokio::select! {
        ended = server => ended,
        () = lifecycle.grace_is_over(GRACE) => Ok(()),
    };
    let context = registry.context();
    // Whoever does not end in time is ended.
    let _ = tokio::time::timeout(FINISH, registry.provider.finish(&context)).await;
    Ok(ended?)
}

/// All services; the host ends the server with `end`.
fn server(service: Service, end: &CancellationToken) -> Router {
    let provider = ProviderServer::new(service)
        .max_decoding_message_size(MAX_MESSAGE_BYTES)
        .max_encoding_message_size(MAX_MESSAGE_BYTES);
    control::add_services(Server::builder(), end).add_service(provider)
}

fn refuse_faults(registry: &Registry) -> Result<(), ServeError> {
    let faults = registry.faults();
    if faults.is_empty() {
        return Ok(());
    }
    let lines: Vec<String> = faults.iter().map(|(name, fault)| format!("{name}: {fault}")).collect();
    Err(ServeError::Schema(lines.join("\n")))
}
