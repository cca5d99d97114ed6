//! One call of the API: who, when, in which transaction, and what makes it safe to repeat.

use super::{Actor, App, Error, role::Act};
use schemas::{error::Alias, time::Instant};
use std::net::IpAddr;
use store::{
    Conn, Reader, Tx, Visible,
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
    /// Where it calls from.
    pub address: IpAddr,
}

/// What must be true of the object for a call to be done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Expected {
    /// It must still have this version.
    pub version: Option<i64>,
    /// There must be nothing yet.
    pub nothing: bool,
}

/// The key by which a repetition of a call is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// The key.
    pub key: String,
    /// The hash of the call: another call with the same key is refused.
    pub hash: [u8; 32],
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
    /// A contract is to be looked at, or its time will come at another instant.
    BalancesMoved,
    /// People may be told of a note earlier than before.
    NotesMoved,
    /// There is a message to send.
    MailPosted,
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
    /// What must be true of the object.
    pub expected: Expected,
    /// What it made.
    pub created: Option<Created>,
    claimed: Option<String>,
    has_secret_answer: bool,
    visible: Visible,
    signals: Vec<Signal>,
    ending: Ending,
    held: Held,
}

/// What becomes of a writing call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    /// It stays.
    Commit,
    /// It is undone: it was tried only, or is refused as a whole.
    Rollback {
        /// Whether keys are looked up and not claimed.
        dry_run: bool,
    },
}

/// Where a part of a call began.
#[derive(Clone, Debug)]
pub(crate) struct Mark {
    signals: usize,
    claimed: Option<String>,
    has_secret_answer: bool,
}

enum Held {
    Reader(Box<Reader>),
    Tx(Box<Tx>),
}

impl Operation {
    fn new(app: App, request: Request, ending: Ending, held: Held) -> Self {
        // Nothing is seen before it is said what is done, but by those who see everything.
        let nothing = || Visible::partners(Vec::new());
        let visible = if request.actor.is_platform_admin() { Visible::All } else { nothing() };
        Self {
            visible,
            now: app.clock.now(),
            app,
            request,
            expected: Expected::default(),
            created: None,
            claimed: None,
            has_secret_answer: false,
            signals: Vec::new(),
            ending,
            held,
        }
    }

    /// Begins a call that only reads.
    pub(crate) async fn reading(app: App, request: Request) -> Result<Self, Error> {
        let reader = app.store.read().await?;
        Ok(Self::new(app, request, Ending::Commit, Held::Reader(Box::new(reader))))
    }

    /// Begins a call that writes. A dry run does everything that the call would do, and is then undone.
    pub(crate) async fn writing(app: App, request: Request, dry_run: bool) -> Result<Self, Error> {
        let tx = app.store.begin().await?;
        let ending = if dry_run { Ending::Rollback { dry_run } } else { Ending::Commit };
        Ok(Self::new(app, request, ending, Held::Tx(Box::new(tx))))
    }

    /// Claims an idempotency key before anything is done, unless the call was done before: then this was answered.
    ///
    /// A second call with the key waits here until the first is through. A dry run claims nothing.
    pub(crate) async fn claim(&mut self, key: IdempotencyKey) -> Result<Option<Idempotency>, Error> {
        let account_id = self.request.actor.account_id;
        let IdempotencyKey { key, hash } = key;
        if self.ending != (Ending::Rollback { dry_run: true }) {
            let claim = Idempotency {
                account_id,
                key: key.clone(),
                request_hash: hash.to_vec(),
                status: 0,
                answer: String::new(),
                headers: None,
                object_kind: String::new(),
                object_id: None,
                created_at: self.now,
            };
            if queries::idempotency::claim(self.tx()?, &claim).await? {
                self.claimed = Some(key);
                return Ok(None);
            }
        }
        match queries::idempotency::find(self.conn(), account_id, &key).await? {
            Some(row) if row.request_hash == hash => Ok(Some(row)),
            Some(_) => Err(Error::conflict(
                Alias::IdempotencyKeyReused,
                "The idempotency key was used for another request; use a new key for each request.",
            )),
            None => Ok(None),
        }
    }

    /// Has the answer kept nowhere, because a secret is in it that is shown once.
    pub(crate) fn answer_is_secret(&mut self) {
        self.has_secret_answer = true;
    }

    /// Keeps the answer under the key that was claimed, if one was. Where a secret is in it the key is given back instead:
    /// a repetition does it again.
    pub(crate) async fn answered(&mut self, status: u16, body: &str) -> Result<(), Error> {
        let created = self.created.take();
        let Some(key) = self.claimed.take() else { return Ok(()) };
        let account_id = self.request.actor.account_id;
        if self.has_secret_answer {
            queries::idempotency::delete(self.tx()?, account_id, &[key]).await?;
            return Ok(());
        }
        let answered = Answered {
            status: i32::from(status),
            body,
            object_kind: created.map_or("", |created| created.kind),
            object_id: created.map(|created| created.id),
        };
        Ok(queries::idempotency::answer(self.tx()?, account_id, &key, &answered).await?)
    }

    /// Begins a part that can be undone by itself.
    pub(crate) async fn mark(&mut self) -> Result<Mark, Error> {
        self.tx()?.mark().await?;
        Ok(Mark {
            signals: self.signals.len(),
            claimed: self.claimed.take(),
            has_secret_answer: std::mem::take(&mut self.has_secret_answer),
        })
    }

    /// Keeps the part.
    pub(crate) async fn keep(&mut self, mark: Mark) -> Result<(), Error> {
        self.tx()?.keep().await?;
        self.claimed = mark.claimed;
        // What is around the part holds its answer.
        self.has_secret_answer |= mark.has_secret_answer;
        Ok(())
    }

    /// Undoes the part: its rows, its events and what it would have told others.
    pub(crate) async fn undo(&mut self, mark: Mark) -> Result<(), Error> {
        self.tx()?.undo().await?;
        self.signals.truncate(mark.signals);
        self.created = None;
        self.has_secret_answer = mark.has_secret_answer;
        self.claimed = mark.claimed;
        Ok(())
    }

    /// Has the whole call undone when it ends, although it is answered.
    pub(crate) fn abandon(&mut self) {
        if self.ending == Ending::Commit {
            self.ending = Ending::Rollback { dry_run: false };
        }
    }

    /// Says what is done: whose objects are seen follows from that.
    pub(crate) fn enter(&mut self, act: Act) {
        self.visible = self.request.actor.visible(act);
    }

    /// Has the rest of the call done as the platform does it, whoever calls: after what it is to do is decided.
    pub(crate) fn act_for_the_platform(&mut self) {
        self.visible = Visible::All;
        self.request.actor.access = vec![self.app.all_access()];
    }

    /// Whose objects the caller sees in what it does; everything else does not exist for it.
    pub(crate) fn visible(&self) -> Visible {
        self.visible.clone()
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

    /// Ends a writing call: everything becomes true at once, or nothing does.
    pub(crate) async fn end(self) -> Result<(), Error> {
        let Held::Tx(tx) = self.held else { return Ok(()) };
        if self.ending != Ending::Commit {
            return Ok(tx.rollback().await?);
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
            Signal::NotesMoved => self.notes_moved.notify_one(),
            Signal::MailPosted => self.mail_posted.notify_one(),
            Signal::BalancesMoved => self.balances_moved.notify_one(),
            Signal::ClockMoved(now) => {
                self.clock.advance_to(now);
                self.billing_due.notify_one();
                self.balances_moved.notify_one();
                self.notes_moved.notify_one();
            }
        }
    }
}
