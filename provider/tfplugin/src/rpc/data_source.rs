//! The calls about data sources.

use super::{
    call::{Call, refused},
    registry::Registry,
};
use crate::{diagnostics::Diagnostics, planner, proto::tfplugin6 as wire};

pub(super) async fn validate(
    registry: &Registry,
    request: wire::validate_data_resource_config::Request,
) -> wire::validate_data_resource_config::Response {
    type Response = wire::validate_data_resource_config::Response;
    let registered = match registry.data_sources.get(&request.type_name) {
        Ok(registered) => registered,
        Err(diagnostics) => return refused(diagnostics, Response::default()),
    };
    let call = Call::new(registry, registered.described());
    let outcome = async {
        let config = call.read_some(request.config.as_ref())?;
        let mut diagnostics = planner::validate(call.schema(), &config, false);
        diagnostics.extend(registered.item.validate(&call.context, &config).await);
        Ok((Response::default(), diagnostics))
    };
    call.answer(outcome.await, Response::default())
}

pub(super) async fn read(
    registry: &Registry,
    request: wire::read_data_source::Request,
) -> wire::read_data_source::Response {
    type Response = wire::read_data_source::Response;
    let registered = match registry.data_sources.get(&request.type_name) {
        Ok(registered) => registered,
        Err(diagnostics) => return refused(diagnostics, Response::default()),
    };
    let call = Call::new(registry, registered.described());
    let outcome = async {
        let attributes = &call.schema().attributes;
        let mut config = call.read_some(request.config.as_ref())?;
        planner::fill_defaults(attributes, &mut config);
        let mut read = registered.item.read(&call.context, config.clone()).await?;
        planner::keep_spelling(attributes, &config, &mut read);
        let mut diagnostics = Diagnostics::new();
        let state = call.write(Some(call.finish(read, &mut diagnostics)))?;
        Ok((Response { state: Some(state), ..Response::default() }, diagnostics))
    };
    call.answer(outcome.await, Response::default())
}
