//! `esu_quote`: what a configuration costs, known while planning.

use crate::{
    adapter::{
        incoming, outgoing,
        refusal::{self, Asked},
        schema,
    },
    session::{self, Session},
};
use schemas::{
    endpoint::{
        NoPath,
        quote::{QuoteQuery, Read},
    },
    registry::schema_of,
    resource::quote::QuoteView,
    service::CATALOGUE,
    tf,
};
use serde_json::{Value as Json, json};
use tfplugin::{Context, DataSource, Diagnostic, Diagnostics, Object, Schema, async_trait};

const NAME: &str = "esu_quote";

/// The data source.
pub(crate) struct Quote;

/// What the configuration says: the query, its quantities as a map.
fn asked() -> Vec<tf::Attribute> {
    let mut attributes = tf::object_attributes(&schema_of::<QuoteQuery>());
    for quantities in attributes.iter_mut().filter(|attribute| attribute.name == "quantities") {
        let number = tf::field(&json!({ "type": "number" }));
        let services = CATALOGUE.iter().map(|row| row.id.to_owned()).collect();
        quantities.field = tf::Field {
            kind: tf::Type::Map(Box::new(number), services),
            ..tf::field(&json!({ "type": "object" }))
        };
        "Quantities of services in pieces or GB by id of the service, such as `{ public_ip = 2 }`."
            .clone_into(&mut quantities.description);
    }
    attributes
}

fn answer() -> Vec<tf::Attribute> {
    tf::answer_attributes(&schema_of::<QuoteView>())
}

#[async_trait]
impl DataSource for Quote {
    fn type_name(&self) -> &str {
        NAME
    }

    fn schema(&self) -> Schema {
        let description = "Tells what a configuration costs by the hour, the day, the month and the year under a tariff \
                           plan: machines, quantities of services, or both; without either, what the client has now. \
                           It is what is then charged. A month is 365/12 days.";
        schema::schema(description, &[asked(), answer()].concat())
    }

    async fn read(&self, context: &Context, config: Object) -> Result<Object, Diagnostics> {
        let session = context.data::<Session>()?;
        let client = &session.connected()?.client;
        let asked_for = Asked { type_name: NAME, verb: "read", attributes: &[], import_id: None };
        let query = query(&config, client.partner())?;
        let read = client.call::<Read>(&NoPath {}, &query, &(), &session::options(context, None)).await;
        let told = read.map_err(|error| {
            let is_nobody = error.is_not_found() || refusal::is_in_no_partner(&error);
            if is_nobody { nothing(&config) } else { asked_for.failed(&error) }
        })?;
        let mut values = config;
        for (name, value) in incoming::object(&answer(), &serde_json::to_value(told).unwrap_or_default())? {
            values.set(name, value);
        }
        Ok(values)
    }
}

/// The query that the configuration says.
fn query(config: &Object, partner: Option<&str>) -> Result<QuoteQuery, Diagnostics> {
    let mut body = outgoing::object(&asked(), config);
    let fields = body.as_object_mut().into_iter().flat_map(|fields| fields.iter_mut());
    for (_, value) in fields {
        let text = match &*value {
            Json::Object(quantities) => {
                let parts: Vec<String> =
                    quantities.iter().map(|(service, quantity)| format!("{service}:{quantity}")).collect();
                parts.join(",")
            }
            Json::String(text) => text.clone(),
            other => other.to_string(),
        };
        *value = Json::String(text);
    }
    let mut query: QuoteQuery = serde_json::from_value(body)
        .map_err(|error| Diagnostic::error("Invalid value").detail(format!("{error}.")))?;
    query.partner = query.partner.or_else(|| partner.map(str::to_owned));
    Ok(query)
}

fn nothing(config: &Object) -> Diagnostics {
    let noun = if config.str("tariff_plan").is_some() { "tariff_plan" } else { "client" };
    let code = config.str(noun).unwrap_or_default();
    Diagnostic::error(format!("No {} \"{code}\"", noun.replace('_', " ")))
        .detail("The server has none, or the token may not see it. Codes are looked up in `partner`, or the provider's.")
        .at(noun)
        .into()
}
