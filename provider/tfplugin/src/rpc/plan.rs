//! Planning: the generic planner, then the resource's own word.

use super::{
    call::{Call, check_plan, refused},
    identity,
    registry::Registry,
    value_message::{read_private, write_path},
};
use crate::{
    diagnostics::Diagnostics,
    framework::{Action, Plan, Resource},
    planner,
    proto::tfplugin6 as wire,
    value::Object,
};

type Request = wire::plan_resource_change::Request;
type Response = wire::plan_resource_change::Response;

pub(super) async fn plan(registry: &Registry, request: Request) -> Response {
    let registered = match registry.resources.get(&request.type_name) {
        Ok(registered) => registered,
        Err(diagnostics) => return refused(diagnostics, Response::default()),
    };
    let call = Call::new(registry, registered.described());
    let outcome = plan_change(&call, &*registered.item, &request).await;
    call.answer(outcome, Response::default())
}

async fn plan_change(
    call: &Call<'_>,
    resource: &dyn Resource,
    request: &Request,
) -> Result<(Response, Diagnostics), Diagnostics> {
    let prior = call.read(request.prior_state.as_ref())?;
    let described = call.described.identity.as_ref();
    let identity = identity::read(described, request.prior_identity.as_ref())?.filter(|_| prior.is_some());
    // A plan that is made again before apply goes on from what the first one remembered.
    let remembered =
        if request.planned_private.is_empty() { &request.prior_private } else { &request.planned_private };
    let private = read_private(remembered)?;
    let deletes = call.read(request.proposed_new_state.as_ref())?.is_none();
    let (mut plan, mut diagnostics) = if deletes {
        let (config, planned) = (Object::new(), Object::new());
        let action = Action::Delete;
        (Plan { prior, config, planned, private, action, requires_replace: Vec::new() }, Diagnostics::new())
    } else {
        let config = call.read_some(request.config.as_ref())?;
        planner::plan(call.schema(), prior, config, private)
    };
    diagnostics.extend(resource.modify_plan(&call.context, &mut plan).await);
    let planned = (!deletes).then(|| {
        planner::clear_write_only(&call.schema().attributes, &mut plan.planned);
        check_plan(call, plan.prior.as_ref(), &plan.config, &plan.planned, &mut diagnostics);
        plan.planned
    });
    let ty = &call.described.ty;
    let response = Response {
        planned_state: Some(call.write(planned)?),
        requires_replace: plan.requires_replace.iter().map(|path| write_path(path, ty)).collect(),
        planned_private: plan.private.to_bytes().into(),
        planned_identity: identity::write(described, identity)?,
        ..Response::default()
    };
    Ok((response, diagnostics))
}
