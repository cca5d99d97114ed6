//! Settles contracts when their time comes: sleeps until the earliest of them, or until something moves one.

use super::stopped;
use crate::app::{App, billing};
use schemas::time::Instant;
use std::time::Duration;
use tokio::{sync::watch, time};

/// The longest sleep: another server may have moved a contract, or the machine's clock may have been set.
const LONGEST: Duration = Duration::from_secs(60);

pub(super) async fn run(app: App, mut stop: watch::Receiver<bool>) {
    loop {
        let next = match billing::settle_due(&app).await {
            Ok(next) => next,
            Err(error) => {
                tracing::error!(%error, "contracts cannot be settled; it is tried again");
                None
            }
        };
        // Who is to hear of a low balance is written to with it.
        app.mail_posted.notify_one();
        tokio::select! {
            () = stopped(&mut stop) => return,
            () = app.balances_moved.notified() => {}
            () = time::sleep(until(&app, next)) => {}
        }
    }
}

fn until(app: &App, next: Option<Instant>) -> Duration {
    let Some(next) = next else { return LONGEST };
    let micros = next.micros().saturating_sub(app.clock.now().micros());
    Duration::from_micros(u64::try_from(micros).unwrap_or(0)).min(LONGEST)
}
