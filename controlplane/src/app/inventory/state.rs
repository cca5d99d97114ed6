//! How the collection from a hypervisor goes: noted with every inventory, told in the log when it changes, and by mail
//! when it stays changed.

use super::super::{Error, convert, notification};
use schemas::time::Instant;
use serde::Serialize;
use store::{
    Tx,
    model::{
        access::{Audience, Notice},
        event::NewEvent,
        hypervisor::Hypervisor,
        source::{Source, SourceReport, SourceState},
    },
    queries,
};
use uuid::Uuid;

/// What the log calls a hypervisor's collector, which has the hypervisor's id.
const KIND: &str = "collector";

/// How long a state lasts until people are told of it by mail, in microseconds: five minutes. What goes to and fro faster
/// fills nobody's mailbox.
const LASTING: i64 = 300_000_000;

/// A collector's state, as the log shows it.
#[derive(Serialize)]
struct State<'a> {
    state: &'static str,
    since: String,
    error: Option<&'a str>,
}

impl<'a> State<'a> {
    fn of(source: &'a Source) -> Self {
        let error = source.last_error.as_deref();
        Self { state: source.state.as_str(), since: source.state_since.to_string(), error }
    }
}

/// Notes what an inventory, or the attempt at one, came to. The platform's log has an event where that is another state
/// than before. Answers whether people are written to.
///
/// # Errors
/// When the database cannot be written.
pub(super) async fn note(
    tx: &mut Tx,
    hypervisor: &Hypervisor,
    source_id: i64,
    report: &SourceReport,
) -> Result<bool, Error> {
    let before = queries::source::lock(tx, source_id).await?;
    let after = queries::source::set_state(tx, source_id, report).await?;
    if before.state != after.state {
        log(tx, hypervisor, (&before, &after), report.at).await?;
    }
    let is_told = is_news(&after, report.at);
    if is_told {
        tell(tx, hypervisor, &after, report.at).await?;
    }
    Ok(is_told)
}

/// Whether people are told of a state: one that they were not told of, and that lasts. A hypervisor that is down is told
/// of at once, for it was silent for long already.
fn is_news(source: &Source, at: Instant) -> bool {
    let lasted = at.micros().saturating_sub(source.state_since.micros()) >= LASTING;
    match source.state {
        SourceState::New => false,
        state if state == source.told_state => false,
        SourceState::Down => true,
        SourceState::Ok | SourceState::Degraded => lasted,
    }
}

/// Has those told who administer the platform: how a hypervisor's collection goes is for them alone.
async fn tell(tx: &mut Tx, hypervisor: &Hypervisor, source: &Source, at: Instant) -> Result<(), Error> {
    let (code, name, since) = (&hypervisor.code, &hypervisor.name, source.state_since);
    let error = source.last_error.as_deref().unwrap_or("no reason is known");
    let (subject, text) = match source.state {
        SourceState::New | SourceState::Ok => (
            format!("Inventories of {code} are complete again"),
            format!("The inventories of the hypervisor {code} ({name}) have been complete since {since}."),
        ),
        SourceState::Degraded => (
            format!("Inventories of {code} fail or are in doubt"),
            format!(
                "The inventories of the hypervisor {code} ({name}) have failed or been in doubt since {since}: \
                 {error}\n\nWhat was last known of its machines counts on."
            ),
        ),
        SourceState::Down => (
            format!("{code} is down"),
            format!(
                "The hypervisor {code} ({name}) was not heard for longer than its hold, at {since}: {error}\n\nWhat \
                 its machines use is unknown until it is heard again."
            ),
        ),
    };
    let message = (subject.as_str(), text.as_str());
    notification::tell(tx, Audience::Platform, Notice::Collector, message, at).await?;
    Ok(queries::source::told(tx, source.id, source.state).await?)
}

/// Writes the change of a state into the platform's log.
async fn log(
    tx: &mut Tx,
    hypervisor: &Hypervisor,
    (before, after): (&Source, &Source),
    at: Instant,
) -> Result<(), Error> {
    let event = NewEvent {
        action: after.state.as_str().to_owned(),
        object_id: hypervisor.public_id.0,
        object_name: hypervisor.code.to_string(),
        before: Some(convert::json(&State::of(before))?),
        after: Some(convert::json(&State::of(after))?),
        ..event(at)
    };
    queries::event::insert(tx, &event).await?;
    Ok(())
}

/// What every event of a collector is: the platform's, and about the collector, unless more is said.
pub(super) fn event(at: Instant) -> NewEvent {
    NewEvent {
        partner_id: None,
        at,
        request_id: Uuid::new_v4(),
        account_id: None,
        impersonator: None,
        actor: KIND.to_owned(),
        action: String::new(),
        object_kind: KIND.to_owned(),
        object_id: Uuid::nil(),
        object_name: String::new(),
        before: None,
        after: None,
        client: String::new(),
    }
}
