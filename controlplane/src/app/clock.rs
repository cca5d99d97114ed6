//! The server's clock: the machine's, or a test clock that is moved through the API and kept in the database.

use super::{App, Error, Operation, Signal, audit::Change};
use schemas::{
    endpoint::clock::ClockView,
    error::Alias,
    time::{Clock, Instant, SystemClock, TestClock},
};
use std::sync::Arc;
use store::{Store, queries};
use uuid::Uuid;

/// The setting that holds where the test clock stands.
const SETTING: &str = "test_clock";

/// The setting whose row moves of the clock queue on.
const QUEUE: &str = "test_clock_queue";

/// The clock that a server runs on.
#[derive(Clone, Debug)]
pub enum ServerClock {
    /// The machine's clock.
    System(SystemClock),
    /// A clock that stands still until it is moved.
    Test(Arc<TestClock>),
}

impl ServerClock {
    /// The time.
    pub fn now(&self) -> Instant {
        match self {
            Self::System(clock) => clock.now(),
            Self::Test(clock) => clock.now(),
        }
    }

    /// Moves a test clock forward; the machine's goes by itself.
    pub(super) fn advance_to(&self, instant: Instant) {
        if let Self::Test(clock) = self {
            clock.advance_to(instant);
        }
    }

    /// The clock that the database says: a test clock where one was started, else the machine's.
    ///
    /// # Errors
    /// When the database cannot be read, or holds no instant.
    pub async fn of(store: &Store) -> Result<Self, Error> {
        let mut reader = store.read().await?;
        match queries::setting::get(&mut reader, SETTING).await? {
            Some(text) => {
                let instant = text.parse().map_err(|error| Error::internal("test clock", error))?;
                Ok(Self::Test(Arc::new(TestClock::new(instant))))
            }
            None => Ok(Self::System(SystemClock)),
        }
    }

    /// Starts a test clock at `start`, or goes on with the one that the database holds.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn start_test(store: &Store, start: Instant) -> Result<Self, Error> {
        if let running @ Self::Test(_) = Self::of(store).await? {
            return Ok(running);
        }
        let mut tx = store.begin().await?;
        queries::setting::set(&mut tx, SETTING, &start.to_string()).await?;
        tx.commit().await?;
        Ok(Self::Test(Arc::new(TestClock::new(start))))
    }
}

impl App {
    fn test_clock(&self) -> Result<&TestClock, Error> {
        match &self.clock {
            ServerClock::Test(clock) => Ok(clock),
            ServerClock::System(_) => Err(Error::conflict(
                Alias::NoTestClock,
                "The server runs on the machine's clock; start it with --test-clock to move the time.",
            )),
        }
    }
}

/// Reads the test clock.
///
/// # Errors
/// When the server runs on the machine's clock.
pub async fn read(op: &mut Operation) -> Result<ClockView, Error> {
    Ok(ClockView { now: op.app.test_clock()?.now() })
}

/// Moves the test clock forward.
///
/// # Errors
/// When the server runs on the machine's clock, or the instant is in its past.
pub async fn replace(op: &mut Operation, wanted: ClockView) -> Result<ClockView, Error> {
    let known = op.app.test_clock()?.now();
    queries::setting::set(op.tx()?, QUEUE, "").await?;
    let stored = queries::setting::get(op.conn(), SETTING).await?.and_then(|text| text.parse().ok());
    let before = ClockView { now: stored.unwrap_or(known) };
    if wanted.now < before.now {
        return Err(Error::field("now", format!("the clock stands at {} and never goes back", before.now)));
    }
    queries::setting::set(op.tx()?, SETTING, &wanted.now.to_string()).await?;
    op.audit(Change {
        partner_id: None,
        kind: "clock",
        id: Uuid::nil(),
        name: SETTING,
        before: Some(&before),
        after: Some(&wanted),
    })
    .await?;
    op.signal(Signal::ClockMoved(wanted.now));
    Ok(wanted)
}
