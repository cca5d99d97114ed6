//! `esu_balance_correction`: a balance, moved once by an amount. Append only: the ledger keeps it, whatever becomes of
//! the resource.

use crate::{
    adapter::{incoming, key, outgoing, refusal::Asked, schema, timeouts},
    session::{self, Session},
};
use client::{CallOptions, Client};
use schemas::{
    endpoint::{
        ById, Endpoint, InParent, NoPath, NoQuery,
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

    /// The attributes that are sent; client and partner name the contract.
    fn sent(&self) -> impl Iterator<Item = &Attribute> {
        self.attributes().iter().filter(|given| !["client", "partner"].contains(&given.name.as_str()))
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

    /// The correction that is named, if there is one.
    async fn find(
        &self,
        client: &Client,
        named: &Named,
        options: &CallOptions,
    ) -> Result<Option<PaymentView>, Diagnostics> {
        let found = match named {
            Named::Number(id) => {
                client.call::<Read>(&ById { id: id.clone() }, &NoQuery {}, &(), options).await.map(Some)
            }
            Named::Reference { partner, client: code, reference } => {
                let query = PaymentQuery {
                    partner: partner.clone().or(client.partner().map(str::to_owned)),
                    client: Some(code.clone()),
                    method: Some(Method::Correction),
                    external_id: Some(reference.clone()),
                    ..PaymentQuery::default()
                };
                let listed = client.call::<List>(&NoPath {}, &query, &(), options).await;
                listed.map(|page| page.items.into_iter().next())
            }
        };
        match found {
            Ok(found) => Ok(found.filter(|payment| payment.method == Method::Correction)),
            // Who is named is not there, or not to be seen.
            Err(error) if matches!(error.status(), Some(400 | 404)) => Ok(None),
            Err(error) => Err(self.asked("import").failed(&error)),
        }
    }
}

/// What an import names.
enum Named {
    Number(String),
    Reference { partner: Option<String>, client: String, reference: String },
}

impl Named {
    /// What a text may name, the likeliest first. A reference may hold any character, slashes too.
    fn parse(text: &str) -> Vec<Self> {
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return vec![Self::Number(text.to_owned())];
        }
        let named = |partner: Option<&str>, rest: &str| {
            let (client, reference) = rest.split_once('/')?;
            let is_whole = !client.is_empty() && !reference.is_empty() && partner != Some("");
            is_whole.then(|| Self::Reference {
                partner: partner.map(str::to_owned),
                client: client.to_owned(),
                reference: reference.to_owned(),
            })
        };
        let whole = text.split_once('/').and_then(|(partner, rest)| named(Some(partner), rest));
        whole.into_iter().chain(named(None, text)).collect()
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
        let sent = outgoing::object(self.sent(), planned);
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
            ImportBy::Identity(identity) => (Named::of(identity).into_iter().collect(), String::new()),
        };
        let options = session::options(context, None);
        for named in &named {
            if let Some(found) = self.find(client, named, &options).await? {
                return self.state(&found, &Value::Null);
            }
        }
        let given = named.first().map_or(given, ToString::to_string);
        Err(Diagnostic::error(format!("No {NAME} \"{given}\""))
            .detail(format!("The server has none, or the token may not see it. Accepted are {FORMS}."))
            .into())
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
        let parsed = |text: &str| -> Vec<String> {
            Named::parse(text)
                .iter()
                .map(|named| match named {
                    Named::Number(id) => id.clone(),
                    Named::Reference { partner, client, reference } => {
                        format!("{} | {client} | {reference}", partner.as_deref().unwrap_or_default())
                    }
                })
                .collect()
        };
        assert_eq!(parsed("42"), ["42"]);
        assert_eq!(parsed("acme/bonus"), [" | acme | bonus"]);
        assert_eq!(parsed("demo/acme/2022/17"), ["demo | acme | 2022/17", " | demo | acme/2022/17"]);
        for text in ["", "bonus", "/x", "acme/"] {
            assert!(parsed(text).is_empty(), "{text}");
        }
    }
}
