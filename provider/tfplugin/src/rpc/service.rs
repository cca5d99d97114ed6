//! The generated service, answered.

use std::sync::Arc;

use tonic::{Request, Response, Status, codegen::BoxStream};

use super::{
    Registry, action, answer::answer, data_source, ephemeral, function, identity, import, list, plan,
    provider, resource, stored, stream, trace::Rpc,
};
use crate::proto::tfplugin6 as wire;

type Reply<T> = Result<Response<T>, Status>;

/// The protocol's service for one provider.
#[derive(Clone)]
pub(crate) struct Service {
    registry: Arc<Registry>,
}

impl Service {
    pub(crate) fn new(registry: Arc<Registry>) -> Self {
        Self { registry }
    }
}

#[tonic::async_trait]
impl wire::provider_server::Provider for Service {
    async fn get_metadata(
        &self,
        _: Request<wire::get_metadata::Request>,
    ) -> Reply<wire::get_metadata::Response> {
        answer(Rpc::new("GetMetadata"), <_>::default(), async { provider::metadata(&self.registry) }).await
    }

    async fn get_provider_schema(
        &self,
        _: Request<wire::get_provider_schema::Request>,
    ) -> Reply<wire::get_provider_schema::Response> {
        answer(Rpc::new("GetProviderSchema"), <_>::default(), async { provider::schemas(&self.registry) })
            .await
    }

    async fn get_resource_identity_schemas(
        &self,
        _: Request<wire::get_resource_identity_schemas::Request>,
    ) -> Reply<wire::get_resource_identity_schemas::Response> {
        answer(Rpc::new("GetResourceIdentitySchemas"), <_>::default(), async {
            identity::schemas(&self.registry)
        })
        .await
    }

    async fn get_functions(
        &self,
        _: Request<wire::get_functions::Request>,
    ) -> Reply<wire::get_functions::Response> {
        answer(Rpc::new("GetFunctions"), <_>::default(), async { provider::functions(&self.registry) }).await
    }

    async fn validate_provider_config(
        &self,
        request: Request<wire::validate_provider_config::Request>,
    ) -> Reply<wire::validate_provider_config::Response> {
        let request = request.into_inner();
        let rpc = Rpc::new("ValidateProviderConfig");
        answer(rpc, <_>::default(), provider::validate(&self.registry, request)).await
    }

    async fn configure_provider(
        &self,
        request: Request<wire::configure_provider::Request>,
    ) -> Reply<wire::configure_provider::Response> {
        let request = request.into_inner();
        let rpc = Rpc::new("ConfigureProvider");
        answer(rpc, <_>::default(), provider::configure(&self.registry, request)).await
    }

    async fn validate_resource_config(
        &self,
        request: Request<wire::validate_resource_config::Request>,
    ) -> Reply<wire::validate_resource_config::Response> {
        let request = request.into_inner();
        let rpc = Rpc::about("ValidateResourceConfig", &request.type_name);
        answer(rpc, <_>::default(), resource::validate(&self.registry, request)).await
    }

    async fn upgrade_resource_state(
        &self,
        request: Request<wire::upgrade_resource_state::Request>,
    ) -> Reply<wire::upgrade_resource_state::Response> {
        let request = request.into_inner();
        let rpc = Rpc::about("UpgradeResourceState", &request.type_name);
        answer(rpc, <_>::default(), stored::upgrade(&self.registry, request)).await
    }

    async fn upgrade_resource_identity(
        &self,
        request: Request<wire::upgrade_resource_identity::Request>,
    ) -> Reply<wire::upgrade_resource_identity::Response> {
        let request = request.into_inner();
        let rpc = Rpc::about("UpgradeResourceIdentity", &request.type_name);
        answer(rpc, <_>::default(), identity::upgrade(&self.registry, request)).await
    }

    async fn read_resource(
        &self,
        request: Request<wire::read_resource::Request>,
    ) -> Reply<wire::read_resource::Response> {
        let request = request.into_inner();
        let unchanged = wire::read_resource::Response {
            new_state: request.current_state.clone(),
            private: request.private.clone(),
            new_identity: request.current_identity.clone(),
            ..<_>::default()
        };
        let rpc = Rpc::about("ReadResource", &request.type_name);
        answer(rpc, unchanged.clone(), resource::read(&self.registry, request, unchanged)).await
    }

    async fn plan_resource_change(
        &self,
        request: Request<wire::plan_resource_change::Request>,
    ) -> Reply<wire::plan_resource_change::Response> {
        let request = request.into_inner();
        let rpc = Rpc::about("PlanResourceChange", &request.type_name);
        answer(rpc, <_>::default(), plan::plan(&self.registry, request)).await
    }

    async fn apply_resource_change(
        &self,
        request: Request<wire::apply_resource_change::Request>,
    ) -> Reply<wire::apply_resource_change::Response> {
        let request = request.into_inner();
        let unchanged = wire::apply_resource_change::Response {
            new_state: request.prior_state.clone(),
            private: request.planned_private.clone(),
            new_identity: request.planned_identity.clone(),
            ..<_>::default()
        };
        let rpc = Rpc::about("ApplyResourceChange", &request.type_name);
        answer(rpc, unchanged.clone(), resource::apply(&self.registry, request, unchanged)).await
    }

    async fn import_resource_state(
        &self,
        request: Request<wire::import_resource_state::Request>,
    ) -> Reply<wire::import_resource_state::Response> {
        let request = request.into_inner();
        let rpc = Rpc::about("ImportResourceState", &request.type_name);
        answer(rpc, <_>::default(), import::import(&self.registry, request)).await
    }

    async fn move_resource_state(
        &self,
        request: Request<wire::move_resource_state::Request>,
    ) -> Reply<wire::move_resource_state::Response> {
        let request = request.into_inner();
        let rpc = Rpc::about("MoveResourceState", &request.target_type_name);
        answer(rpc, <_>::default(), stored::move_state(&self.registry, request)).await
    }

    async fn generate_resource_config(
        &self,
        request: Request<wire::generate_resource_config::Request>,
    ) -> Reply<wire::generate_resource_config::Response> {
        let request = request.into_inner();
        let rpc = Rpc::about("GenerateResourceConfig", &request.type_name);
        answer(rpc, <_>::default(), async { import::generate(&self.registry, &request) }).await
    }

    async fn validate_data_resource_config(
        &self,
        request: Request<wire::validate_data_resource_config::Request>,
    ) -> Reply<wire::validate_data_resource_config::Response> {
        let request = request.into_inner();
        let rpc = Rpc::about("ValidateDataResourceConfig", &request.type_name);
        answer(rpc, <_>::default(), data_source::validate(&self.registry, request)).await
    }

    async fn read_data_source(
        &self,
        request: Request<wire::read_data_source::Request>,
    ) -> Reply<wire::read_data_source::Response> {
        let request = request.into_inner();
        let rpc = Rpc::about("ReadDataSource", &request.type_name);
        answer(rpc, <_>::default(), data_source::read(&self.registry, request)).await
    }

    async fn validate_ephemeral_resource_config(
        &self,
        request: Request<wire::validate_ephemeral_resource_config::Request>,
    ) -> Reply<wire::validate_ephemeral_resource_config::Response> {
        let request = request.into_inner();
        let rpc = Rpc::about("ValidateEphemeralResourceConfig", &request.type_name);
        answer(rpc, <_>::default(), ephemeral::validate(&self.registry, request)).await
    }

    async fn open_ephemeral_resource(
        &self,
        request: Request<wire::open_ephemeral_resource::Request>,
    ) -> Reply<wire::open_ephemeral_resource::Response> {
        let request = request.into_inner();
        let rpc = Rpc::about("OpenEphemeralResource", &request.type_name);
        answer(rpc, <_>::default(), ephemeral::open(&self.registry, request)).await
    }

    async fn renew_ephemeral_resource(
        &self,
        request: Request<wire::renew_ephemeral_resource::Request>,
    ) -> Reply<wire::renew_ephemeral_resource::Response> {
        let request = request.into_inner();
        let rpc = Rpc::about("RenewEphemeralResource", &request.type_name);
        answer(rpc, <_>::default(), ephemeral::renew(&self.registry, request)).await
    }

    async fn close_ephemeral_resource(
        &self,
        request: Request<wire::close_ephemeral_resource::Request>,
    ) -> Reply<wire::close_ephemeral_resource::Response> {
        let request = request.into_inner();
        let rpc = Rpc::about("CloseEphemeralResource", &request.type_name);
        answer(rpc, <_>::default(), ephemeral::close(&self.registry, request)).await
    }

    async fn validate_list_resource_config(
        &self,
        request: Request<wire::validate_list_resource_config::Request>,
    ) -> Reply<wire::validate_list_resource_config::Response> {
        let request = request.into_inner();
        let rpc = Rpc::about("ValidateListResourceConfig", &request.type_name);
        answer(rpc, <_>::default(), list::validate(&self.registry, request)).await
    }

    async fn validate_action_config(
        &self,
        request: Request<wire::validate_action_config::Request>,
    ) -> Reply<wire::validate_action_config::Response> {
        let request = request.into_inner();
        let rpc = Rpc::about("ValidateActionConfig", &request.type_name);
        answer(rpc, <_>::default(), action::validate(&self.registry, request)).await
    }

    async fn plan_action(
        &self,
        request: Request<wire::plan_action::Request>,
    ) -> Reply<wire::plan_action::Response> {
        let request = request.into_inner();
        let rpc = Rpc::about("PlanAction", &request.action_type);
        answer(rpc, <_>::default(), action::plan(&self.registry, request)).await
    }

    async fn list_resource(
        &self,
        request: Request<wire::list_resource::Request>,
    ) -> Reply<BoxStream<wire::list_resource::Event>> {
        let request = request.into_inner();
        let rpc = Rpc::about("ListResource", &request.type_name);
        Ok(stream::events(rpc, Arc::clone(&self.registry), list::Listing(request)))
    }

    async fn invoke_action(
        &self,
        request: Request<wire::invoke_action::Request>,
    ) -> Reply<BoxStream<wire::invoke_action::Event>> {
        let request = request.into_inner();
        let rpc = Rpc::about("InvokeAction", &request.action_type);
        Ok(stream::events(rpc, Arc::clone(&self.registry), action::Invocation(request)))
    }

    async fn call_function(
        &self,
        request: Request<wire::call_function::Request>,
    ) -> Reply<wire::call_function::Response> {
        let request = request.into_inner();
        let span = Rpc::about("CallFunction", &request.name).span().clone();
        let call = function::call(&self.registry, request);
        Ok(Response::new(tracing::Instrument::instrument(call, span).await))
    }

    async fn stop_provider(
        &self,
        _: Request<wire::stop_provider::Request>,
    ) -> Reply<wire::stop_provider::Response> {
        Rpc::new("StopProvider").answered(&[]);
        self.registry.stop();
        Ok(Response::new(wire::stop_provider::Response::default()))
    }
}
