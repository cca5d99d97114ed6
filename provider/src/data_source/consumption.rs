//! `esu_consumption`: what a client's contract cost, day by day.

use crate::{
    adapter::{
        incoming,
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
        let description = "Reports what was consumed under a client's contract, day by day, in the days of the \
                           contract's time zone. Days that are not over yet may still change.";
        let client = "Code of the client, or `partner/client`, or the client's id.";
        let partner = "Code of the partner whose client it is; without it, the provider's `partner`.";
        schema::schema(description, &answer())
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
            if is_nobody { no_client(&config) } else { asked.failed(&error) }
        })?;
        let path = ById { id: contract.clone() };
        let query = ReportQuery {
            from: config.require_str("from")?.to_owned(),
            to: config.require_str("to")?.to_owned(),
        };
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
    let named = config.str("client").unwrap_or_default();
    let (partner, code) = match named.split_once('/') {
        Some((partner, code)) => (Some(partner), code),
        None => (config.str("partner").or(client.partner()), named),
    };
    let path = ById { id: code.to_owned() };
    let query = InParent { partner: partner.map(str::to_owned), client: None };
    let read = client.call::<contract::Read>(&path, &query, &(), options).await?;
    Ok(read.contract.id.to_string())
}

fn no_client(config: &Object) -> Diagnostics {
    let named = config.str("client").unwrap_or_default();
    Diagnostic::error(format!("No client \"{named}\""))
        .detail(
            "The server has none, or the token may not see it. Accepted are the client's code in the provider's \
             `partner` or in the attribute `partner`, and `partner/client`.",
        )
        .at("client")
        .into()
}
