//! `esu_events`: the audit log.

use crate::adapter::{Many, View};
use schemas::{
    endpoint::event::List,
    registry::{endpoint_info, schema_of},
    resource::event::EventView,
};

/// How many events are listed where the configuration does not say.
const MOST: i64 = 100;

/// Events, as they are looked up.
pub(crate) fn many() -> Many {
    let description = "An event is one mutation: who did what to which object, when, and from where";
    let shown = schema_of::<EventView>();
    Many::new(View::read_only("event", description, &[], &shown, endpoint_info::<List>(), None)).newest(MOST)
}
