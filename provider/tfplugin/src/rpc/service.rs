//! The generated service, answered.

use std::sync::Arc;

use tonic::{Request, Response, Status};

use super::{Registry, answer::answer, data_source, function, plan, provider, resource};
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
    async fn get_provider_schema(
        &self,
        _: Request<wire::get_provider_schema::Request>,
    ) -> Reply<wire::get_provider_schema::Response> {
        answer(<_>::default(), async { provider::schemas(&self.registry) }).await
    }

    async fn get_functions(
        &self,
        _: Request<wire::get_functions::Request>,
    ) -> Reply<wire::get_functions::Response> {
        answer(<_>::default(), async { provider::functions(&self.registry) }).await
    }

    async fn validate_provider_config(
        &self,
        request: Request<wire::validate_provider_config::Request>,
    ) -> Reply<wire::validate_provider_config::Response> {
        answer(<_>::default(), provider::validate(&self.registry, request.into_inner())).await
    }

    async fn configure_provider(
        &self,
        request: Request<wire::configure_provider::Request>,
    ) -> Reply<wire::configure_provider::Response> {
        answer(<_>::default(), provider::configure(&self.registry, request.into_inner())).await
    }

    async fn validate_resource_config(
        &self,
        request: Request<wire::validate_resource_config::Request>,
    ) -> Reply<wire::validate_resource_config::Response> {
        answer(<_>::default(), resource::validate(&self.registry, request.into_inner())).await
    }

    async fn upgrade_resource_state(
        &self,
        request: Request<wire::upgrade_resource_state::Request>,
    ) -> Reply<wire::upgrade_resource_state::Response> {
        let request = request.into_inner();
        answer(<_>::default(), async { resource::upgrade(&self.registry, &request) }).await
    }

    async fn read_resource(
        &self,
        request: Request<wire::read_resource::Request>,
    ) -> Reply<wire::read_resource::Response> {
        let request = request.into_inner();
        let unchanged = wire::read_resource::Response {
            new_state: request.current_state.clone(),
            private: request.private.clone(),
            ..<_>::default()
        };
        answer(unchanged.clone(), resource::read(&self.registry, request, unchanged)).await
    }

    async fn plan_resource_change(
        &self,
        request: Request<wire::plan_resource_change::Request>,
    ) -> Reply<wire::plan_resource_change::Response> {
        answer(<_>::default(), plan::plan(&self.registry, request.into_inner())).await
    }

    async fn apply_resource_change(
        &self,
        request: Request<wire::apply_resource_change::Request>,
    ) -> Reply<wire::apply_resource_change::Response> {
        let request = request.into_inner();
        let unchanged = wire::apply_resource_change::Response {
            new_state: request.prior_state.clone(),
            private: request.planned_private.clone(),
            ..<_>::default()
        };
        answer(unchanged.clone(), resource::apply(&self.registry, request, unchanged)).await
    }

    async fn import_resource_state(
        &self,
        request: Request<wire::import_resource_state::Request>,
    ) -> Reply<wire::import_resource_state::Response> {
        answer(<_>::default(), resource::import(&self.registry, request.into_inner())).await
    }

    async fn validate_data_resource_config(
        &self,
        request: Request<wire::validate_data_resource_config::Request>,
    ) -> Reply<wire::validate_data_resource_config::Response> {
        answer(<_>::default(), data_source::validate(&self.registry, request.into_inner())).await
    }

    async fn read_data_source(
        &self,
        request: Request<wire::read_data_source::Request>,
    ) -> Reply<wire::read_data_source::Response> {
        answer(<_>::default(), data_source::read(&self.registry, request.into_inner())).await
    }

    async fn call_function(
        &self,
        request: Request<wire::call_function::Request>,
    ) -> Reply<wire::call_function::Response> {
        Ok(Response::new(function::call(&self.registry, request.into_inner()).await))
    }

    async fn stop_provider(
        &self,
        _: Request<wire::stop_provider::Request>,
    ) -> Reply<wire::stop_provider::Response> {
        self.registry.stop();
        Ok(Response::new(wire::stop_provider::Response::default()))
    }
}
