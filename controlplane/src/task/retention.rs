//! Forgets idempotency keys and attempts to log in after a day.

use super::stopped;
use crate::app::App;
use schemas::time::Instant;
use std::time::Duration;
use store::{StoreError, queries};
use tokio::{sync::watch, time};

const PERIOD: Duration = Duration::from_secs(600);

/// How long the answer to a request is kept for its repetition, in microseconds.
const KEEP_MICROS: i64 = 24 * 3600 * 1_000_000;

pub(super) async fn run(app: App, mut stop: watch::Receiver<bool>) {
    loop {
        if let Err(error) = once(&app).await {
            tracing::error!(%error, "old idempotency keys stay for now");
        }
        tokio::select! {
            () = stopped(&mut stop) => return,
            () = time::sleep(PERIOD) => {}
        }
    }
}

async fn once(app: &App) -> Result<(), StoreError> {
    let before = Instant::from_micros(app.clock.now().micros().saturating_sub(KEEP_MICROS));
    let mut tx = app.store.begin().await?;
    queries::idempotency::purge_before(&mut tx, before).await?;
    queries::login_attempt::purge_before(&mut tx, before).await?;
    tx.commit().await
}
