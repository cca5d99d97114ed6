//! `esu_effective_limits`: what limits come to, whose they are, and how much of them is used.

use crate::{
    adapter::{
        incoming,
        refusal::{self, Asked},
        schema,
    },
    session::{self, Session},
};
use schemas::{
    endpoint::{
        NoPath,
        effective_limits::{EffectiveLimitsQuery, Read},
    },
    registry::schema_of,
    resource::effective_limits::EffectiveLimitsView,
    tf,
};
use tfplugin::{Attribute, Context, DataSource, Diagnostic, Diagnostics, Object, Schema, async_trait};

const NAME: &str = "esu_effective_limits";

/// The data source.
pub(crate) struct EffectiveLimits;

/// What is told, beside whose limits they are.
fn answer() -> Vec<tf::Attribute> {
    let mut attributes = tf::answer_attributes(&schema_of::<EffectiveLimitsView>());
    attributes.retain(|attribute| attribute.name == "limits");
    attributes
}

#[async_trait]
impl DataSource for EffectiveLimits {
    fn type_name(&self) -> &str {
        NAME
    }

    fn schema(&self) -> Schema {
        let description = "Tells what limits hold for a client, or for all clients of a partner together: of the client's \
                           own and its partner's the one that leaves less, whose it is, and how much of it is used.";
        let client = "Code of the client, or its id; without it, the partner's own limits are told.";
        let partner = "Code of the partner; without it, the provider's `partner`.";
        schema::schema(description, &answer())
            .attribute("client", Attribute::string().description(client))
            .attribute("partner", Attribute::string().description(partner))
    }

    async fn read(&self, context: &Context, config: Object) -> Result<Object, Diagnostics> {
        let session = context.data::<Session>()?;
        let client = &session.connected()?.client;
        let asked = Asked { type_name: NAME, verb: "read", attributes: &[], import_id: None };
        let query = EffectiveLimitsQuery {
            client: config.str("client").map(str::to_owned),
            partner: config.str("partner").or(client.partner()).map(str::to_owned),
        };
        let read = client.call::<Read>(&NoPath {}, &query, &(), &session::options(context, None)).await;
        let told = read.map_err(|error| {
            let is_nobody = error.is_not_found() || refusal::is_in_no_partner(&error);
            if is_nobody { nobody(&config) } else { asked.failed(&error) }
        })?;
        let told = serde_json::to_value(told).unwrap_or_default();
        let mut values = config;
        for (name, value) in incoming::object(&answer(), &told)? {
            values.set(name, value);
        }
        Ok(values)
    }
}

fn nobody(config: &Object) -> Diagnostics {
    let (noun, code) = match (config.str("client"), config.str("partner")) {
        (Some(client), _) => ("client", client),
        (None, partner) => ("partner", partner.unwrap_or_default()),
    };
    Diagnostic::error(format!("No {noun} \"{code}\""))
        .detail("The server has none, or the token may not see it.")
        .at(noun)
        .into()
}
