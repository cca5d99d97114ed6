//! What the schema alone says about plans, states and configurations.

mod agreement;
mod change;
mod conformity;
mod fill;
mod generate;
mod matching;
mod spelling;
mod unknown;
mod validation;
mod write_only;

pub(crate) use agreement::nonconformities;
pub(crate) use conformity::{contradictions, settle_unknowns};
pub(crate) use fill::fill_defaults;
pub(crate) use generate::configuration_of;
pub(crate) use spelling::keep_spelling;
pub(crate) use validation::validate;
pub(crate) use write_only::clear_write_only;

use crate::{
    diagnostics::Diagnostics,
    framework::{Action, Plan, Private},
    schema::Schema,
    value::Object,
};

/// Plans a creation or a change as far as the schema tells; immutable attributes that change are errors.
pub(crate) fn plan(
    schema: &Schema,
    prior: Option<Object>,
    config: Object,
    private: Private,
) -> (Plan, Diagnostics) {
    let attributes = &schema.attributes;
    let mut planned = fill::fill(attributes, &config, prior.as_ref());
    let mut changes = change::Changes::default();
    let action = match &prior {
        None => Action::Create,
        Some(prior) if planned == *prior => {
            planned.clone_from(prior);
            Action::Unchanged
        }
        Some(prior) => {
            changes = change::find(attributes, &config, &planned, prior);
            // A replacement starts anew, so nothing that the provider computes is known.
            let kept = changes.requires_replace.is_empty().then_some(prior);
            unknown::mark(attributes, &config, &mut planned, kept);
            Action::Update
        }
    };
    let plan = Plan { prior, config, planned, private, action, requires_replace: changes.requires_replace };
    (plan, changes.refused)
}

#[cfg(test)]
mod agreement_test;
#[cfg(test)]
mod plan_test;
#[cfg(test)]
mod state_test;
