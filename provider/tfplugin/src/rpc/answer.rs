//! Turns whatever a handler does, panics included, into an answer.

use std::{any::Any, panic::AssertUnwindSafe};

use futures::FutureExt;
use tonic::{Response, Status};
use tracing::Instrument;

use super::{trace::Rpc, value_message::write_diagnostics};
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
    close_ephemeral_resource,
    configure_provider,
    generate_resource_config,
    get_functions,
    get_metadata,
    get_provider_schema,
    get_resource_identity_schemas,
    import_resource_state,
    move_resource_state,
    open_ephemeral_resource,
    plan_action,
    plan_resource_change,
    read_data_source,
    read_resource,
    renew_ephemeral_resource,
    upgrade_resource_identity,
    upgrade_resource_state,
    validate_action_config,
    validate_data_resource_config,
    validate_ephemeral_resource_config,
    validate_list_resource_config,
    validate_provider_config,
    validate_resource_config,
);

/// Runs a handler. A panic becomes an error in `fallback`, which says what holds then.
pub(super) async fn answer<A: Answer>(
    rpc: Rpc,
    mut fallback: A,
    handler: impl Future<Output = A>,
) -> Result<Response<A>, Status> {
    let span = rpc.span().clone();
    let outcome = AssertUnwindSafe(handler).catch_unwind().instrument(span).await;
    let mut answered = outcome.unwrap_or_else(|panic| {
        let diagnostics = Diagnostics::from(panic_diagnostic(&*panic));
        fallback.diagnostics().extend(write_diagnostics(diagnostics, None));
        fallback
    });
    rpc.answered(answered.diagnostics());
    Ok(Response::new(answered))
}

/// What the user is told about a panic.
pub(super) fn panic_diagnostic(panic: &(dyn Any + Send)) -> Diagnostic {
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
