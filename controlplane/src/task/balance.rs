//! Settles contracts when their time comes: sleeps until the earliest of them, or until something moves one.

use super::{asleep, stopped};
use crate::app::{App, billing};
use tokio::sync::watch;

pub(super) async fn run(app: App, mut stop: watch::Receiver<bool>) {
    loop {
        let next = match billing::settle_due(&app).await {
            Ok(next) => next,
            Err(error) => {
                tracing::error!(%error, "contracts cannot be settled; it is tried again");
                None
            }
        };
        // Who is to hear of a balance is written to with it, and notes of it are due at once.
        app.mail_posted.notify_one();
        app.notes_moved.notify_one();
        tokio::select! {
            () = stopped(&mut stop) => return,
            () = app.balances_moved.notified() => {}
            () = asleep(&app, next) => {}
        }
    }
}
