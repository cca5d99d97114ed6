//! Forgets idempotency keys and attempts to log in after a day, registrations that were not confirmed in time, and
//! messages a month after they were written.

use super::stopped;
use crate::app::App;
use schemas::time::Instant;
use std::time::Duration;
use store::{StoreError, queries};
use tokio::{sync::watch, time};

const PERIOD: Duration = Duration::from_secs(600);

/// How long the answer to a request is kept for its repetition, in microseconds.
const KEEP_MICROS: i64 = 24 * 3600 * 1_000_000;

/// How long it is known what became of a message, in microseconds.
const KEEP_MAIL_MICROS: i64 = 30 * 24 * 3600 * 1_000_000;

pub(super) async fn run(app: App, mut stop: watch::Receiver<bool>) {
    loop {
        if let Err(error) = once(&app).await {
            tracing::error!(%error, "what is over stays for now");
        }
        tokio::select! {
            () = stopped(&mut stop) => return,
            () = time::sleep(PERIOD) => {}
        }
    }
}

async fn once(app: &App) -> Result<(), StoreError> {
    let now = app.clock.now();
    let ago = |micros| Instant::from_micros(now.micros().saturating_sub(micros));
    let before = ago(KEEP_MICROS);
    let mut tx = app.store.begin().await?;
    queries::idempotency::purge_before(&mut tx, before).await?;
    queries::login_attempt::purge_before(&mut tx, before).await?;
    queries::registration::delete_ended(&mut tx, now).await?;
    queries::mail::purge_before(&mut tx, ago(KEEP_MAIL_MICROS)).await?;
    tx.commit().await
}
