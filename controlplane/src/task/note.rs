//! Has people told of notes that fall due: sleeps until the next of them does, or until a note is written or changed.

use super::{asleep, stopped};
use crate::app::{App, note};
use tokio::sync::watch;

pub(super) async fn run(app: App, mut stop: watch::Receiver<bool>) {
    loop {
        let next = match note::tell_due(&app).await {
            Ok(next) => next,
            Err(error) => {
                tracing::error!(%error, "people cannot be told of notes; it is tried again");
                None
            }
        };
        tokio::select! {
            () = stopped(&mut stop) => return,
            () = app.notes_moved.notified() => {}
            () = asleep(&app, next) => {}
        }
    }
}
