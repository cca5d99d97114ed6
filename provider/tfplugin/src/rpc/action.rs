//! The calls about actions.

use futures::future::BoxFuture;
use tokio::sync::mpsc;

use super::{
    call::{Call, refused},
    registry::Registry,
    stream::Source,
};
use crate::{
    diagnostics::Diagnostics,
    framework::{Context, Progress},
    planner,
    proto::tfplugin6 as wire,
    value::Type,
};

pub(super) async fn validate(
    registry: &Registry,
    request: wire::validate_action_config::Request,
) -> wire::validate_action_config::Response {
    type Response = wire::validate_action_config::Response;
    let registered = match registry.actions.get(&request.type_name) {
        Ok(registered) => registered,
        Err(diagnostics) => return refused(diagnostics, Response::default()),
    };
    let call = Call::new(registry, registered.described());
    let outcome = async {
        let config = call.read(request.config.as_ref())?.unwrap_or_default();
        let mut diagnostics = planner::validate(call.schema(), &config, true);
        diagnostics.extend(registered.item.validate(&call.context, &config).await);
        Ok((Response::default(), diagnostics))
    };
    call.answer(outcome.await, Response::default())
}

pub(super) async fn plan(
    registry: &Registry,
    request: wire::plan_action::Request,
) -> wire::plan_action::Response {
    type Response = wire::plan_action::Response;
    let registered = match registry.actions.get(&request.action_type) {
        Ok(registered) => registered,
        Err(diagnostics) => return refused(diagnostics, Response::default()),
    };
    let call = Call::new(registry, registered.described());
    let outcome = async {
        let mut config = call.read(request.config.as_ref())?.unwrap_or_default();
        planner::fill_defaults(&call.schema().attributes, &mut config);
        Ok((Response::default(), registered.item.plan(&call.context, &config).await))
    };
    call.answer(outcome.await, Response::default())
}

/// One invocation.
pub(super) struct Invocation(pub(super) wire::invoke_action::Request);

impl Source for Invocation {
    type Item = String;
    type Event = wire::invoke_action::Event;

    fn run<'a>(
        &'a self,
        registry: &'a Registry,
        context: &'a Context,
        items: mpsc::Sender<String>,
    ) -> BoxFuture<'a, Result<(), Diagnostics>> {
        Box::pin(async move {
            let registered = registry.actions.get(&self.0.action_type)?;
            let call = Call::new(registry, registered.described());
            let mut config = call.read(self.0.config.as_ref())?.unwrap_or_default();
            planner::fill_defaults(&call.schema().attributes, &mut config);
            registered.item.invoke(context, config, &Progress::new(items)).await
        })
    }

    fn event(&self, _registry: &Registry, message: String) -> Result<Self::Event, Diagnostics> {
        use wire::invoke_action::event::{Progress, Type};
        Ok(wire::invoke_action::Event { r#type: Some(Type::Progress(Progress { message })) })
    }

    fn last(&self, diagnostics: Vec<wire::Diagnostic>) -> Option<Self::Event> {
        use wire::invoke_action::event::{Completed, Type};
        Some(wire::invoke_action::Event { r#type: Some(Type::Completed(Completed { diagnostics })) })
    }

    fn ty<'a>(&self, registry: &'a Registry) -> Option<&'a Type> {
        registry.actions.get(&self.0.action_type).ok().map(|it| &it.described().ty)
    }
}
