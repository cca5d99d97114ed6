//! Creations whose objects stand in a state: nobody needs to repeat them.
//!
//! The server remembers a creation by its key for a day, so that one whose answer was lost is answered again. Once a
//! later plan finds the object in a state, that is over: an equal block that is added then means another object, and is
//! refused where the code is taken.

use client::{CallOptions, Client};
use schemas::endpoint::{
    NoPath, NoQuery,
    idempotency::{Creations, Forget, MAX_CREATIONS},
};
use std::{
    collections::HashSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::task::JoinSet;
use uuid::Uuid;

/// The creations that the server may forget. They gather until there are enough for a call, or the process ends.
#[derive(Default)]
pub(crate) struct Settled(Mutex<Queue>);

#[derive(Default)]
struct Queue {
    /// All that were ever added.
    known: HashSet<String>,
    waiting: Creations,
    sending: JoinSet<()>,
}

impl Queue {
    /// What is to be sent now, if there is enough of it, or no more will come.
    fn due(&mut self, is_last: bool) -> Option<Creations> {
        let Creations { keys, objects } = &self.waiting;
        let count = keys.len().max(objects.len());
        let is_due = count >= if is_last { 1 } else { MAX_CREATIONS };
        is_due.then(|| std::mem::take(&mut self.waiting))
    }

    fn send(&mut self, client: &Arc<Client>, is_last: bool) {
        if let Some(creations) = self.due(is_last) {
            let client = Arc::clone(client);
            self.sending.spawn(async move {
                // A creation that stays is purged within a day.
                let options = CallOptions { max_retries: Some(1), ..CallOptions::default() };
                let _ = client.call::<Forget>(&NoPath {}, &NoQuery {}, &creations, &options).await;
            });
        }
    }
}

impl Settled {
    /// Has the server forget a creation by its key. Should that fail, it forgets it by itself.
    pub(crate) fn key(&self, client: &Arc<Client>, key: &str) {
        self.add(client, key, |waiting| waiting.keys.push(key.to_owned()));
    }

    /// The same by the id of what was made.
    pub(crate) fn object(&self, client: &Arc<Client>, id: &str) {
        if let Ok(object) = id.parse::<Uuid>() {
            self.add(client, id, |waiting| waiting.objects.push(object));
        }
    }

    /// Sends what waits, and waits until all is sent.
    pub(crate) async fn flush(&self, client: &Arc<Client>) {
        let mut sending = {
            let mut queue = self.queue();
            queue.send(client, true);
            std::mem::take(&mut queue.sending)
        };
        while sending.join_next().await.is_some() {}
    }

    fn add(&self, client: &Arc<Client>, name: &str, push: impl FnOnce(&mut Creations)) {
        let mut queue = self.queue();
        if queue.known.insert(name.to_owned()) {
            push(&mut queue.waiting);
            queue.send(client, false);
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_are_sent_as_fit_and_the_rest_at_the_end() {
        let mut queue = Queue::default();
        let mut sent = Vec::new();
        for number in 0..2500_u128 {
            queue.waiting.objects.push(Uuid::from_u128(number));
            sent.extend(queue.due(false).map(|creations| creations.objects.len()));
        }
        sent.extend(queue.due(true).map(|creations| creations.objects.len()));
        assert_eq!(sent, [1000, 1000, 500]);
        assert_eq!(queue.due(true), None);
    }
}
