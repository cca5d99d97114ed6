//! How the collection from a hypervisor goes: noted with every inventory, and told in the log when it changes.

use super::super::{Error, convert};
use serde::Serialize;
use store::{
    Tx,
    model::{
        event::NewEvent,
        hypervisor::Hypervisor,
        source::{Source, SourceReport},
    },
    queries,
};
use uuid::Uuid;

/// What the log calls a hypervisor's collector, which has the hypervisor's id.
const KIND: &str = "collector";

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
/// than before.
///
/// # Errors
/// When the database cannot be written.
pub(super) async fn note(
    tx: &mut Tx,
    hypervisor: &Hypervisor,
    source_id: i64,
    report: &SourceReport,
) -> Result<(), Error> {
    let before = queries::source::lock(tx, source_id).await?;
    let after = queries::source::set_state(tx, source_id, report).await?;
    if before.state == after.state {
        return Ok(());
    }
    let event = NewEvent {
        partner_id: None,
        at: report.at,
        request_id: Uuid::new_v4(),
        account_id: None,
        impersonator: None,
        actor: KIND.to_owned(),
        action: after.state.as_str().to_owned(),
        object_kind: KIND.to_owned(),
        object_id: hypervisor.public_id.0,
        object_name: hypervisor.code.to_string(),
        before: Some(convert::json(&State::of(&before))?),
        after: Some(convert::json(&State::of(&after))?),
        client: String::new(),
    };
    queries::event::insert(tx, &event).await?;
    Ok(())
}
