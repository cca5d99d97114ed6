//! `esu_plan_impact`: what past days would have cost under other prices.

use super::asked::{answer, read};
use crate::adapter::{outgoing, schema};
use schemas::{
    endpoint::plan_impact::{PlanImpactQuery, Read},
    registry::{resource_info, schema_of},
    resource::tariff_plan::TariffPlan,
    tf,
};
use tfplugin::{Context, DataSource, Diagnostics, Object, Schema, async_trait};

const NAME: &str = "esu_plan_impact";

/// The data source.
pub(crate) struct PlanImpact;

/// What the configuration says: the query, its prices as a plan has them.
fn asked() -> Vec<tf::Attribute> {
    let mut attributes = tf::object_attributes(&schema_of::<PlanImpactQuery>());
    let plan = tf::resource_attributes(&resource_info::<TariffPlan>());
    let prices = plan.into_iter().find(|attribute| attribute.name == "services").map(|prices| prices.field);
    for services in attributes.iter_mut().filter(|attribute| attribute.name == "services") {
        if let Some(prices) = &prices {
            services.field = prices.clone();
            without_defaults(&mut services.field);
        }
        "The prices to try, as `services` of `esu_tariff_plan`: all that the plan would have."
            .clone_into(&mut services.description);
    }
    attributes
}

/// What a data source is not told stays null: the server's defaults hold.
fn without_defaults(field: &mut tf::Field) {
    match &mut field.kind {
        tf::Type::Map(element, _) | tf::Type::List(element) | tf::Type::Set(element) => {
            without_defaults(element)
        }
        tf::Type::Object(attributes) => {
            for attribute in attributes {
                attribute.default = None;
                attribute.computed = false;
                without_defaults(&mut attribute.field);
            }
        }
        tf::Type::String | tf::Type::Number | tf::Type::Bool => {}
    }
}

#[async_trait]
impl DataSource for PlanImpact {
    fn type_name(&self) -> &str {
        NAME
    }

    fn schema(&self) -> Schema {
        let description = "Tells what past days would have cost, client by client, if a tariff plan had had other prices \
                           from its beginning. Nothing is changed.";
        schema::schema(description, &[asked(), answer::<Read>()].concat())
    }

    async fn read(&self, context: &Context, config: Object) -> Result<Object, Diagnostics> {
        read::<Read>(context, NAME, config, query).await
    }
}

/// The query that the configuration says.
fn query(config: &Object, partner: Option<&str>) -> Result<PlanImpactQuery, Diagnostics> {
    let services = asked().into_iter().find(|attribute| attribute.name == "services");
    let services = services.and_then(|prices| outgoing::value(&prices.field, config.get("services")));
    Ok(PlanImpactQuery {
        tariff_plan: config.require_str("tariff_plan")?.to_owned(),
        partner: config.str("partner").or(partner).map(str::to_owned),
        from: config.require_str("from")?.to_owned(),
        to: config.require_str("to")?.to_owned(),
        services: services.unwrap_or_default().to_string(),
        limit: config.integer("limit"),
    })
}
