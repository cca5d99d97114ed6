//! Background work: idempotent, without input, on a period and on a signal, leased so that one server does it.

mod balance;
mod billing;
pub(crate) mod collect;
mod lease;
pub(crate) mod mail;
mod note;
mod retention;

use crate::app::App;
use schemas::time::Instant;
use std::time::Duration;
use tokio::{sync::watch, task::JoinSet, time};

/// The longest sleep: another server may have moved what is waited for, or the machine's clock may have been set.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// Runs every task, that of the mail where it can be sent, until `stop` turns true, then waits for them.
pub(crate) async fn run(app: App, post: Option<mail::Post>, stop: watch::Receiver<bool>) {
    let mut tasks = JoinSet::new();
    if let Some(post) = post {
        tasks.spawn(mail::run(app.clone(), post, stop.clone()));
    }
    tasks.spawn(balance::run(app.clone(), stop.clone()));
    tasks.spawn(note::run(app.clone(), stop.clone()));
    tasks.spawn(billing::run(app.clone(), stop.clone()));
    tasks.spawn(retention::run(app.clone(), stop.clone()));
    tasks.spawn(collect::run(app, stop));
    while let Some(ended) = tasks.join_next().await {
        if let Err(error) = ended {
            tracing::error!(%error, "a background task failed");
        }
    }
}

/// Waits until a server is told to stop.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    // The sender lives as long as the server: its end is the end of the server too.
    let _ = stop.wait_for(|stop| *stop).await;
}

/// Sleeps until an instant comes, and not for long where there is none.
async fn asleep(app: &App, until: Option<Instant>) {
    let left = |until: Instant| until.micros().saturating_sub(app.clock.now().micros());
    let left = until.map(left).map(|micros| Duration::from_micros(u64::try_from(micros).unwrap_or(0)));
    time::sleep(left.map_or(LONGEST_SLEEP, |left| left.min(LONGEST_SLEEP))).await;
}
