//! The calls about ephemeral resources.

use std::time::Duration;

use super::{
    call::{Call, check_plan, refused},
    registry::Registry,
    value_message::read_private,
};
use crate::{
    clock,
    diagnostics::Diagnostics,
    framework::{EphemeralResource, Opened, Private},
    planner,
    proto::tfplugin6 as wire,
};

pub(super) async fn validate(
    registry: &Registry,
    request: wire::validate_ephemeral_resource_config::Request,
) -> wire::validate_ephemeral_resource_config::Response {
    type Response = wire::validate_ephemeral_resource_config::Response;
    let registered = match registry.ephemeral_resources.get(&request.type_name) {
        Ok(registered) => registered,
        Err(diagnostics) => return refused(diagnostics, Response::default()),
    };
    let call = Call::new(registry, registered.described());
    let outcome = async {
        let config = call.read_some(request.config.as_ref())?;
        let mut diagnostics = planner::validate(call.schema(), &config, true);
        diagnostics.extend(registered.item.validate(&call.context, &config).await);
        Ok((Response::default(), diagnostics))
    };
    call.answer(outcome.await, Response::default())
}

pub(super) async fn open(
    registry: &Registry,
    request: wire::open_ephemeral_resource::Request,
) -> wire::open_ephemeral_resource::Response {
    type Response = wire::open_ephemeral_resource::Response;
    let registered = match registry.ephemeral_resources.get(&request.type_name) {
        Ok(registered) => registered,
        Err(diagnostics) => return refused(diagnostics, Response::default()),
    };
    let call = Call::new(registry, registered.described());
    let outcome = open_one(&call, &*registered.item, &request).await;
    call.answer(outcome, Response::default())
}

async fn open_one(
    call: &Call<'_>,
    resource: &dyn EphemeralResource,
    request: &wire::open_ephemeral_resource::Request,
) -> Result<(wire::open_ephemeral_resource::Response, Diagnostics), Diagnostics> {
    let written = call.read_some(request.config.as_ref())?;
    let mut config = written.clone();
    planner::fill_defaults(&call.schema().attributes, &mut config);
    let Opened { values, private, renew_after } = resource.open(&call.context, config).await?;
    let mut diagnostics = Diagnostics::new();
    let values = call.finish(values, &mut diagnostics);
    check_plan(call, None, &written, &values, &mut diagnostics);
    let response = wire::open_ephemeral_resource::Response {
        result: Some(call.write(Some(values))?),
        private: write_private(&private),
        renew_at: renew_after.and_then(renew_at),
        ..<_>::default()
    };
    Ok((response, diagnostics))
}

pub(super) async fn renew(
    registry: &Registry,
    request: wire::renew_ephemeral_resource::Request,
) -> wire::renew_ephemeral_resource::Response {
    type Response = wire::renew_ephemeral_resource::Response;
    let registered = match registry.ephemeral_resources.get(&request.type_name) {
        Ok(registered) => registered,
        Err(diagnostics) => return refused(diagnostics, Response::default()),
    };
    let call = Call::new(registry, registered.described());
    let outcome = async {
        let private = read_private(request.private.as_deref().unwrap_or_default())?;
        let renewed = registered.item.renew(&call.context, private).await?;
        let response = Response {
            private: write_private(&renewed.private),
            renew_at: renewed.renew_after.and_then(renew_at),
            ..Response::default()
        };
        Ok((response, Diagnostics::new()))
    };
    call.answer(outcome.await, Response::default())
}

pub(super) async fn close(
    registry: &Registry,
    request: wire::close_ephemeral_resource::Request,
) -> wire::close_ephemeral_resource::Response {
    type Response = wire::close_ephemeral_resource::Response;
    let registered = match registry.ephemeral_resources.get(&request.type_name) {
        Ok(registered) => registered,
        Err(diagnostics) => return refused(diagnostics, Response::default()),
    };
    let call = Call::new(registry, registered.described());
    let outcome = async {
        let private = read_private(request.private.as_deref().unwrap_or_default())?;
        registered.item.close(&call.context, private).await?;
        Ok((Response::default(), Diagnostics::new()))
    };
    call.answer(outcome.await, Response::default())
}

fn write_private(private: &Private) -> Option<prost::bytes::Bytes> {
    Some(private.to_bytes().into())
}

/// The wire has an instant, handlers say how long.
fn renew_at(after: Duration) -> Option<prost_types::Timestamp> {
    clock::now().checked_add(after).map(Into::into)
}
