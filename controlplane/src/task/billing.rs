//! Books what has closed: once an hour, and whenever there may be something to book.

use super::{lease::Holder, stopped};
use crate::app::{App, Error, billing};
use std::time::Duration;
use tokio::{sync::watch, time};

const PERIOD: Duration = Duration::from_secs(3600);
const LEASE: Duration = Duration::from_secs(600);
const TASK: &str = "billing";

pub(super) async fn run(app: App, mut stop: watch::Receiver<bool>) {
    let holder = Holder::new();
    loop {
        if let Err(error) = once(&app, &holder).await {
            tracing::error!(%error, "billing failed; it is tried again");
        }
        tokio::select! {
            () = stopped(&mut stop) => return,
            () = app.billing_due.notified() => {}
            () = time::sleep(PERIOD) => {}
        }
    }
}

async fn once(app: &App, holder: &Holder) -> Result<(), Error> {
    if !holder.claim(app, TASK, LEASE).await? {
        return Ok(());
    }
    let summary = billing::run(app, app.clock.now(), |_, _| {}).await;
    holder.release(app, TASK).await?;
    let summary = summary?;
    if summary.contracts > 0 || summary.parked > 0 {
        tracing::info!(
            contracts = summary.contracts,
            charges = summary.charges,
            parked = summary.parked,
            "billed"
        );
    }
    Ok(())
}
