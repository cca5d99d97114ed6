//! Operations on the audit log.

use super::{Page, endpoint};
use crate::{resource::event::EventView, time::Instant};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which events.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EventQuery {
    /// Kind of the object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object_kind: Option<String>,
    /// Id of the object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object_id: Option<uuid::Uuid>,
    /// Login of the account that did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// What was done, such as `create`, `update`, `delete` or `reset_password`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// Code or id of the partner whose log it is in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner: Option<String>,
    /// Events at this instant or later, such as `2021-12-20T09:00:00Z`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Instant>,
    /// Events before this instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Instant>,
    /// Events on a page: 1 to 1000, 10 without it.
    #[serde(default, deserialize_with = "crate::query::optional", skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub limit: Option<i64>,
    /// Where the next part begins: empty at first, then `next_cursor` of the answer before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

endpoint! {
    /// Lists the events that the caller may see, the newest first.
    List = "event.list" GET "/v1/event" Partner query EventQuery, answer Page<EventView>
}
