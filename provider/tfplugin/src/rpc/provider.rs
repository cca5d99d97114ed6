//! The provider's own calls: its schemas and its configuration.

use super::{
    call::Call,
    registered::Described,
    registry::Registry,
    schema_message::{write_config_schema, write_schema, write_signature},
};
use crate::{diagnostics::Diagnostics, planner, proto::tfplugin6 as wire, value::Object};

pub(super) fn schemas(registry: &Registry) -> wire::get_provider_schema::Response {
    let whole = |(name, it): (&String, &Described)| (name.clone(), write_schema(&it.schema));
    let configured = |(name, it): (&String, &Described)| (name.clone(), write_config_schema(&it.schema));
    let action = |named| {
        let (name, schema) = configured(named);
        (name, wire::ActionSchema { schema: Some(schema) })
    };
    wire::get_provider_schema::Response {
        provider: Some(write_schema(&registry.described().schema)),
        resource_schemas: registry.resources.described().map(whole).collect(),
        data_source_schemas: registry.data_sources.described().map(whole).collect(),
        ephemeral_resource_schemas: registry.ephemeral_resources.described().map(whole).collect(),
        list_resource_schemas: registry.list_resources.described().map(configured).collect(),
        action_schemas: registry.actions.described().map(action).collect(),
        functions: functions(registry).functions,
        server_capabilities: Some(CAPABILITIES),
        ..wire::get_provider_schema::Response::default()
    }
}

const CAPABILITIES: wire::ServerCapabilities = wire::ServerCapabilities {
    plan_destroy: true,
    get_provider_schema_optional: true,
    move_resource_state: true,
    generate_resource_config: true,
};

pub(super) fn metadata(registry: &Registry) -> wire::get_metadata::Response {
    use wire::get_metadata::{
        ActionMetadata, DataSourceMetadata, EphemeralMetadata, FunctionMetadata, ListResourceMetadata,
        ResourceMetadata, Response,
    };
    let name = String::clone;
    Response {
        server_capabilities: Some(CAPABILITIES),
        resources: registry.resources.names().map(|it| ResourceMetadata { type_name: name(it) }).collect(),
        data_sources: registry
            .data_sources
            .names()
            .map(|it| DataSourceMetadata { type_name: name(it) })
            .collect(),
        ephemeral_resources: registry
            .ephemeral_resources
            .names()
            .map(|it| EphemeralMetadata { type_name: name(it) })
            .collect(),
        list_resources: registry
            .list_resources
            .names()
            .map(|it| ListResourceMetadata { type_name: name(it) })
            .collect(),
        actions: registry.actions.names().map(|it| ActionMetadata { type_name: name(it) }).collect(),
        functions: registry.functions.names().map(|it| FunctionMetadata { name: name(it) }).collect(),
        ..Response::default()
    }
}

pub(super) fn functions(registry: &Registry) -> wire::get_functions::Response {
    let functions = registry.functions.described();
    wire::get_functions::Response {
        functions: functions.map(|(name, it)| (name.clone(), write_signature(it))).collect(),
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
        let mut diagnostics = planner::validate(call.schema(), &config, true);
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
    let mut call = Call::new(registry, registry.described());
    call.context = call.context.with_terraform_version(request.terraform_version);
    let outcome = async {
        let mut config: Object = call.read(request.config.as_ref())?.unwrap_or_default();
        planner::fill_defaults(&call.schema().attributes, &mut config);
        registry.set_data(registry.provider.configure(&call.context, &config).await?);
        Ok((Response::default(), Diagnostics::new()))
    };
    call.answer(outcome.await, Response::default())
}
