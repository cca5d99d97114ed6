//! One call of the API: who, when, in which transaction, and what makes it safe to repeat.

use super::{Actor, App, Error};
use schemas::{error::Alias, time::Instant};
use store::{
    Conn, Reader, StoreError, Tx,
    model::idempotency::{Answered, Idempotency},
    queries,
};
use uuid::Uuid;

/// What a caller sent beside the fields.
#[derive(Clone, Debug)]
pub struct Request {
    /// Who calls.
    pub actor: Actor,
    /// The id by which the call is found in the logs.
    pub request_id: Uuid,
    /// The program that calls.
    pub agent: String,
    /// The version that the object must still have.
    pub if_match: Option<i64>,
    /// The key by which a repetition is known, with the hash of the request.
    pub idempotency: Option<(String, [u8; 32])>,
}

/// An object that a call made, so that its idempotency key dies with it.
#[derive(Clone, Copy, Debug)]
pub struct Created {
    /// The noun.
    pub kind: &'static str,
    /// The public id.
    pub id: Uuid,
}

/// What the rest of the server is told of a call, once it is committed and not before: who is told earlier reads the
/// state from before the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    /// Hypervisors were added, changed or removed.
    HypervisorsChanged,
    /// The test clock stands at another instant.
    ClockMoved(Instant),
}

/// One call under way.
pub struct Operation {
    /// What every operation shares.
    pub app: App,
    /// What the caller sent.
    pub request: Request,
    /// The instant of the call.
    pub now: Instant,
    /// What it made.
    pub created: Option<Created>,
    signals: Vec<Signal>,
    held: Held,
}

enum Held {
    Reader(Box<Reader>),
    Tx(Box<Tx>),
}

/// How the begin of a writing call turned out.
pub(crate) enum Begun {
    /// Go on.
    New(Box<Operation>),
    /// It was done before: this was answered.
    Replayed(Idempotency),
}

impl Operation {
    /// Begins a call that only reads.
    pub(crate) async fn reading(app: App, request: Request) -> Result<Self, Error> {
        let reader = app.store.read().await?;
        let held = Held::Reader(Box::new(reader));
        Ok(Self { now: app.clock.now(), app, request, created: None, signals: Vec::new(), held })
    }

    /// Begins a call that writes, unless its idempotency key was used before.
    ///
    /// The key is claimed first: a second call with it waits here until the first is through.
    pub(crate) async fn writing(app: App, request: Request) -> Result<Begun, Error> {
        let mut tx = app.store.begin().await?;
        let now = app.clock.now();
        if let Some((key, hash)) = &request.idempotency {
            let account_id = request.actor.account_id;
            if let Some(row) = queries::idempotency::find(&mut tx, account_id, key).await? {
                return replay(row, hash);
            }
            let claim = Idempotency {
                account_id,
                key: key.clone(),
                request_hash: hash.to_vec(),
                status: 0,
                answer: String::new(),
                headers: None,
                object_kind: String::new(),
                object_id: None,
                created_at: now,
            };
            match queries::idempotency::insert(&mut tx, &claim).await {
                Ok(()) => {}
                Err(StoreError::Unique { .. }) => {
                    tx.rollback().await?;
                    let mut reader = app.store.read().await?;
                    let row = queries::idempotency::find(&mut reader, account_id, key).await?;
                    return row.map_or(Err(Error::Unavailable(busy())), |row| replay(row, hash));
                }
                Err(error) => return Err(error.into()),
            }
        }
        let held = Held::Tx(Box::new(tx));
        Ok(Begun::New(Box::new(Self { now, app, request, created: None, signals: Vec::new(), held })))
    }

    /// The connection, to read.
    pub fn conn(&mut self) -> &mut Conn {
        match &mut self.held {
            Held::Reader(reader) => reader,
            Held::Tx(tx) => tx,
        }
    }

    /// The transaction, to write.
    ///
    /// # Errors
    /// When the call is one that only reads, which is a fault of ours.
    pub fn tx(&mut self) -> Result<&mut Tx, Error> {
        match &mut self.held {
            Held::Reader(_) => Err(Error::Internal("a reading call tried to write".to_owned())),
            Held::Tx(tx) => Ok(tx),
        }
    }

    /// Has the rest of the server told of this call, once it is committed.
    pub(crate) fn signal(&mut self, signal: Signal) {
        self.signals.push(signal);
    }

    /// Ends a writing call: keeps its answer under its idempotency key, and commits both together.
    pub(crate) async fn commit(mut self, status: u16, answer: &str) -> Result<(), Error> {
        let key = self.request.idempotency.take().map(|(key, _)| key);
        let created = self.created.take();
        let Held::Tx(mut tx) = self.held else { return Ok(()) };
        if let Some(key) = key {
            let account_id = self.request.actor.account_id;
            let answered = Answered {
                status: i32::from(status),
                body: answer,
                object_kind: created.map_or("", |created| created.kind),
                object_id: created.map(|created| created.id),
            };
            queries::idempotency::answer(&mut tx, account_id, &key, &answered).await?;
        }
        tx.commit().await?;
        self.signals.into_iter().for_each(|signal| self.app.tell(signal));
        Ok(())
    }
}

impl App {
    fn tell(&self, signal: Signal) {
        match signal {
            Signal::HypervisorsChanged => self.hypervisors_changed.notify_one(),
            Signal::ClockMoved(now) => {
                self.clock.advance_to(now);
                self.billing_due.notify_one();
            }
        }
    }
}

fn replay(row: Idempotency, hash: &[u8; 32]) -> Result<Begun, Error> {
    if row.request_hash == hash {
        return Ok(Begun::Replayed(row));
    }
    Err(Error::conflict(
        Alias::IdempotencyKeyReused,
        "The idempotency key was used for another request; use a new key for each request.",
    ))
}

fn busy() -> StoreError {
    StoreError::Unavailable("another request with this idempotency key is under way".to_owned())
}
