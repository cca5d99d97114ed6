//! Creations whose objects stand in a state: nobody needs to repeat them.
//!
//! The server remembers a creation by its key for a day, so that one whose answer was lost is answered again. Once a
//! later plan finds the object in a state, that is over: an equal block that is added then means another object, and is
//! refused where the code is taken.

use client::{CallOptions, Client};
use schemas::endpoint::{
    NoPath, NoQuery,
    idempotency::{Forget, Keys, MAX_KEYS},
};
use std::{
    collections::HashSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// How long keys gather before they are sent together.
const GATHERING: Duration = Duration::from_millis(20);

/// How often the end of the process looks whether all are sent.
const LOOK_EVERY: Duration = Duration::from_millis(2);

/// The keys that the server may forget.
#[derive(Default)]
pub(crate) struct Settled(Mutex<Queue>);

#[derive(Default)]
struct Queue {
    /// All that were ever added.
    known: HashSet<String>,
    waiting: Vec<String>,
    /// Whether somebody sends what waits.
    is_served: bool,
}

impl Settled {
    /// Has the server forget a key, with others that come soon. Should that fail, it forgets the key by itself.
    pub(crate) fn add(self: &Arc<Self>, client: &Arc<Client>, key: &str) {
        let mut queue = self.queue();
        if !queue.known.insert(key.to_owned()) {
            return;
        }
        queue.waiting.push(key.to_owned());
        if !std::mem::replace(&mut queue.is_served, true) {
            tokio::spawn(serve(Arc::clone(self), Arc::clone(client)));
        }
    }

    /// Waits until all that were added are sent.
    pub(crate) async fn finished(&self) {
        while self.queue().is_served {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// The keys to send next; none once nothing waits any more.
    fn next(&self) -> Vec<String> {
        let mut queue = self.queue();
        let count = queue.waiting.len().min(MAX_KEYS);
        queue.is_served = count > 0;
        queue.waiting.drain(..count).collect()
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn serve(settled: Arc<Settled>, client: Arc<Client>) {
    loop {
        tokio::time::sleep(GATHERING).await;
        let keys = settled.next();
        if keys.is_empty() {
            return;
        }
        // A key that stays is purged within a day.
        let options = CallOptions { max_retries: Some(1), ..CallOptions::default() };
        let _ = client.call::<Forget>(&NoPath {}, &NoQuery {}, &Keys { keys }, &options).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_is_sent_once_and_no_more_than_fit() {
        let settled = Settled::default();
        {
            let mut queue = settled.queue();
            queue.waiting = (0..2500).map(|number| number.to_string()).collect();
        }
        assert_eq!([0; 4].map(|_| settled.next().len()), [1000, 1000, 500, 0]);
        assert!(!settled.queue().is_served);
    }
}
