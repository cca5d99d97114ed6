//! The provider's own calls: its schemas and its configuration.

use super::{
    call::Call,
    registry::Registry,
    schema_message::{write_schema, write_signature},
};
use crate::{diagnostics::Diagnostics, planner, proto::tfplugin6 as wire, value::Object};

pub(super) fn schemas(registry: &Registry) -> wire::get_provider_schema::Response {
    let resources = registry.resources.iter();
    let data_sources = registry.data_sources.iter();
    wire::get_provider_schema::Response {
        provider: Some(write_schema(&registry.described().schema)),
        resource_schemas: resources
            .map(|(name, it)| (name.clone(), write_schema(&it.described().schema)))
            .collect(),
        data_source_schemas: data_sources
            .map(|(name, it)| (name.clone(), write_schema(&it.described().schema)))
            .collect(),
        functions: functions(registry).functions,
        server_capabilities: Some(wire::ServerCapabilities {
            plan_destroy: true,
            get_provider_schema_optional: true,
            ..wire::ServerCapabilities::default()
        }),
        ..wire::get_provider_schema::Response::default()
    }
}

pub(super) fn functions(registry: &Registry) -> wire::get_functions::Response {
    let functions = registry.functions.iter();
    wire::get_functions::Response {
        functions: functions.map(|(name, it)| (name.clone(), write_signature(it.signature()))).collect(),
        diagnostics: Vec::new(),
    }
}

pub(super) async fn validate(
    registry: &Registry,
    request: wire::validate_provider_config::Request,
) -> wire::validate_provider_config::Response {
    type Response = wire::validate_provider_config::Response;
    let call = Call::new(registry, registry.described());
    let outcome = async {
        let config = call.read(request.config.as_ref())?.unwrap_or_default();
        let mut diagnostics = planner::validate(&call.schema().attributes, &config, true);
        diagnostics.extend(registry.provider.validate(&call.context, &config).await);
        Ok((Response::default(), diagnostics))
    };
    call.answer(outcome.await, Response::default())
}

pub(super) async fn configure(
    registry: &Registry,
    request: wire::configure_provider::Request,
) -> wire::configure_provider::Response {
    type Response = wire::configure_provider::Response;
    let call = Call::new(registry, registry.described());
    let outcome = async {
        let mut config: Object = call.read(request.config.as_ref())?.unwrap_or_default();
        planner::fill_defaults(&call.schema().attributes, &mut config);
        registry.set_data(registry.provider.configure(&call.context, &config).await?);
        Ok((Response::default(), Diagnostics::new()))
    };
    call.answer(outcome.await, Response::default())
}
