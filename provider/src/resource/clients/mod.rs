//! `esu_clients`: many clients of a partner in one resource.
//!
//! Terraform's own cost grows with the number of instances, not with what one of them holds: ten thousand clients are
//! one instance here. They are created all or nothing, since a creation that fails with a state is tainted, and its
//! replacement would delete everyone. Later changes go client by client and keep what was done.

mod changes;
mod form;
mod pass;
mod told;

use crate::{
    adapter::{incoming, key, noun::Noun, outgoing, schema, timeouts, version},
    session::{self, Connected, Session},
    table,
};
use client::CallOptions;
use form::{Form, TABLE, complete};
use pass::Found;
use schemas::{
    endpoint::clients::Create as CreateMany,
    registry::{endpoint_info, resource_info},
    resource::client::Client,
    tf::Attribute,
};
use serde_json::{Map, Value as Json, json};
use std::{collections::BTreeMap, sync::OnceLock};
use tfplugin::{
    Action, ApplyError, Attribute as Made, Change, Context, Create, Diagnostics, ImportBy, Nesting, Object,
    Plan, Private, Resource, Schema, State, Value, async_trait,
};
use uuid::Uuid;

/// The attribute that holds the clients by code.
const CLIENTS: &str = "clients";

/// Under which name the versions of clients that were edited are remembered, by code.
const VERSIONS: &str = "versions";

/// Under which name the keys of creations are remembered until their clients were read from a state.
const CREATED: &str = "created";

/// The resource.
pub(crate) struct Clients {
    noun: Noun,
    elements: OnceLock<Vec<Attribute>>,
}

/// The resource.
pub(crate) fn resource() -> Clients {
    Clients { noun: Noun::new(resource_info::<Client>()), elements: OnceLock::new() }
}

/// Clients by code, as a state holds them.
type Elements = BTreeMap<String, Value>;

impl Clients {
    /// A client's attributes; its code is the key, its partner that of them all.
    fn elements(&self) -> &[Attribute] {
        self.elements.get_or_init(|| {
            let mut elements = self.noun.attributes().to_vec();
            elements.retain(|attribute| !self.noun.info.key.contains(&attribute.name.as_str()));
            elements
        })
    }

    fn element(&self, view: &Json) -> Result<Value, Diagnostics> {
        Ok(Value::Object(incoming::object(self.elements(), view)?))
    }

    /// The body that creates one, without its partner.
    fn line(&self, code: &str, element: &Object) -> Json {
        let mut line = outgoing::object(self.elements(), element);
        if let Some(fields) = line.as_object_mut() {
            fields.insert("code".to_owned(), code.into());
        }
        line
    }

    /// Creates all of them, or none.
    async fn create_all(
        &self,
        connected: &Connected,
        partner: &str,
        (form, planned): (Form, &Elements),
        lines: Vec<Json>,
        options: &CallOptions,
    ) -> Result<Vec<Json>, Diagnostics> {
        if lines.is_empty() {
            return Ok(Vec::new());
        }
        let endpoint = endpoint_info::<CreateMany>();
        let sent = connected.client.send_lines(&endpoint, &json!({ "id": partner }), lines, options).await;
        let answer = sent.map_err(|error| told::not_created(self, form, planned, &error))?;
        let receipts = answer.body.as_array().cloned().unwrap_or_default();
        let text = |receipt: &Json, name: &str| {
            receipt.get(name).and_then(Json::as_str).unwrap_or_default().to_owned()
        };
        let is_first =
            |receipt: &Json| connected.is_first_to_create(self.noun.info.noun, &text(receipt, "id"));
        let is_changed =
            |receipt: &Json| receipt.get(version::NAME).and_then(Json::as_i64) != Some(version::FIRST);
        // Taken in any case: an equal set of the same configuration is told by all of its clients.
        let others: Vec<&Json> = receipts.iter().filter(|receipt| !is_first(receipt)).collect();
        let changed = receipts.iter().filter(|receipt| answer.replayed && is_changed(receipt));
        let foreign: Vec<String> =
            others.into_iter().chain(changed).map(|receipt| text(receipt, "code")).collect();
        if foreign.is_empty() { Ok(receipts) } else { Err(told::not_ours(form, partner, &foreign)) }
    }

    /// The clients that were found, and the versions of those that were edited.
    fn found(&self, found: Found) -> Result<(Elements, Map<String, Json>), Diagnostics> {
        let (mut clients, mut versions) = (Elements::new(), Map::new());
        for (code, view) in found.views {
            clients.insert(code.clone(), self.element(&view)?);
            versions.extend(version::to_remember(&view).map(|version| (code, version)));
        }
        Ok((clients, versions))
    }

    /// Makes the clients what is planned, as far as that is possible.
    async fn change(
        &self,
        context: &Context,
        change: &Change,
        operation: &str,
        clients: (Form, &Elements, &Elements),
    ) -> Result<changes::Outcome, Diagnostics> {
        let session = context.data::<Session>()?;
        let connected = session.connected()?;
        let options = session::options(context, timeouts::of(&change.planned, operation));
        let partner = change.prior.require_str("partner")?;
        Ok(changes::apply(self, connected, partner, clients, &change.private, &options).await)
    }
}

#[async_trait]
impl Resource for Clients {
    fn type_name(&self) -> &str {
        "esu_clients"
    }

    fn schema(&self) -> Schema {
        let nested = self.elements().iter().map(|source| (source.name.clone(), schema::attribute(source)));
        let partner = self.noun.attributes().iter().find(|attribute| attribute.name == "partner");
        let partner = partner.map(|attribute| attribute.description.clone()).unwrap_or_default();
        Schema::new(
            "Many clients of a partner in one resource, for thousands of them: it plans and applies far faster than as \
             many `esu_client`. It looks after its own clients alone; those of other resources, and those made by hand, \
             are not its business. A client that another resource looks after already is refused. All of \
             them are created or none; later changes keep what was done, and name each client that was refused.",
        )
        .attribute("id", Made::string().computed().description("Id of this set of clients; only Terraform knows it."))
        .attribute("partner", Made::string().required().force_new().validate(code).description(partner))
        .attribute(
            CLIENTS,
            Made::nested(Nesting::Map, nested)
                .optional()
                .validate(codes)
                .description("The clients by code, or else `table`. A code that is removed deletes its client."),
        )
        .attribute(
            TABLE,
            Made::string().optional().validate(no_faults).description(
                "The clients as a table in CSV, such as `file(\"clients.csv\")`, or else `clients`: the columns are \
                 those of the function `clients_from_csv`. Terraform then has one text to compare and to keep, which \
                 takes seconds for ten thousand clients where `clients` takes most of a minute; a plan shows the lines \
                 that change. A line that is removed deletes its client. What the server chooses, such as contracts, \
                 is in the data source `esu_clients`.",
            ),
        )
        .attribute(timeouts::NAME, timeouts::attribute())
    }

    async fn validate(&self, _context: &Context, config: &Object) -> Diagnostics {
        match (config.get(CLIENTS), config.get(TABLE)) {
            (Value::Null, Value::Null) => told::no_form().into(),
            (Value::Null | Value::Unknown(_), _) | (_, Value::Null | Value::Unknown(_)) => Diagnostics::new(),
            _ => told::two_forms().into(),
        }
    }

    async fn modify_plan(&self, context: &Context, plan: &mut Plan) -> Diagnostics {
        settle(context, &plan.private);
        let Some(prior) = plan.prior.clone().filter(|_| plan.action() == Action::Update) else {
            return Diagnostics::new();
        };
        let both = self.clients_of(&prior, &plan.private).and_then(|before| {
            Ok((before.unwrap_or_default(), self.clients_of(&plan.planned, &plan.private)?))
        });
        let (before, planned) = match both {
            Ok(both) => both,
            Err(faults) => return faults,
        };
        if Form::of(&prior) == Form::Table && planned.as_ref() == Some(&before) {
            keep_writing(plan, &prior);
        }
        let is_kept = |code: &str| {
            plan.requires_replace().is_empty() && planned.as_ref().is_none_or(|all| all.contains_key(code))
        };
        let form = Form::of(&plan.planned);
        let is_protected = |element: &Value| {
            element.as_object().and_then(|client| client.bool("deletion_protection")) == Some(true)
        };
        let lost = before.iter().filter(|(code, element)| is_protected(element) && !is_kept(code));
        lost.map(|(code, _)| told::protected(form, code)).collect()
    }

    async fn create(&self, context: &Context, create: Create) -> Result<State, ApplyError> {
        let session = context.data::<Session>()?;
        let connected = session.connected()?;
        let options = session::options(context, timeouts::of(&create.planned, "create"));
        let partner = create.planned.require_str("partner")?;
        // Nothing has an id yet, whatever is remembered of what is replaced.
        let mut clients = self.clients_of(&create.planned, &Private::new())?.unwrap_or_default();
        let lines = clients.iter().filter_map(|(code, element)| Some(self.line(code, element.as_object()?)));
        let lines: Vec<Json> = lines.collect();
        let key = key::idempotency_key(&[&connected.account, "clients", partner, ""], &json!(lines));
        let options = CallOptions { idempotency_key: Some(key.clone()), ..options };
        let planned = (Form::of(&create.planned), &clients);
        let receipts = self.create_all(connected, partner, planned, lines, &options).await?;
        let mut versions = Map::new();
        for receipt in receipts {
            let code = receipt.get("code").and_then(Json::as_str).unwrap_or_default().to_owned();
            if let Some(Value::Object(element)) = clients.get_mut(&code) {
                changes::receive(self.elements(), element, &receipt);
            }
            versions.extend(version::to_remember(&receipt).map(|version| (code, version)));
        }
        let keys = Map::from_iter([(String::new(), key.into())]);
        let base = create.planned.clone().with("id", Uuid::new_v4().to_string());
        Ok(self.state(&base, clients, private(versions, keys))?)
    }

    async fn read(&self, context: &Context, state: State) -> Result<Option<State>, Diagnostics> {
        let session = context.data::<Session>()?;
        let connected = session.connected()?;
        settle(context, &state.private);
        let options = session::options(context, timeouts::of(&state.values, "read"));
        let partner = state.values.require_str("partner")?;
        let mut known = self.clients_of(&state.values, &state.private)?.unwrap_or_default();
        let Some(found) = pass::read(self, connected, partner, &known, &options).await? else {
            return Ok(None);
        };
        let (now, versions) = self.found(found)?;
        complete(&mut known, &now);
        told::tell_drift(context, connected, self, Form::of(&state.values), (&known, &now)).await;
        self.state(&state.values, now, private(versions, Map::new())).map(Some)
    }

    async fn update(&self, context: &Context, change: Change) -> Result<State, ApplyError> {
        let mut prior = self.clients_of(&change.prior, &change.private)?.unwrap_or_default();
        let mut planned = self.clients_of(&change.planned, &change.private)?.unwrap_or_default();
        let form = Form::of(&change.planned);
        if (Form::of(&change.prior), form) == (Form::Table, Form::Map) {
            // A map has what a table leaves to the server.
            let session = context.data::<Session>()?;
            let options = session::options(context, timeouts::of(&change.planned, "update"));
            let partner = change.prior.require_str("partner")?;
            let found = pass::read(self, session.connected()?, partner, &prior, &options).await?;
            complete(&mut prior, &self.found(found.unwrap_or_default())?.0);
        }
        complete(&mut planned, &prior);
        let outcome = self.change(context, &change, "update", (form, &prior, &planned)).await?;
        let base = change.planned.clone().with("id", change.prior.get("id").clone());
        let state = self.state(&base, outcome.clients, outcome.private)?;
        if outcome.diagnostics.has_errors() {
            return Err(ApplyError::with_state(outcome.diagnostics, state));
        }
        Ok(state)
    }

    async fn delete(&self, context: &Context, state: State) -> Result<(), ApplyError> {
        let prior = self.clients_of(&state.values, &state.private)?.unwrap_or_default();
        let form = Form::of(&state.values);
        let State { values, private } = state;
        let change = Change { prior: values.clone(), config: Object::new(), planned: values, private };
        let outcome = self.change(context, &change, "delete", (form, &prior, &Elements::new())).await?;
        if outcome.diagnostics.has_errors() {
            let left = self.state(&change.prior, outcome.clients, outcome.private)?;
            return Err(ApplyError::with_state(outcome.diagnostics, left));
        }
        Ok(())
    }

    async fn import(&self, context: &Context, by: ImportBy) -> Result<State, Diagnostics> {
        let session = context.data::<Session>()?;
        let connected = session.connected()?;
        let ImportBy::Id(given) = by else { return Err(told::not_importable("")) };
        let Some((partner, named)) = named(&given, connected.client.partner()) else {
            return Err(told::not_importable(&given));
        };
        let mut base = Object::new().with("id", Uuid::new_v4().to_string()).with("partner", partner.clone());
        let known: Elements = match named {
            Named::Codes(codes) => codes.into_iter().map(|code| (code, Value::Null)).collect(),
            Named::Table(text) => {
                base.set(TABLE, text);
                self.clients_of(&base, &Private::new())?.unwrap_or_default()
            }
        };
        let options = session::options(context, None);
        let found = pass::read(self, connected, &partner, &known, &options).await?;
        let found = found.ok_or_else(|| told::no_partner(&partner))?;
        let missing: Vec<&String> = known.keys().filter(|code| !found.views.contains_key(*code)).collect();
        if !missing.is_empty() {
            return Err(told::no_clients(&partner, &missing));
        }
        let (now, versions) = self.found(found)?;
        self.state(&base, now, private(versions, Map::new()))
    }
}

/// Keeps the table as it is written where the new one says the same: nothing is planned then.
fn keep_writing(plan: &mut Plan, prior: &Object) {
    let mut kept = plan.planned.clone();
    for name in ["id", TABLE] {
        kept.set(name, prior.get(name).clone());
    }
    plan.planned = kept;
}

/// What is imported.
#[derive(Debug, PartialEq, Eq)]
enum Named {
    Codes(Vec<String>),
    Table(String),
}

/// Partner and clients of `partner:code,code`, or of `partner:` and a table, which has lines; the provider's partner may
/// stand for the first part.
fn named(given: &str, partner: Option<&str>) -> Option<(String, Named)> {
    let has_partner = |first: &str| !first.contains(['\n', ',', ';']);
    let (partner, clients) = match given.split_once(':').filter(|(first, _)| has_partner(first)) {
        Some((first, clients)) => (first.trim(), clients),
        None => (partner?, given),
    };
    if clients.trim_end().contains('\n') {
        return (!partner.is_empty()).then(|| (partner.to_owned(), Named::Table(clients.to_owned())));
    }
    let codes: Vec<String> = clients.split(',').map(|code| code.trim().to_owned()).collect();
    let is_whole = !partner.is_empty() && codes.iter().all(|code| !code.is_empty());
    is_whole.then(|| (partner.to_owned(), Named::Codes(codes)))
}

/// A table is read.
fn no_faults(value: &Value) -> Result<(), String> {
    let Some(text) = value.as_str() else { return Ok(()) };
    table::read(text, &table::columns())
        .map(drop)
        .map_err(|faults| format!("is no table of clients:\n{faults}"))
}

fn code(value: &Value) -> Result<(), String> {
    value.as_str().map_or(Ok(()), |text| schemas::format::check("code", text))
}

/// Every key is a code.
fn codes(value: &Value) -> Result<(), String> {
    let keys = value.as_map().into_iter().flat_map(|clients| clients.keys());
    let wrong: Vec<String> = keys
        .filter_map(|key| Some(format!("[\"{key}\"]: {}", schemas::format::check("code", key).err()?)))
        .take(10)
        .collect();
    if wrong.is_empty() { Ok(()) } else { Err(format!("has keys that are no codes: {}", wrong.join("; "))) }
}

/// What is remembered beside a state: the versions of clients that were edited, and the keys of creations.
fn private(versions: Map<String, Json>, keys: Map<String, Json>) -> Private {
    let mut private = Private::new();
    for (name, remembered) in [(VERSIONS, versions), (CREATED, keys)] {
        if !remembered.is_empty() {
            private.set(name, remembered);
        }
    }
    private
}

/// The clients that an update created stand in a state: the server need not remember their creations.
fn settle(context: &Context, private: &Private) {
    let keys = private.get(CREATED).and_then(Json::as_object).into_iter().flatten();
    let Ok(session) = context.data::<Session>() else { return };
    let Ok(connected) = session.connected() else { return };
    keys.filter_map(|(_, key)| key.as_str()).for_each(|key| connected.settled.key(&connected.client, key));
}

/// The key of a client's creation: the same as that of an `esu_client`.
fn creation_key(connected: &Connected, partner: &str, code: &str, body: &Json) -> String {
    key::idempotency_key(&[&connected.account, "client", &format!("{partner}/{code}"), ""], body)
}

#[cfg(test)]
mod clients_test;
