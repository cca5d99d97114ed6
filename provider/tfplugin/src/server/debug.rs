//! A provider that a developer starts by hand, in a debugger, and to which Terraform then attaches itself.

use std::{
    io::{self, Write},
    sync::Arc,
};

use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::{ServeError, handshake::PROTOCOL_VERSION, incoming, listener::Listener, server};
use crate::{
    framework::Provider,
    rpc::{Registry, Service},
};

/// Serves one Terraform after another until it is interrupted. The socket is not encrypted: Terraform has no way to
/// learn a certificate here. On Unix nobody but this user can reach it.
///
/// # Errors
/// It cannot listen.
pub async fn serve_for_debugging(provider: impl Provider) -> Result<(), ServeError> {
    let end = CancellationToken::new();
    let address = provider.address().to_owned();
    let registry = Arc::new(Registry::new(provider, end.clone()));
    if cfg!(debug_assertions) {
        super::refuse_faults(&registry)?;
    }
    let listener = Listener::bind(None)?;
    announce(&address, &listener)?;
    let interrupted = end.clone();
    tokio::spawn(async move {
        // Without the signal there is still the process's end.
        if tokio::signal::ctrl_c().await.is_ok() {
            interrupted.cancel();
        }
    });
    // A Terraform that is done closes the connection and asks for no end: the next one finds the server as it is.
    let connections = incoming::plain_connections(listener, end.clone());
    Ok(server(Service::new(registry), &CancellationToken::new())
        .serve_with_incoming_shutdown(connections, end.cancelled())
        .await?)
}

/// Prints what Terraform must find in its environment.
fn announce(provider: &str, listener: &Listener) -> io::Result<()> {
    let attach = json!({ provider: {
        "Protocol": "grpc",
        "ProtocolVersion": PROTOCOL_VERSION,
        "Pid": std::process::id(),
        "Test": true,
        "Addr": { "Network": listener.network(), "String": listener.address() },
    }});
    let mut out = io::stdout().lock();
    writeln!(out, "The provider waits for Terraform. Run Terraform with this variable, interrupt to end:\n")?;
    writeln!(out, "TF_REATTACH_PROVIDERS='{attach}'")?;
    out.flush()
}
