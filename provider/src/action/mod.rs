//! The actions, one file each.

mod clone_plan;
mod collect_now;

use std::sync::Arc;
use tfplugin::ActionHandler;

/// Every action.
pub(crate) fn all() -> Vec<Arc<dyn ActionHandler>> {
    vec![Arc::new(clone_plan::ClonePlan), Arc::new(collect_now::CollectNow)]
}
