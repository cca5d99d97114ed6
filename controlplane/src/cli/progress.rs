//! How far a long command is.

use schemas::time::{Clock, Instant, SystemClock};

/// How often a long command says how far it is.
const TELL_EVERY_MICROS: i64 = 2_000_000;

/// How far a long command is, for the person who waits.
pub(super) struct Progress {
    verb: &'static str,
    what: &'static str,
    began: Instant,
    told: Instant,
}

impl Progress {
    pub(super) fn new(verb: &'static str, what: &'static str) -> Self {
        let now = SystemClock.now();
        Self { verb, what, began: now, told: now }
    }

    /// Says what is done and how long the rest will take, once in a while.
    pub(super) fn tell(&mut self, done: i64, total: i64) {
        let now = SystemClock.now();
        if now.micros() - self.told.micros() < TELL_EVERY_MICROS || done == 0 {
            return;
        }
        self.told = now;
        let spent = now.micros() - self.began.micros();
        let left = i128::from(spent) * i128::from((total - done).max(0)) / i128::from(done) / 1_000_000;
        eprintln!("{} {done} of {total} {}, about {left} s left", self.verb, self.what);
    }
}
