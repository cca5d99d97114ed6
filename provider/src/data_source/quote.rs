//! `esu_quote`: what a configuration costs, known while planning.

use super::asked::{answer, read};
use crate::adapter::{outgoing, schema};
use schemas::{
    endpoint::quote::{QuoteQuery, Read},
    registry::schema_of,
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

#[async_trait]
impl DataSource for Quote {
    fn type_name(&self) -> &str {
        NAME
    }

    fn schema(&self) -> Schema {
        let description = "Tells what a configuration costs by the hour, the day, the month and the year under a tariff \
                           plan: machines, quantities of services, or both; without either, what the client has now. \
                           A promotion that is for the machines is in it. It is what is then charged. A month is \
                           365/12 days.";
        schema::schema(description, &[asked(), answer::<Read>()].concat())
    }

    async fn read(&self, context: &Context, config: Object) -> Result<Object, Diagnostics> {
        read::<Read>(context, NAME, config, query).await
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
