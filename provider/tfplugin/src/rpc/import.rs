//! Imports, and the configuration of what was imported.

use super::{
    call::{Call, refused},
    identity,
    registry::Registry,
};
use crate::{
    diagnostics::{Diagnostic, Diagnostics},
    framework::{ImportBy, Resource},
    planner,
    proto::tfplugin6 as wire,
};

pub(super) async fn import(
    registry: &Registry,
    request: wire::import_resource_state::Request,
) -> wire::import_resource_state::Response {
    type Response = wire::import_resource_state::Response;
    let registered = match registry.resources.get(&request.type_name) {
        Ok(registered) => registered,
        Err(diagnostics) => return refused(diagnostics, Response::default()),
    };
    let call = Call::new(registry, registered.described());
    let outcome = import_state(&call, &*registered.item, request).await;
    call.answer(outcome, Response::default())
}

async fn import_state(
    call: &Call<'_>,
    resource: &dyn Resource,
    request: wire::import_resource_state::Request,
) -> Result<(wire::import_resource_state::Response, Diagnostics), Diagnostics> {
    use wire::import_resource_state::{ImportedResource, Response};
    let described = call.described.identity.as_ref();
    let given = identity::read(described, request.identity.as_ref())?;
    let by = match (&given, described) {
        (Some(identity), Some(described)) => {
            if let Some(lacking) = described.schema.lacking(identity).next() {
                return Err(Diagnostic::error("Incomplete identity")
                    .detail(format!("The identity needs {lacking}."))
                    .into());
            }
            ImportBy::Identity(identity.clone())
        }
        _ => ImportBy::Id(request.id),
    };
    let state = resource.import(&call.context, by).await?;
    let mut diagnostics = Diagnostics::new();
    let values = call.finish(state.values, &mut diagnostics);
    // An import may give no more than what the reading that follows needs: it completes the identity.
    let mut incomplete = Diagnostics::new();
    let identity = identity::settle(call, resource, given, &values, &mut incomplete);
    let imported = ImportedResource {
        type_name: request.type_name,
        state: Some(call.write(Some(values))?),
        private: state.private.to_bytes().into(),
        identity: identity::write(described, identity)?,
    };
    Ok((Response { imported_resources: vec![imported], ..Response::default() }, diagnostics))
}

pub(super) fn generate(
    registry: &Registry,
    request: &wire::generate_resource_config::Request,
) -> wire::generate_resource_config::Response {
    type Response = wire::generate_resource_config::Response;
    let registered = match registry.resources.get(&request.type_name) {
        Ok(registered) => registered,
        Err(diagnostics) => return refused(diagnostics, Response::default()),
    };
    let call = Call::new(registry, registered.described());
    let generated = || {
        let state = call.read_some(request.state.as_ref())?;
        let config = planner::configuration_of(&call.schema().attributes, &state);
        Ok((Response { config: Some(call.write(Some(config))?), ..Response::default() }, Diagnostics::new()))
    };
    call.answer(generated(), Response::default())
}
