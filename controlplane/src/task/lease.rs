//! Leases: of several servers on one database, one does a task.

use crate::app::App;
use schemas::time::{Clock, Instant, SystemClock};
use std::time::Duration;
use store::{StoreError, queries};
use uuid::Uuid;

/// A server's name among those that hold leases.
#[derive(Clone, Debug)]
pub(super) struct Holder(String);

impl Holder {
    /// A new name.
    pub(super) fn new() -> Self {
        Self(Uuid::new_v4().to_string())
    }

    /// Takes or keeps a lease for some time; false while another server has it. Leases run on the machine's clock:
    /// a test clock that stands still must not keep them for ever.
    pub(super) async fn claim(&self, app: &App, task: &str, length: Duration) -> Result<bool, StoreError> {
        let now = SystemClock.now();
        let length = i64::try_from(length.as_micros()).unwrap_or(i64::MAX);
        let until = Instant::from_micros(now.micros().saturating_add(length));
        let mut tx = app.store.begin().await?;
        let mine = queries::lease::claim(&mut tx, task, &self.0, now, until).await?;
        tx.commit().await?;
        Ok(mine)
    }

    /// Gives a lease back.
    pub(super) async fn release(&self, app: &App, task: &str) -> Result<(), StoreError> {
        let mut tx = app.store.begin().await?;
        queries::lease::release(&mut tx, task, &self.0).await?;
        tx.commit().await
    }
}
