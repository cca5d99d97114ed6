//! `esu_consumption`: what a client's contract cost, day by day.

use super::{named_client, no_client};
use crate::{
    adapter::{
        incoming, outgoing,
        refusal::{self, Asked},
        schema,
    },
    session::{self, Session},
};
use client::{CallOptions, Client, ClientError};
use jiff::civil::Date;
use schemas::{
    endpoint::{
        ById, InParent,
        contract::{self, ReportQuery},
    },
    registry::schema_of,
    resource::report::ReportView,
    tf,
};
use tfplugin::{Attribute, Context, DataSource, Diagnostic, Diagnostics, Object, Schema, Value, async_trait};

const NAME: &str = "esu_consumption";
/// How many days lie between the first and the last day of a report at most.
const LONGEST: i32 = 366;

/// The data source.
pub(crate) struct Consumption;

fn answer() -> Vec<tf::Attribute> {
    tf::answer_attributes(&schema_of::<ReportView>())
}

fn date(value: &Value) -> Result<(), String> {
    match value.as_str().map(day) {
        Some(None) => Err("is not a day; write it like 2021-12-20".to_owned()),
        _ => Ok(()),
    }
}

/// What the API is asked: which days, and how they are put together.
fn parts() -> Vec<tf::Attribute> {
    tf::object_attributes(&schema_of::<ReportQuery>())
}

fn query(config: &Object) -> Result<ReportQuery, Diagnostic> {
    let query = serde_json::from_value(outgoing::object(&parts(), config));
    query.map_err(|error| Diagnostic::error("Invalid value").detail(error.to_string()))
}

fn day(text: &str) -> Option<Date> {
    // The parser takes times of day as well.
    if text.len() == 10 { text.parse().ok() } else { None }
}

#[async_trait]
impl DataSource for Consumption {
    fn type_name(&self) -> &str {
        NAME
    }

    fn schema(&self) -> Schema {
        let description = "Reports what was consumed under a client's contract, by day, week, month or year in the \
                           contract's time zone, with totals by date, object or service. Days that are not closed \
                           yet may still change.";
        let client = "Code of the client, or `partner/client`, or the client's id.";
        let partner = "Code of the partner whose client it is; without it, the provider's `partner`.";
        let attributes = [answer(), parts()].concat();
        schema::schema(description, &attributes)
            .attribute("client", Attribute::string().required().description(client))
            .attribute("partner", Attribute::string().description(partner))
            .attribute(
                "from",
                Attribute::string().required().validate(date).description("First day, such as `2021-12-20`."),
            )
            .attribute(
                "to",
                Attribute::string()
                    .required()
                    .validate(date)
                    .description("Last day, included; at most 366 days after the first."),
            )
            .attribute("contract_id", Attribute::string().computed().description("Id of the contract."))
    }

    async fn validate(&self, _context: &Context, config: &Object) -> Diagnostics {
        let days = (config.str("from").and_then(day), config.str("to").and_then(day));
        let (Some(from), Some(to)) = days else { return Diagnostics::new() };
        let message = match to.since(from).map(|span| span.get_days()) {
            Ok(between) if between < 0 => "to is before from.",
            Ok(between) if between > LONGEST => "to is more than 366 days after from.",
            _ => return Diagnostics::new(),
        };
        Diagnostic::error("Invalid value").detail(message).at("to").into()
    }

    async fn read(&self, context: &Context, config: Object) -> Result<Object, Diagnostics> {
        let session = context.data::<Session>()?;
        let client = &session.connected()?.client;
        let options = session::options(context, None);
        let asked = Asked { type_name: NAME, verb: "read", attributes: &[], import_id: None };
        let contract = contract_id(client, &config, &options).await.map_err(|error| {
            let is_nobody = error.is_not_found() || refusal::is_in_no_partner(&error);
            if is_nobody { no_client(&config).into() } else { asked.failed(&error) }
        })?;
        let path = ById { id: contract.clone() };
        let query = query(&config)?;
        let report = client.call::<contract::Report>(&path, &query, &(), &options).await;
        let report = serde_json::to_value(report.map_err(|error| asked.failed(&error))?);
        let mut values = config;
        values.set("contract_id", contract);
        for (name, value) in incoming::object(&answer(), &report.unwrap_or_default())? {
            values.set(name, value);
        }
        Ok(values)
    }
}

/// The contract of the client that the configuration names.
async fn contract_id(client: &Client, config: &Object, options: &CallOptions) -> Result<String, ClientError> {
    let (partner, code) = named_client(config, client);
    let query = InParent { partner, client: None };
    let read = client.call::<contract::Read>(&ById { id: code }, &query, &(), options).await?;
    Ok(read.contract.id.to_string())
}
