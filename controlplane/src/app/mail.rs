//! Mail: written in the transaction of its cause, sent by a task once that is committed, as often as it takes.

use super::{App, Error, Operation, Signal};
use schemas::time::{Clock, Instant, SystemClock};
use store::{
    Tx,
    model::mail::{Mail, NewMail},
    queries,
};
use uuid::Uuid;

/// What stands in a text for a link that is a secret.
const LINK: &str = "{link}";
/// How long after a failure a message is tried again, in microseconds; twice as long after each further one.
const FIRST_PAUSE: i64 = 60_000_000;
/// The longest pause between two tries, in microseconds.
const LONGEST_PAUSE: i64 = 3_600_000_000;
/// The most tries: those of about five days.
const MOST_TRIES: i64 = 120;
/// How many messages are read at once.
const AT_ONCE: i64 = 100;

/// A message before it has a place in the queue.
pub(crate) struct Message {
    /// To whom.
    pub(crate) recipient: String,
    /// The subject.
    pub(crate) subject: String,
    /// The text.
    pub(crate) body: String,
}

/// Whether a login is an address that mail can be sent to.
pub(crate) fn is_address(login: &str) -> bool {
    schemas::format::check("e-mail", login).is_ok()
}

/// Has a message sent once the transaction is committed.
pub(crate) async fn post(tx: &mut Tx, message: Message, now: Instant) -> Result<(), Error> {
    insert(tx, message, None, now).await
}

/// Has a message sent with a link that only its reader may know: it is stored sealed, and forgotten once it is sent.
pub(crate) async fn post_link(op: &mut Operation, message: Message, link: &str) -> Result<(), Error> {
    let sealed = op.app.key.seal(link).map_err(|error| Error::internal("seal", error))?;
    let now = op.now;
    insert(op.tx()?, message, Some(sealed), now).await?;
    op.signal(Signal::MailPosted);
    Ok(())
}

async fn insert(
    tx: &mut Tx,
    message: Message,
    link_sealed: Option<Vec<u8>>,
    now: Instant,
) -> Result<(), Error> {
    let Message { recipient, subject, body } = message;
    let public_id = Uuid::new_v4();
    // Tries are on the machine's clock: a test clock that stands still must not keep a message for ever.
    let next_at = Some(SystemClock.now());
    let new = NewMail { public_id, recipient, subject, body, link_sealed, created_at: now, next_at };
    Ok(queries::mail::insert(tx, &new).await?)
}

/// The text that goes in place of a link.
pub(crate) const fn link_place() -> &'static str {
    LINK
}

/// A message with all that is in it.
pub(crate) struct Letter {
    /// The internal id.
    pub(crate) id: i64,
    /// What it is known by, however often it is sent.
    pub(crate) message_id: Uuid,
    /// The message.
    pub(crate) message: Message,
    attempts: i64,
}

/// Why a message was not sent.
pub(crate) struct Failure {
    /// The text for the log.
    pub(crate) text: String,
    /// Whether another try would end the same.
    pub(crate) is_final: bool,
}

/// Whether there are messages that are to be tried by now.
///
/// # Errors
/// When the database fails.
pub(crate) async fn is_any_due(app: &App) -> Result<bool, Error> {
    let mut reader = app.store.read().await?;
    Ok(queries::mail::is_any_due(&mut reader, SystemClock.now()).await?)
}

/// The messages that are to be tried by now.
///
/// # Errors
/// When the database fails.
pub(crate) async fn due(app: &App) -> Result<Vec<Letter>, Error> {
    let mut reader = app.store.read().await?;
    let rows = queries::mail::due(&mut reader, SystemClock.now(), AT_ONCE).await?;
    drop(reader);
    let mut letters = Vec::with_capacity(rows.len());
    for row in rows {
        let id = row.id;
        match letter(app, row) {
            Ok(letter) => letters.push(letter),
            // Sealed with another key: it is not to be read any more, and holds up no other.
            Err(text) => failed(app, id, &text, None).await?,
        }
    }
    Ok(letters)
}

fn letter(app: &App, row: Mail) -> Result<Letter, String> {
    let body = match row.link_sealed {
        Some(sealed) => {
            let link = app.key.open(&sealed).map_err(|error| format!("its link cannot be read: {error}"))?;
            row.body.replace(LINK, &link)
        }
        None => row.body,
    };
    let message = Message { recipient: row.recipient, subject: row.subject, body };
    Ok(Letter { id: row.id, message_id: row.public_id, message, attempts: row.attempts })
}

/// Notes how a try ended.
///
/// # Errors
/// When the database fails.
pub(crate) async fn tried(app: &App, letter: &Letter, outcome: Result<(), Failure>) -> Result<(), Error> {
    let now = SystemClock.now();
    if let Err(Failure { text, is_final }) = outcome {
        let next = if is_final { None } else { next_try(letter.attempts, now) };
        return failed(app, letter.id, &text, next).await;
    }
    let mut tx = app.store.begin().await?;
    queries::mail::sent(&mut tx, letter.id, now).await?;
    Ok(tx.commit().await?)
}

/// Notes that a message was not sent, and when it is tried again; never, where `next` is none.
async fn failed(app: &App, id: i64, text: &str, next: Option<Instant>) -> Result<(), Error> {
    match next {
        Some(_) => tracing::warn!(mail = id, error = text, "a message is not sent; it is tried again"),
        None => tracing::error!(mail = id, error = text, "a message is given up"),
    }
    let mut tx = app.store.begin().await?;
    queries::mail::failed(&mut tx, id, text, next).await?;
    Ok(tx.commit().await?)
}

/// When a message is tried again that was tried so often before; never, after so many tries.
fn next_try(attempts: i64, now: Instant) -> Option<Instant> {
    let doubled = u32::try_from(attempts).ok().and_then(|attempts| FIRST_PAUSE.checked_shl(attempts.min(20)));
    let pause = doubled.unwrap_or(LONGEST_PAUSE).min(LONGEST_PAUSE);
    (attempts < MOST_TRIES).then(|| Instant::from_micros(now.micros().saturating_add(pause)))
}

#[cfg(test)]
mod tests {
    use super::{MOST_TRIES, next_try};
    use schemas::time::Instant;

    #[test]
    fn a_message_is_tried_less_and_less_often_for_days() {
        let pause =
            |attempts| next_try(attempts, Instant::from_micros(0)).map(|next| next.micros() / 60_000_000);
        assert_eq!([0, 1, 2, 5, 6, 100].map(pause), [1, 2, 4, 32, 60, 60].map(Some));
        assert_eq!(pause(MOST_TRIES), None);
    }
}
