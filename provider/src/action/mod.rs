//! The actions, one file each.

mod clone_plan;
mod collect_now;
mod resend_invitation;

use std::sync::Arc;
use tfplugin::{ActionHandler, Diagnostic, Diagnostics};

/// Every action.
pub(crate) fn all() -> Vec<Arc<dyn ActionHandler>> {
    vec![
        Arc::new(clone_plan::ClonePlan),
        Arc::new(collect_now::CollectNow),
        Arc::new(resend_invitation::Resend),
    ]
}

/// What an attribute names is not there, or not to be seen.
fn missing(attribute: &str, noun: &str, named: &str) -> Diagnostics {
    let said = format!("{attribute}: there is none of this name, or you may not see it.");
    Diagnostic::error(format!("No {noun} \"{named}\"")).detail(said).at(attribute).into()
}
