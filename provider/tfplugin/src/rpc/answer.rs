//! Turns whatever a handler does, panics included, into an answer.

use std::{any::Any, panic::AssertUnwindSafe};

use futures::FutureExt;
use tonic::{Response, Status};

use super::value_message::write_diagnostics;
use crate::{
    diagnostics::{Diagnostic, Diagnostics},
    proto::tfplugin6 as wire,
};

/// A response that carries diagnostics.
pub(super) trait Answer: Default {
    /// The response's diagnostics.
    fn diagnostics(&mut self) -> &mut Vec<wire::Diagnostic>;
}

macro_rules! answers {
    ($($call:ident),* $(,)?) => {
        $(impl Answer for wire::$call::Response {
            fn diagnostics(&mut self) -> &mut Vec<wire::Diagnostic> {
                &mut self.diagnostics
            }
        })*
    };
}

answers!(
    apply_resource_change,
    configure_provider,
    get_functions,
    get_provider_schema,
    import_resource_state,
    plan_resource_change,
    read_data_source,
    read_resource,
    upgrade_resource_state,
    validate_data_resource_config,
    validate_provider_config,
    validate_resource_config,
);

/// Runs a handler. A panic becomes an error in `fallback`, which says what holds then.
pub(super) async fn answer<A: Answer>(
    mut fallback: A,
    handler: impl Future<Output = A>,
) -> Result<Response<A>, Status> {
    let answered = match AssertUnwindSafe(handler).catch_unwind().await {
        Ok(answered) => answered,
        Err(panic) => {
            let diagnostics = Diagnostics::from(panic_diagnostic(&*panic));
            fallback.diagnostics().extend(write_diagnostics(diagnostics, None));
            fallback
        }
    };
    Ok(Response::new(answered))
}

fn panic_diagnostic(panic: &(dyn Any + Send)) -> Diagnostic {
    Diagnostic::error("The provider panicked").detail(format!(
        "{}\n\nThis is a fault of the provider: please report it. The resource may be in a state that \
         Terraform does not know.",
        panic_text(panic)
    ))
}

/// What a panic said.
pub(super) fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let literal = panic.downcast_ref::<&str>().copied();
    literal.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no text")
}
