//! At most so many requests in a second.

use std::{sync::Mutex, sync::PoisonError, time::Duration};
use tokio::time::Instant;

/// Spaces requests evenly: each takes the next free slot.
#[derive(Debug)]
pub(crate) struct Pace {
    between: Duration,
    next: Mutex<Option<Instant>>,
}

impl Pace {
    /// A pace of so many requests in a second; 0 for any number.
    pub(crate) fn new(requests_per_second: u32) -> Self {
        let between = Duration::from_secs(1).checked_div(requests_per_second).unwrap_or_default();
        Self { between, next: Mutex::new(None) }
    }

    /// When the next request may be sent; the slot is taken.
    pub(crate) fn take_slot(&self) -> Instant {
        let now = Instant::now();
        if self.between.is_zero() {
            return now;
        }
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = next.map_or(now, |next| next.max(now));
        *next = Some(slot + self.between);
        slot
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_spaced() {
        let pace = Pace::new(10);
        let first = pace.take_slot();
        let last = (0..5).map(|_| pace.take_slot()).last().unwrap();
        assert!(last - first >= Duration::from_millis(500));
        assert!(Pace::new(0).take_slot() <= Instant::now());
    }
}
