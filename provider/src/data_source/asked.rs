//! What a configuration asks and the API answers at once, such as a quote: asked in one call, nothing looked up.

use crate::{
    adapter::{
        incoming,
        refusal::{self, Asked},
    },
    session::{self, Session},
};
use schemas::{
    endpoint::{Endpoint, NoPath},
    registry::schema_of,
    tf,
};
use tfplugin::{Context, Diagnostic, Diagnostics, Object};

/// The attributes of an endpoint's answer.
pub(super) fn answer<E: Endpoint>() -> Vec<tf::Attribute> {
    tf::answer_attributes(&schema_of::<E::Answer>())
}

/// Asks the API, and adds what it answers to the configuration. The query is made of the configuration and the provider's
/// `partner`.
pub(super) async fn read<E: Endpoint<Path = NoPath, Body = ()>>(
    context: &Context,
    type_name: &str,
    config: Object,
    query: impl FnOnce(&Object, Option<&str>) -> Result<E::Query, Diagnostics>,
) -> Result<Object, Diagnostics> {
    let session = context.data::<Session>()?;
    let client = &session.connected()?.client;
    let asked = Asked { type_name, verb: "read", attributes: &[], import_id: None };
    let query = query(&config, client.partner())?;
    let read = client.call::<E>(&NoPath {}, &query, &(), &session::options(context, None)).await;
    let told = read.map_err(|error| {
        let is_nobody = error.is_not_found() || refusal::is_in_no_partner(&error);
        if is_nobody { nothing(&config) } else { asked.failed(&error) }
    })?;
    let mut values = config;
    for (name, value) in incoming::object(&answer::<E>(), &serde_json::to_value(told).unwrap_or_default())? {
        values.set(name, value);
    }
    Ok(values)
}

/// What is asked about is not there: a tariff plan, or without one a client.
fn nothing(config: &Object) -> Diagnostics {
    let noun = if config.str("tariff_plan").is_some() { "tariff_plan" } else { "client" };
    let code = config.str(noun).unwrap_or_default();
    Diagnostic::error(format!("No {} \"{code}\"", noun.replace('_', " ")))
        .detail("The server has none, or the token may not see it. Codes are looked up in `partner`, or the provider's.")
        .at(noun)
        .into()
}
