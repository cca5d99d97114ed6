//! `esu_balance`: how much money a client has, or owes.

use crate::{
    adapter::{
        incoming,
        refusal::{self, Asked},
        schema,
    },
    session::{self, Session},
};
use schemas::{
    endpoint::{ById, InParent, contract::Read},
    registry::schema_of,
    resource::contract::ContractView,
    tf,
};
use tfplugin::{Attribute, Context, DataSource, Diagnostics, Object, Schema, async_trait};

const NAME: &str = "esu_balance";

/// What of a contract is about its money.
const SHOWN: [&str; 8] = [
    "balance",
    "booked_to",
    "parked_reason",
    "state",
    "state_since",
    "state_cause",
    "exhausts_at",
    "suspends_at",
];

/// The data source.
pub(crate) struct Balance;

/// What is told, beside whose it is.
fn answer() -> Vec<tf::Attribute> {
    let mut attributes = tf::answer_attributes(&schema_of::<ContractView>());
    attributes.retain(|attribute| SHOWN.contains(&attribute.name.as_str()));
    attributes.push(tf::computed("contract_id", "/id", "Id of the contract."));
    attributes
}

#[async_trait]
impl DataSource for Balance {
    fn type_name(&self) -> &str {
        NAME
    }

    fn schema(&self) -> Schema {
        let description = "Tells the balance of a client's contract: what came in, less what was used up to now, booked or \
                           not, and how the contract stands for it. It moves all the time, so it is in no resource.";
        let client = "Code of the client, or `partner/client`, or the client's id.";
        let partner = "Code of the partner whose client it is; without it, the provider's `partner`.";
        schema::schema(description, &answer())
            .attribute("client", Attribute::string().required().description(client))
            .attribute("partner", Attribute::string().description(partner))
    }

    async fn read(&self, context: &Context, config: Object) -> Result<Object, Diagnostics> {
        let session = context.data::<Session>()?;
        let client = &session.connected()?.client;
        let asked = Asked { type_name: NAME, verb: "read", attributes: &[], import_id: None };
        let (partner, code) = super::named_client(&config, client);
        let query = InParent { partner, client: None };
        let read =
            client.call::<Read>(&ById { id: code }, &query, &(), &session::options(context, None)).await;
        let shown = read.map_err(|error| {
            let is_nobody = error.is_not_found() || refusal::is_in_no_partner(&error);
            if is_nobody { super::no_client(&config).into() } else { asked.failed(&error) }
        })?;
        let mut values = config;
        for (name, value) in incoming::object(&answer(), &serde_json::to_value(shown).unwrap_or_default())? {
            values.set(name, value);
        }
        Ok(values)
    }
}
