//! One call about an object that a schema describes.

use super::{
    answer::Answer,
    registered::Described,
    registry::Registry,
    value_message::{read_object, write_diagnostics, write_object},
};
use crate::{
    diagnostics::{Diagnostic, Diagnostics},
    framework::Context,
    planner,
    proto::tfplugin6 as wire,
    schema::Schema,
    value::{Object, Value},
};

/// The schema of the object and the circumstances of the call.
pub(super) struct Call<'a> {
    pub(super) described: &'a Described,
    pub(super) context: Context,
}

impl<'a> Call<'a> {
    pub(super) fn new(registry: &Registry, described: &'a Described) -> Self {
        Self { described, context: registry.context() }
    }

    pub(super) fn schema(&self) -> &'a Schema {
        &self.described.schema
    }

    pub(super) fn read(&self, message: Option<&wire::DynamicValue>) -> Result<Option<Object>, Diagnostics> {
        Ok(read_object(message, &self.described.ty)?)
    }

    /// Reads an object that cannot be null here.
    pub(super) fn read_some(&self, message: Option<&wire::DynamicValue>) -> Result<Object, Diagnostics> {
        self.read(message)?.ok_or_else(|| {
            Diagnostic::error("Missing object").detail("Terraform sent no object for this call.").into()
        })
    }

    pub(super) fn write(&self, object: Option<Object>) -> Result<wire::DynamicValue, Diagnostics> {
        Ok(write_object(object, &self.described.ty)?)
    }

    /// Prepares an object for state: nothing write-only and nothing unknown is left in it.
    pub(super) fn finish(&self, object: Object, diagnostics: &mut Diagnostics) -> Object {
        let mut value = Value::Object(object);
        for path in planner::settle_unknowns(&mut value) {
            let detail = format!("The provider left {path} unknown. This is a fault of the provider.");
            diagnostics.error(path, "Value still unknown", detail);
        }
        let Value::Object(mut object) = value else { return Object::new() };
        planner::clear_write_only(&self.schema().attributes, &mut object);
        object
    }

    /// The answer with everything that was said; after an error it is `fallback` that holds.
    pub(super) fn answer<A: Answer>(&self, outcome: Result<(A, Diagnostics), Diagnostics>, fallback: A) -> A {
        let (mut answer, mut diagnostics) = outcome.unwrap_or_else(|failed| (fallback, failed));
        diagnostics.extend(self.context.take_warnings());
        answer.diagnostics().extend(write_diagnostics(diagnostics, Some(&self.described.ty)));
        answer
    }
}

/// Checks the provider's word against the configuration, as Terraform does, but for all places at once. In debug
/// builds alone.
pub(super) fn check_plan(
    call: &Call<'_>,
    prior: Option<&Object>,
    config: &Object,
    planned: &Object,
    diagnostics: &mut Diagnostics,
) {
    if !cfg!(debug_assertions) || diagnostics.has_errors() {
        return;
    }
    for path in planner::nonconformities(&call.schema().attributes, prior, config, planned) {
        let detail = format!(
            "The provider answers another {path} than the configuration gives. This is a fault of the provider."
        );
        diagnostics.error(path, "Answer differs from the configuration", detail);
    }
}

/// The answer when not even the thing's name is known.
pub(super) fn refused<A: Answer>(diagnostics: Diagnostics, mut fallback: A) -> A {
    fallback.diagnostics().extend(write_diagnostics(diagnostics, None));
    fallback
}
