//! The provider: its block in the configuration, and the first word with the server.

use crate::{
    action,
    adapter::refusal,
    data_source, ephemeral, function, resource,
    session::{self, Connected, Session},
    settings,
};
use client::{CallOptions, Client, ClientError, Config};
use schemas::endpoint::{NoPath, NoQuery, account};
use std::sync::Arc;
use tfplugin::{
    ActionHandler, Context, DataSource, Diagnostic, Diagnostics, EphemeralResource, Function, ListResource,
    Object, Provider, ProviderData, Resource, Schema, async_trait,
};

/// How often the first request is repeated at most: a wrong endpoint is told soon, a restart is survived.
const FIRST_RETRIES: u32 = 2;

/// The provider.
#[derive(Clone, Copy, Debug, Default)]
pub struct Esu;

#[async_trait]
impl Provider for Esu {
    fn address(&self) -> &str {
        "registry.terraform.io/esu/esu"
    }

    fn schema(&self) -> Schema {
        settings::schema()
    }

    fn resources(&self) -> Vec<Arc<dyn Resource>> {
        resource::all()
    }

    fn data_sources(&self) -> Vec<Arc<dyn DataSource>> {
        data_source::all()
    }

    fn list_resources(&self) -> Vec<Arc<dyn ListResource>> {
        resource::lists()
    }

    fn actions(&self) -> Vec<Arc<dyn ActionHandler>> {
        action::all()
    }

    fn functions(&self) -> Vec<Arc<dyn Function>> {
        function::all()
    }

    fn ephemeral_resources(&self) -> Vec<Arc<dyn EphemeralResource>> {
        ephemeral::all()
    }

    async fn finish(&self, context: &Context) {
        if let Ok(session) = context.data::<Session>()
            && let Ok(connected) = session.connected()
        {
            connected.finish().await;
        }
    }

    async fn configure(&self, context: &Context, config: &Object) -> Result<ProviderData, Diagnostics> {
        let unknown = settings::unknown(config);
        if !unknown.is_empty() {
            return Ok(ProviderData::new(Session::NotYet(unknown)));
        }
        let environment = |name: &str| std::env::var(name).ok();
        let connected =
            connect(context, settings::read(config, environment, context.terraform_version())?).await?;
        Ok(ProviderData::new(Session::Connected(Box::new(connected))))
    }
}

/// Tries endpoint and token, so that a wrong one is told once, where it was given.
async fn connect(context: &Context, config: Config) -> Result<Connected, Diagnostics> {
    let options = CallOptions {
        max_retries: Some(config.max_retries.min(FIRST_RETRIES)),
        ..session::options(context, None)
    };
    let client = Client::new(config).map_err(|error| {
        let name = error.setting.name();
        Diagnostic::error(format!("{name} cannot be used")).detail(format!("{}.", error.reason)).at(name)
    })?;
    let me = client.call::<account::Me>(&NoPath {}, &NoQuery {}, &(), &options).await;
    match me {
        Ok(account) => Ok(Connected::new(client, account.id.to_string())),
        Err(error) => Err(refused(&client, &error).into()),
    }
}

fn refused(client: &Client, error: &ClientError) -> Diagnostic {
    let summary = match error {
        ClientError::Unauthorized { .. } => "The token is not accepted".to_owned(),
        ClientError::Unreachable { .. } | ClientError::Timeout { .. } => {
            format!("ESU cannot be reached at {}", client.endpoint())
        }
        ClientError::Malformed { .. }
        | ClientError::Redirected { .. }
        | ClientError::Status { status: 404, .. } => {
            format!("{} is not an ESU server", client.endpoint())
        }
        _ => format!("ESU at {} does not serve this token", client.endpoint()),
    };
    let detail = match error.body() {
        Some(body) => refusal::words(error, body),
        None => refusal::hint(error),
    };
    let token = matches!(error, ClientError::Unauthorized { .. } | ClientError::Status { status: 403, .. });
    let place = if token { "token" } else { "endpoint" };
    Diagnostic::error(summary).detail(detail).at(place)
}
