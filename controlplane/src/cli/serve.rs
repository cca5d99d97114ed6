//! `controlplane serve`.

use super::{CommandError, Common};
use crate::{
    app::App,
    http,
    task::{self, mail::Post},
};
use schemas::time::Instant;
use std::{io, net::SocketAddr};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    sync::watch,
};

/// How the server is run.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The address to listen on. Put a proxy with TLS before an address that others reach.
    #[arg(long, env = "ESU_LISTEN", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// How many requests a second each token may send; 0 is no limit.
    #[arg(long, env = "ESU_REQUESTS_PER_SECOND", default_value_t = 1000)]
    requests_per_second: u32,
    /// Take the caller's address from the last entry of X-Forwarded-For: say so where a proxy stands before the server,
    /// and only there, since login attempts are counted by it.
    #[arg(long, env = "ESU_BEHIND_PROXY")]
    behind_proxy: bool,
    /// The SMTP server that messages are sent by, such as smtp://USER:PASSWORD@HOST:587?tls=required or smtps://USER:PASSWORD@HOST; without it, they wait.
    #[arg(long, env = "ESU_SMTP_URL", hide_env_values = true)]
    smtp_url: Option<String>,
    /// The address that messages are from.
    #[arg(long, env = "ESU_MAIL_FROM", default_value = "ESU <esu@localhost.localdomain>")]
    mail_from: String,
    /// Where others reach the server: what the links in messages begin with.
    #[arg(long, env = "ESU_PUBLIC_URL", default_value = "http://127.0.0.1:8080")]
    public_url: String,
    /// Run on a test clock that starts at this instant and stands still until it is moved by PUT /v1/clock.
    #[arg(long, value_name = "INSTANT")]
    test_clock: Option<Instant>,
}

pub(super) async fn run(common: &Common, args: &Args) -> Result<(), CommandError> {
    let app = common.app(args.test_clock).await?.at_url(&args.public_url);
    let post = args.smtp_url.as_ref().map(|url| Post::new(url, &args.mail_from)).transpose()?;
    let listener = TcpListener::bind(args.listen)
        .await
        .map_err(|error| format!("cannot listen on {}: {error}", args.listen))?;
    let address = listener.local_addr()?;
    let (stop, stopping) = watch::channel(false);
    let tasks = tokio::spawn(task::run(app.clone(), post, stopping));
    tracing::info!(%address, "ready");
    let shutdown = async move {
        wait_for_signal().await;
        tracing::info!("stopping");
        let _ = stop.send(true);
    };
    let settings =
        http::Settings { requests_per_second: args.requests_per_second, behind_proxy: args.behind_proxy };
    api(listener, app, settings, shutdown).await?;
    tasks.await?;
    Ok(())
}

/// Serves the API until `shutdown` is through.
pub(super) async fn api(
    listener: TcpListener,
    app: App,
    settings: http::Settings,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let service = http::router(app, settings).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(shutdown).await
}

async fn wait_for_signal() {
    let (Ok(mut terminate), Ok(mut interrupt)) =
        (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}
