//! `esu_login_session`: a session begun by a password, ended when Terraform needs it no more.

use super::Kind;
use crate::{
    adapter::refusal::Asked,
    session::{self, Session},
};
use schemas::{
    endpoint::{NoPath, NoQuery, login_session::Create},
    resource::{Secret, login_session::LoginSpec},
};
use tfplugin::{
    Attribute, Context, Diagnostics, EphemeralResource, Object, Opened, Private, Schema, Value, async_trait,
};

const NAME: &str = "esu_login_session";

/// The ephemeral resource.
pub(crate) struct LoginSession;

#[async_trait]
impl EphemeralResource for LoginSession {
    fn type_name(&self) -> &str {
        NAME
    }

    fn schema(&self) -> Schema {
        let description = "A login session of a user, begun by its password. It is begun when Terraform needs it and \
                           ended when it does not any more; neither plan nor state has it. The provider's own account \
                           must be the user, or manage it, to end it.";
        Schema::new(description)
            .attribute("login", Attribute::string().required().description("Login of the user."))
            .attribute("password", Attribute::string().required().sensitive().description("Its password."))
            .attribute("valid_for", super::valid_for())
            .attribute("id", Attribute::string().computed().description("Number of the session."))
            .attribute(
                "token",
                Attribute::string().computed().sensitive().description("The token of the session."),
            )
            .attribute(
                "expires_at",
                Attribute::string().computed().description("When the session ends in any case."),
            )
    }

    async fn open(&self, context: &Context, config: Object) -> Result<Opened, Diagnostics> {
        let session = context.data::<Session>()?;
        let connected = session.connected()?;
        let client = &connected.client;
        let asked = Asked { type_name: NAME, verb: "open", attributes: &[], import_id: None };
        let login = config.require_str("login")?.to_owned();
        let body = LoginSpec {
            login: login.clone(),
            password: Secret(config.require_str("password")?.to_owned()),
            valid_for: super::span(config.str("valid_for")),
        };
        let begun =
            client.call::<Create>(&NoPath {}, &NoQuery {}, &body, &session::options(context, None)).await;
        let begun = begun.map_err(|error| asked.failed(&error))?;
        let mut values = config;
        values.set("id", Value::from(begun.view.id.to_string()));
        values.set("token", Value::from(begun.token.0));
        let ends = begun.view.expires_at.map_or(Value::Null, |at| Value::from(at.to_string()));
        values.set("expires_at", ends);
        Ok(Opened::new(values).with_private(super::opened(
            connected,
            Kind::LoginSession,
            &login,
            begun.view.id,
        )))
    }

    async fn close(&self, context: &Context, private: Private) -> Result<(), Diagnostics> {
        let asked = Asked { type_name: NAME, verb: "close", attributes: &[], import_id: None };
        super::close(context, Kind::LoginSession, &asked, &private).await
    }
}
