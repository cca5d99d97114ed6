//! Who changed an object last, as the audit log has it.

use crate::{
    call::{CallOptions, Client},
    error::ClientError,
};
use schemas::{
    endpoint::{NoPath, event},
    resource::event::EventView,
    time::Instant,
};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use uuid::Uuid;

/// What moves with every edit and is none itself.
const NOT_EDITED: [&str; 2] = ["version", "mtime"];

/// The last change of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Login of the account that made it.
    pub actor: String,
    /// The program that sent it.
    pub agent: String,
    /// When.
    pub at: Instant,
    /// `create`, `update` or `delete`.
    pub action: String,
    /// Names of the fields that an update changed, as the API names them; none for the other actions.
    pub fields: Vec<String>,
    /// Id of the request that made it.
    pub request_id: Uuid,
}

impl Client {
    /// The last change of an object of this kind (its noun) with this id; `None` where the log has none that the
    /// token may see.
    ///
    /// # Errors
    /// Why it cannot be told; the id is no UUID, for one.
    pub async fn last_change(
        &self,
        kind: &str,
        id: &str,
        options: &CallOptions,
    ) -> Result<Option<Change>, ClientError> {
        let object_id = id.parse().map_err(|_| ClientError::Request(format!("\"{id}\" is not an id")))?;
        let query = event::EventQuery {
            object_kind: Some(kind.to_owned()),
            object_id: Some(object_id),
            // The log is listed from its end.
            limit: Some(1),
            ..event::EventQuery::default()
        };
        let page = self.call::<event::List>(&NoPath {}, &query, &(), options).await?;
        Ok(page.items.into_iter().next().map(Change::from))
    }
}

impl From<EventView> for Change {
    fn from(event: EventView) -> Self {
        let fields = match (&event.before, &event.after) {
            (Some(Value::Object(before)), Some(Value::Object(after))) => edited(before, after),
            _ => Vec::new(),
        };
        Self {
            actor: event.actor,
            agent: event.client,
            at: event.at,
            action: event.action,
            fields,
            request_id: event.request_id,
        }
    }
}

/// The fields that differ, in the order of their names.
fn edited(before: &Map<String, Value>, after: &Map<String, Value>) -> Vec<String> {
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    names
        .into_iter()
        .filter(|name| !NOT_EDITED.contains(&name.as_str()) && before.get(*name) != after.get(*name))
        .cloned()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_fields_of_an_update_are_named() {
        let event = |before: Value, after: Value| -> Change {
            let event = json!({
                "id": 7, "at": "2026-01-02T03:04:05Z", "actor": "olga", "action": "update", "object_kind": "client",
                "object_id": "954fd467-1111-4222-8333-444455556666", "object_name": "acme", "before": before,
                "after": after, "request_id": "954fd467-1111-4222-8333-444455556667", "client": "curl/8",
            });
            serde_json::from_value::<EventView>(event).unwrap().into()
        };
        let change = event(
            json!({ "version": 1, "name": "A", "lan": 1, "gone": 1 }),
            json!({ "version": 2, "name": "B", "lan": 1, "new": 1 }),
        );
        assert_eq!((change.actor.as_str(), change.agent.as_str()), ("olga", "curl/8"));
        assert_eq!(change.fields, ["gone", "name", "new"]);
        assert!(event(Value::Null, json!({ "name": "B" })).fields.is_empty());
    }
}
