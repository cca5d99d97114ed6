//! `esu_services`: what a tariff plan prices.

use crate::{
    adapter::{incoming, refusal::Asked, schema},
    session::{self, Session},
};
use schemas::{
    endpoint::{NoPath, NoQuery, Page, service},
    registry::schema_of,
    tf,
};
use tfplugin::{Context, DataSource, Diagnostics, Object, Schema, async_trait};

/// The data source.
pub(crate) struct Services;

/// The list of services, as an answer holds it.
fn attributes() -> Vec<tf::Attribute> {
    let mut attributes = tf::answer_attributes(&schema_of::<Page<service::ServiceView>>());
    attributes.retain(|attribute| attribute.api_name == "items");
    for attribute in &mut attributes {
        "services".clone_into(&mut attribute.name);
        "The services, by id.".clone_into(&mut attribute.description);
    }
    attributes
}

#[async_trait]
impl DataSource for Services {
    fn type_name(&self) -> &str {
        "esu_services"
    }

    fn schema(&self) -> Schema {
        schema::schema(
            "Lists the services that a tariff plan prices: their ids are the keys of `services` in `esu_tariff_plan`.",
            &attributes(),
        )
    }

    async fn read(&self, context: &Context, _config: Object) -> Result<Object, Diagnostics> {
        let session = context.data::<Session>()?;
        let client = &session.connected()?.client;
        let options = session::options(context, None);
        let asked = Asked { type_name: "esu_services", verb: "read", attributes: &[], import_id: None };
        let page = client.call::<service::List>(&NoPath {}, &NoQuery {}, &(), &options).await;
        let page = serde_json::to_value(page.map_err(|error| asked.failed(&error))?);
        Ok(incoming::object(&attributes(), &page.unwrap_or_default())?)
    }
}
