//! `esu_user_token`: a token of a user, revoked when Terraform needs it no more.

use super::Kind;
use crate::{
    adapter::refusal::Asked,
    session::{self, Session},
};
use schemas::{
    endpoint::{ById, NoQuery, token::Create},
    resource::token::TokenSpec,
};
use tfplugin::{
    Attribute, Context, Diagnostics, EphemeralResource, Object, Opened, Private, Schema, Value, async_trait,
};

const NAME: &str = "esu_user_token";

/// The ephemeral resource.
pub(crate) struct UserToken;

#[async_trait]
impl EphemeralResource for UserToken {
    fn type_name(&self) -> &str {
        NAME
    }

    fn schema(&self) -> Schema {
        let description = "A token of a user, for another provider or a write-only argument. It is made when Terraform \
                           needs it and revoked when it does not any more, in a plan as in an apply; neither plan nor \
                           state has it.";
        Schema::new(description)
            .attribute(
                "user",
                Attribute::string().default("me").description(
                    "Login of the user, or its id; without it, the account that the provider's token belongs to. A \
                     user may do no more than who makes a token for it.",
                ),
            )
            .attribute(
                "label",
                Attribute::string()
                    .default("Terraform")
                    .description("What the token is for, as the list of tokens shows it."),
            )
            .attribute("valid_for", super::valid_for())
            .attribute("id", Attribute::string().computed().description("Number of the token."))
            .attribute("token", Attribute::string().computed().sensitive().description("The token."))
            .attribute(
                "expires_at",
                Attribute::string().computed().description("From when on it is refused in any case."),
            )
    }

    async fn open(&self, context: &Context, config: Object) -> Result<Opened, Diagnostics> {
        let session = context.data::<Session>()?;
        let connected = session.connected()?;
        let client = &connected.client;
        let asked = Asked { type_name: NAME, verb: "open", attributes: &[], import_id: None };
        let user = config.require_str("user")?.to_owned();
        let body = TokenSpec {
            label: config.require_str("label")?.to_owned(),
            valid_for: super::span(config.str("valid_for")),
        };
        let options = session::options(context, None);
        let made = client.call::<Create>(&ById { id: user.clone() }, &NoQuery {}, &body, &options).await;
        let made = made.map_err(|error| asked.failed(&error))?;
        let mut values = config;
        values.set("id", Value::from(made.view.id.to_string()));
        values.set("token", Value::from(made.token.0));
        let ends = made.view.expires_at.map_or(Value::Null, |at| Value::from(at.to_string()));
        values.set("expires_at", ends);
        Ok(Opened::new(values).with_private(super::opened(connected, Kind::Token, &user, made.view.id)))
    }

    async fn close(&self, context: &Context, private: Private) -> Result<(), Diagnostics> {
        let asked = Asked { type_name: NAME, verb: "close", attributes: &[], import_id: None };
        super::close(context, Kind::Token, &asked, &private).await
    }
}
