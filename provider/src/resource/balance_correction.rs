//! `esu_balance_correction`: a balance, moved once by an amount. Append only: the ledger keeps it, whatever becomes of
//! the resource.

use crate::{
    adapter::{
        incoming, key, outgoing,
        refusal::{self, Asked},
        schema, timeouts,
    },
    session::{self, Session},
};
use client::{CallOptions, Client};
use schemas::{
    endpoint::{
        ById, Endpoint, InParent, NoQuery,
        contract::Correct,
        payment::{List, PaymentQuery, Read},
    },
    error::Alias,
    registry::schema_of,
    resource::{
        balance_correction::BalanceCorrection,
        payment::{CorrectionSpec, Method, PaymentView},
    },
    tf::{self, Attribute},
};
use serde_json::Value as Json;
use std::sync::OnceLock;
use tfplugin::{
    ApplyError, Change, Context, Create, Diagnostic, Diagnostics, IdentityAttribute, IdentitySchema,
    ImportBy, Object, Path, Plan, Resource, Schema, State, Value, async_trait,
};

const NAME: &str = "esu_balance_correction";

/// What names one, for people.
const FORMS: &str = "`partner/client/reference`, `client/reference` in the provider's `partner`, and the number of the \
                     payment";

/// The attributes that are the correction's own: another value is another correction.
const OWN: [&str; 3] = ["client", "partner", "reference"];

/// The resource.
pub(crate) struct Correction {
    attributes: OnceLock<Vec<Attribute>>,
}

/// The resource.
pub(crate) fn resource() -> Correction {
    Correction { attributes: OnceLock::new() }
}

impl Correction {
    fn attributes(&self) -> &[Attribute] {
        self.attributes.get_or_init(|| {
            let mut attributes =
                vec![tf::computed("id", "/id", "Number of the payment that it is listed as.")];
            attributes.extend(tf::object_attributes(&schema_of::<BalanceCorrection>()));
            for own in attributes.iter_mut().filter(|attribute| OWN.contains(&attribute.name.as_str())) {
                own.force_new = true;
            }
            attributes.push(tf::computed("author", "/author", "Login of who corrected the balance."));
            attributes
        })
    }

    fn asked(&self, verb: &'static str) -> Asked<'_> {
        Asked { type_name: NAME, verb, attributes: self.attributes(), import_id: None }
    }

    /// The state of a payment as the API shows it. `timeouts` is the configuration's alone.
    fn state(&self, payment: &PaymentView, timeouts: &Value) -> Result<State, Diagnostics> {
        let unreadable =
            |error: serde_json::Error| Diagnostic::error("Unreadable answer").detail(error.to_string());
        let mut view = serde_json::to_value(payment).map_err(unreadable)?;
        if let Some(id) = view.get_mut("id") {
            *id = payment.id.to_string().into();
        }
        let values = incoming::object(self.attributes(), &view)?;
        Ok(State::new(values.with(timeouts::NAME, timeouts.clone())))
    }

    async fn find(
        &self,
        client: &Client,
        named: &Named,
        options: &CallOptions,
    ) -> Result<PaymentView, Diagnostics> {
        let found = match named {
            Named::Number(id) => {
                match client.call::<Read>(&ById { id: id.clone() }, &NoQuery {}, &(), options).await {
                    Err(error) if error.is_not_found() => None,
                    read => Some(read.map_err(|error| self.asked("import").failed(&error))?),
                }
            }
            Named::Reference { partner, client: code, reference } => {
                let query = PaymentQuery {
                    partner: partner.clone().or(client.partner().map(str::to_owned)),
                    client: Some(code.clone()),
                    method: Some(Method::Correction),
                    external_id: Some(reference.clone()),
                    ..PaymentQuery::default()
                };
                match client.call::<List>(&schemas::endpoint::NoPath {}, &query, &(), options).await {
                    Err(error) if refusal::is_in_no_partner(&error) => None,
                    listed => {
                        listed.map_err(|error| self.asked("import").failed(&error))?.items.into_iter().next()
                    }
                }
            }
        };
        found.filter(|payment| payment.method == Method::Correction).ok_or_else(|| {
            Diagnostic::error(format!("No {NAME} \"{named}\""))
                .detail(format!("The server has none, or the token may not see it. Accepted are {FORMS}."))
                .into()
        })
    }
}

/// What an import names.
enum Named {
    Number(String),
    Reference { partner: Option<String>, client: String, reference: String },
}

impl Named {
    /// A reference may hold any character, so it is what is left of the text.
    fn parse(text: &str) -> Option<Self> {
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Some(Self::Number(text.to_owned()));
        }
        let (first, rest) = text.split_once('/')?;
        let named = |partner: Option<&str>, client: &str, reference: &str| {
            let is_whole = !client.is_empty() && !reference.is_empty();
            is_whole.then(|| Self::Reference {
                partner: partner.map(str::to_owned),
                client: client.to_owned(),
                reference: reference.to_owned(),
            })
        };
        match rest.split_once('/') {
            Some((client, reference)) => named(Some(first), client, reference),
            None => named(None, first, rest),
        }
    }

    fn of(identity: &Object) -> Option<Self> {
        if let Some(id) = identity.str("id") {
            return Some(Self::Number(id.to_owned()));
        }
        Some(Self::Reference {
            partner: identity.str("partner").map(str::to_owned),
            client: identity.str("client")?.to_owned(),
            reference: identity.str("reference")?.to_owned(),
        })
    }
}

impl std::fmt::Display for Named {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(id) => f.write_str(id),
            Self::Reference { partner: Some(partner), client, reference } => {
                write!(f, "{partner}/{client}/{reference}")
            }
            Self::Reference { partner: None, client, reference } => write!(f, "{client}/{reference}"),
        }
    }
}

#[async_trait]
impl Resource for Correction {
    fn type_name(&self) -> &str {
        NAME
    }

    fn schema(&self) -> Schema {
        let described = schema_of::<BalanceCorrection>();
        let described = described.get("description").and_then(Json::as_str).unwrap_or_default();
        schema::schema(tf::for_users(described), self.attributes())
            .attribute(timeouts::NAME, timeouts::attribute())
    }

    fn identity_schema(&self) -> Option<IdentitySchema> {
        let named = ["id"].into_iter().chain(OWN);
        Some(named.fold(IdentitySchema::new(), |schema, name| {
            let found = self.attributes().iter().find(|attribute| attribute.name == name);
            let described = found.map(|attribute| attribute.description.clone()).unwrap_or_default();
            schema.attribute(name, IdentityAttribute::string().optional_for_import().description(described))
        }))
    }

    async fn modify_plan(&self, _context: &Context, plan: &mut Plan) -> Diagnostics {
        let Some(prior) = &plan.prior else { return Diagnostics::new() };
        if plan.requires_replace().is_empty() {
            return Diagnostics::new();
        }
        Diagnostic::warning("The ledger keeps the correction that is there")
            .detail(format!("{} It is another one that is planned beside it.", stays(prior)))
            .into()
    }

    async fn create(&self, context: &Context, create: Create) -> Result<State, ApplyError> {
        let session = context.data::<Session>()?;
        let connected = session.connected()?;
        let client = &connected.client;
        let planned = &create.planned;
        let sent = outgoing::object(
            self.attributes().iter().filter(|given| !OWN[..2].contains(&given.name.as_str())),
            planned,
        );
        let spec: CorrectionSpec = serde_json::from_value(sent.clone())
            .map_err(|error| Diagnostic::error("Unwritable correction").detail(error.to_string()))?;
        let partner = planned.str("partner").or(client.partner()).map(str::to_owned);
        let code = planned.require_str("client")?.to_owned();
        let within = format!("{}/{code}", partner.as_deref().unwrap_or_default());
        let options = CallOptions {
            idempotency_key: Some(key::idempotency_key(
                &[&connected.account, Correct::ID, &within, ""],
                &sent,
            )),
            ..session::options(context, timeouts::of(planned, "create"))
        };
        let query = InParent { partner, client: None };
        let made = client.call::<Correct>(&ById { id: code }, &query, &spec, &options).await;
        let made = made.map_err(|error| match error.body() {
            Some(body) if error.has_alias(Alias::PaymentConflict) => {
                Diagnostic::error("The reference belongs to another correction")
                    .detail(body.detail.clone().unwrap_or_default())
                    .at("reference")
                    .into()
            }
            _ => self.asked("create").failed(&error),
        })?;
        if made.reason.as_deref() != Some(spec.reason.as_str()) {
            return Err(other_reason(&made).into());
        }
        if !connected.is_first_to_create("balance_correction", &made.id.to_string()) {
            return Err(Diagnostic::error("The reference is used twice")
                .detail("Another block of your configuration is the correction with this reference.")
                .at("reference")
                .into());
        }
        Ok(self.state(&made, planned.get(timeouts::NAME))?)
    }

    async fn read(&self, context: &Context, state: State) -> Result<Option<State>, Diagnostics> {
        let session = context.data::<Session>()?;
        let options = session::options(context, timeouts::of(&state.values, "read"));
        let path = ById { id: state.values.require_str("id")?.to_owned() };
        let read = session.connected()?.client.call::<Read>(&path, &NoQuery {}, &(), &options).await;
        match read {
            Ok(payment) => Ok(Some(self.state(&payment, state.values.get(timeouts::NAME))?)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(self.asked("read").failed(&error)),
        }
    }

    async fn update(&self, _context: &Context, change: Change) -> Result<State, ApplyError> {
        // Nothing of it can change but how long its operations may take.
        let mut values = change.prior;
        values.set(timeouts::NAME, change.planned.get(timeouts::NAME).clone());
        Ok(State::new(values))
    }

    async fn delete(&self, context: &Context, state: State) -> Result<(), ApplyError> {
        context.warn(Diagnostic::warning("The ledger keeps the correction").detail(format!(
            "{} It is in the state no longer. To take it back, correct the balance by the amount turned round, \
             under a reference of its own.",
            stays(&state.values)
        )));
        Ok(())
    }

    async fn import(&self, context: &Context, by: ImportBy) -> Result<State, Diagnostics> {
        let session = context.data::<Session>()?;
        let client = &session.connected()?.client;
        let (named, given) = match &by {
            ImportBy::Id(text) => (Named::parse(text), text.clone()),
            ImportBy::Identity(identity) => (Named::of(identity), String::new()),
        };
        let named = named.ok_or_else(|| {
            Diagnostic::error(format!("\"{given}\" names no {NAME}")).detail(format!("Accepted are {FORMS}."))
        })?;
        let found = self.find(client, &named, &session::options(context, None)).await?;
        self.state(&found, &Value::Null)
    }
}

/// That a correction stays in its balance.
fn stays(values: &Object) -> String {
    let text = |name: &str| values.str(name).unwrap_or_default().to_owned();
    format!(
        "The correction \"{}\" stays in the balance of the client \"{}\".",
        text("reference"),
        text("client")
    )
}

fn other_reason(made: &PaymentView) -> Diagnostic {
    Diagnostic::error("The correction is there with another reason")
        .detail(format!(
            "{} wrote it before, and it never changes. If it is the one that you mean, give its reason: {}",
            made.author,
            made.reason.as_deref().unwrap_or_default()
        ))
        .at(Path::from("reason"))
}

#[cfg(test)]
mod tests {
    use super::Named;

    #[test]
    fn a_reference_may_hold_anything() {
        let parsed = |text: &str| Named::parse(text).map(|named| named.to_string());
        for text in ["demo/acme/2022/17", "acme/bonus", "42"] {
            assert_eq!(parsed(text).as_deref(), Some(text));
        }
        assert!(
            matches!(Named::parse("demo/acme/2022/17"), Some(Named::Reference { reference, .. }) if reference == "2022/17")
        );
        for text in ["", "bonus", "/x", "acme/", "demo//x"] {
            assert_eq!(parsed(text), None, "{text}");
        }
    }
}
