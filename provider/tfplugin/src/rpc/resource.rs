//! The calls about managed resources, planning apart.

use super::{
    call::{Call, refused},
    identity,
    registry::Registry,
    value_message::read_private,
};
use crate::{
    diagnostics::{Diagnostic, Diagnostics},
    framework::{ApplyError, Change, Create, Resource, State},
    planner,
    proto::tfplugin6 as wire,
    value::{Object, Value},
};

pub(super) async fn validate(
    registry: &Registry,
    request: wire::validate_resource_config::Request,
) -> wire::validate_resource_config::Response {
    type Response = wire::validate_resource_config::Response;
    let registered = match registry.resources.get(&request.type_name) {
        Ok(registered) => registered,
        Err(diagnostics) => return refused(diagnostics, Response::default()),
    };
    let call = Call::new(registry, registered.described());
    let write_only_allowed =
        request.client_capabilities.is_some_and(|client| client.write_only_attributes_allowed);
    let outcome = async {
        let config = call.read_some(request.config.as_ref())?;
        let mut diagnostics = planner::validate(call.schema(), &config, write_only_allowed);
        diagnostics.extend(registered.item.validate(&call.context, &config).await);
        Ok((Response::default(), diagnostics))
    };
    call.answer(outcome.await, Response::default())
}

pub(super) async fn read(
    registry: &Registry,
    request: wire::read_resource::Request,
    fallback: wire::read_resource::Response,
) -> wire::read_resource::Response {
    let registered = match registry.resources.get(&request.type_name) {
        Ok(registered) => registered,
        Err(diagnostics) => return refused(diagnostics, fallback),
    };
    let call = Call::new(registry, registered.described());
    let outcome = read_state(&call, &*registered.item, &request).await;
    call.answer(outcome, fallback)
}

async fn read_state(
    call: &Call<'_>,
    resource: &dyn Resource,
    request: &wire::read_resource::Request,
) -> Result<(wire::read_resource::Response, Diagnostics), Diagnostics> {
    let mut response = wire::read_resource::Response::default();
    let mut diagnostics = Diagnostics::new();
    let Some(current) = call.read(request.current_state.as_ref())? else {
        response.new_state = Some(call.write(None)?);
        return Ok((response, diagnostics));
    };
    let private = read_private(&request.private)?;
    let state = State { values: current.clone(), private };
    let read = resource.read(&call.context, state).await?;
    let described = call.described.identity.as_ref();
    let before = identity::read(described, request.current_identity.as_ref())?;
    let values = read.map(|mut state| {
        response.private = state.private.to_bytes().into();
        planner::keep_spelling(&call.schema().attributes, &current, &mut state.values);
        call.finish(state.values, &mut diagnostics)
    });
    let identity =
        values.as_ref().and_then(|values| identity::settle(call, resource, before, values, &mut diagnostics));
    response.new_identity = identity::write(described, identity)?;
    response.new_state = Some(call.write(values)?);
    Ok((response, diagnostics))
}

pub(super) async fn apply(
    registry: &Registry,
    request: wire::apply_resource_change::Request,
    fallback: wire::apply_resource_change::Response,
) -> wire::apply_resource_change::Response {
    let registered = match registry.resources.get(&request.type_name) {
        Ok(registered) => registered,
        Err(diagnostics) => return refused(diagnostics, fallback),
    };
    let call = Call::new(registry, registered.described());
    let outcome = apply_change(&call, &*registered.item, &request).await;
    call.answer(outcome, fallback)
}

async fn apply_change(
    call: &Call<'_>,
    resource: &dyn Resource,
    request: &wire::apply_resource_change::Request,
) -> Result<(wire::apply_resource_change::Response, Diagnostics), Diagnostics> {
    let prior = call.read(request.prior_state.as_ref())?;
    let planned = call.read(request.planned_state.as_ref())?;
    let described = call.described.identity.as_ref();
    let before = identity::read(described, request.planned_identity.as_ref())?.filter(|_| prior.is_some());
    let config = call.read(request.config.as_ref())?.unwrap_or_default();
    let private = read_private(&request.planned_private)?;
    let kept = prior.clone().map(|values| State { values, private: private.clone() });
    let applied = match (prior, planned.clone()) {
        (None, Some(planned)) => {
            resource.create(&call.context, Create { config, planned, private }).await.map(Some)
        }
        (Some(prior), Some(planned)) => {
            resource.update(&call.context, Change { prior, config, planned, private }).await.map(Some)
        }
        (Some(values), None) => {
            resource.delete(&call.context, State { values, private }).await.map(|()| None)
        }
        (None, None) => Ok(None),
    };
    let (state, mut diagnostics) = match applied {
        Ok(state) => (state, Diagnostics::new()),
        Err(error) => failed(error, kept),
    };
    let mut response = wire::apply_resource_change::Response::default();
    let values = state.map(|mut state| {
        response.private = state.private.to_bytes().into();
        finish_applied(call, planned.as_ref(), &mut state.values, &mut diagnostics);
        state.values
    });
    let identity =
        values.as_ref().and_then(|values| identity::settle(call, resource, before, values, &mut diagnostics));
    response.new_identity = identity::write(described, identity)?;
    response.new_state = Some(call.write(values)?);
    Ok((response, diagnostics))
}

/// What holds after a failure: what the handler says, else what was before.
fn failed(error: ApplyError, kept: Option<State>) -> (Option<State>, Diagnostics) {
    let ApplyError { state, mut diagnostics } = error;
    if !diagnostics.has_errors() {
        diagnostics.push(Diagnostic::error("The operation failed").detail("The provider gives no reason."));
    }
    (state.or(kept), diagnostics)
}

fn finish_applied(
    call: &Call<'_>,
    planned: Option<&Object>,
    values: &mut Object,
    diagnostics: &mut Diagnostics,
) {
    let succeeded = !diagnostics.has_errors();
    let empty = Object::new();
    planner::keep_spelling(&call.schema().attributes, planned.unwrap_or(&empty), values);
    // After a failure everything that was not reached is still unknown, which needs no further word.
    let mut unsettled = Diagnostics::new();
    *values = call.finish(std::mem::take(values), &mut unsettled);
    if succeeded {
        diagnostics.extend(unsettled);
        check_consistency(planned, values, diagnostics);
    }
}

/// Terraform checks the same, but names neither the provider's fault nor all of the places.
fn check_consistency(planned: Option<&Object>, values: &Object, diagnostics: &mut Diagnostics) {
    let Some(planned) = planned.filter(|_| cfg!(debug_assertions)) else { return };
    let (planned, values) = (Value::Object(planned.clone()), Value::Object(values.clone()));
    for path in planner::contradictions(&planned, &values) {
        let detail = format!("After apply {path} is not what was planned. This is a fault of the provider.");
        diagnostics.error(path, "Result differs from the plan", detail);
    }
}
