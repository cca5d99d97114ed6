//! The plugin runtime's services: control, health, and two channels that stay silent.

use futures::{StreamExt, stream};
use tokio_util::sync::CancellationToken;
use tonic::{
    Request, Response, Status, Streaming,
    codegen::BoxStream,
    transport::{Server, server::Router},
};

use crate::proto::{
    health::{
        HealthCheckRequest, HealthCheckResponse,
        health_check_response::ServingStatus,
        health_server::{Health, HealthServer},
    },
    plugin::{
        ConnInfo, Empty, StdioData,
        grpc_broker_server::{GrpcBroker, GrpcBrokerServer},
        grpc_controller_server::{GrpcController, GrpcControllerServer},
        grpc_stdio_server::{GrpcStdio, GrpcStdioServer},
    },
};

/// The name under which the host asks for the plugin's health.
const HEALTH_NAME: &str = "plugin";

/// Adds the runtime's services to a server that ends with `end`.
pub(super) fn add_services(mut server: Server, end: &CancellationToken) -> Router {
    let control = Control { end: end.clone() };
    server = server
        .initial_stream_window_size(super::WINDOW_BYTES)
        .initial_connection_window_size(super::WINDOW_BYTES);
    server
        .add_service(GrpcControllerServer::new(control.clone()))
        .add_service(GrpcStdioServer::new(control.clone()))
        .add_service(GrpcBrokerServer::new(control.clone()))
        .add_service(HealthServer::new(control))
}

#[derive(Clone)]
struct Control {
    end: CancellationToken,
}

impl Control {
    /// A stream without items that lasts as long as the server.
    fn silence<T: Send + 'static>(&self) -> Response<BoxStream<T>> {
        let end = self.end.clone().cancelled_owned();
        Response::new(Box::pin(stream::pending().take_until(end)))
    }
}

#[tonic::async_trait]
impl GrpcController for Control {
    async fn shutdown(&self, _: Request<Empty>) -> Result<Response<Empty>, Status> {
        self.end.cancel();
        Ok(Response::new(Empty {}))
    }
}

#[tonic::async_trait]
impl GrpcStdio for Control {
    /// The host reads the process's own output streams; nothing goes this way.
    async fn stream_stdio(&self, _: Request<()>) -> Result<Response<BoxStream<StdioData>>, Status> {
        Ok(self.silence())
    }
}

#[tonic::async_trait]
impl GrpcBroker for Control {
    /// The host offers further connections here; the protocol needs none.
    async fn start_stream(
        &self,
        _: Request<Streaming<ConnInfo>>,
    ) -> Result<Response<BoxStream<ConnInfo>>, Status> {
        Ok(self.silence())
    }
}

fn health(request: &HealthCheckRequest) -> Result<HealthCheckResponse, Status> {
    if request.service.is_empty() || request.service == HEALTH_NAME {
        Ok(HealthCheckResponse { status: ServingStatus::Serving.into() })
    } else {
        Err(Status::not_found("there is no such service"))
    }
}

#[tonic::async_trait]
impl Health for Control {
    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        health(request.get_ref()).map(Response::new)
    }

    async fn watch(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<BoxStream<HealthCheckResponse>>, Status> {
        let serving = health(request.get_ref())?;
        let end = self.end.clone().cancelled_owned();
        let statuses = stream::once(async move { Ok(serving) }).chain(stream::pending()).take_until(end);
        Ok(Response::new(Box::pin(statuses)))
    }
}
