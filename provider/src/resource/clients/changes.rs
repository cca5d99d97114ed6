//! Changing many clients, one by one: what was done stays done.

use super::{Clients, Elements, Form, VERSIONS, creation_key, private, told};
use crate::{
    adapter::{incoming, outgoing, version},
    session::Connected,
};
use client::{Answer, CallOptions, ClientError};
use futures::{FutureExt, StreamExt, future::BoxFuture, stream};
use schemas::tf::Attribute;
use serde_json::{Map, Value as Json};
use tfplugin::{Diagnostics, Object, Private, Value};

/// How many writes are under way at once. Those that are go together as batches.
const AT_ONCE: usize = 500;

/// What a change came to.
pub(super) struct Outcome {
    /// The clients that are there now.
    pub(super) clients: Elements,
    /// What is remembered of them.
    pub(super) private: Private,
    /// Why some were not changed.
    pub(super) diagnostics: Diagnostics,
}

/// What is to be done with a client.
enum Task<'a> {
    Delete { id: &'a str },
    Replace { id: &'a str, version: i64, body: Json },
    Create { key: String, body: Json },
}

/// A client, what was done with it, and what that came to.
struct Done {
    code: String,
    key: Option<String>,
    is_gone: bool,
    answer: Result<Option<Answer>, ClientError>,
}

/// Deletes what is not planned any more, then changes what differs, then creates what is new.
pub(super) async fn apply(
    clients: &Clients,
    connected: &Connected,
    partner: &str,
    (form, prior, planned): (Form, &Elements, &Elements),
    remembered: &Private,
    options: &CallOptions,
) -> Outcome {
    let versions = remembered.get(VERSIONS).and_then(Json::as_object).cloned().unwrap_or_default();
    let mut state = Kept { partner, clients: prior.clone(), versions, created: Map::new() };
    let mut failures = Vec::new();
    for tasks in tasks(clients, connected, partner, prior, planned, &state.versions) {
        let mut sent: Vec<BoxFuture<'_, Done>> = Vec::with_capacity(tasks.len());
        for (code, task) in tasks {
            sent.push(send(clients, connected, code, task, options).boxed());
        }
        let mut sent = stream::iter(sent).buffer_unordered(AT_ONCE);
        while let Some(done) = sent.next().await {
            if let Err(failure) = state.keep(clients, connected, planned, done) {
                failures.push(failure);
            }
        }
    }
    failures.sort_by(|(left, _), (right, _)| left.cmp(right));
    let private = private(state.versions, state.created);
    Outcome { clients: state.clients, private, diagnostics: told::failures(clients, form, failures) }
}

/// What to do in which order.
fn tasks<'a>(
    clients: &Clients,
    connected: &Connected,
    partner: &str,
    prior: &'a Elements,
    planned: &'a Elements,
    versions: &Map<String, Json>,
) -> [Vec<(&'a str, Task<'a>)>; 3] {
    let [mut deletions, mut changes, mut creations] = [const { Vec::new() }; 3];
    for (code, element) in prior.iter().filter(|(code, _)| !planned.contains_key(*code)) {
        if let Some(id) = id_of(element) {
            deletions.push((code.as_str(), Task::Delete { id }));
        }
    }
    for (code, element) in planned {
        let Value::Object(wanted) = element else { continue };
        match prior.get(code) {
            Some(before) if before == element => {}
            Some(before) => {
                let Some(id) = id_of(before) else { continue };
                let version = version::remembered(versions.get(code));
                let body = outgoing::object(clients.noun.editable(), wanted);
                changes.push((code.as_str(), Task::Replace { id, version, body }));
            }
            None => {
                let mut body = clients.line(code, wanted);
                if let Some(fields) = body.as_object_mut() {
                    fields.insert("partner".to_owned(), partner.into());
                }
                let key = creation_key(connected, partner, code, &body);
                creations.push((code.as_str(), Task::Create { key, body }));
            }
        }
    }
    [deletions, changes, creations]
}

fn id_of(element: &Value) -> Option<&str> {
    element.as_object().and_then(|client| client.str("id"))
}

async fn send(
    clients: &Clients,
    connected: &Connected,
    code: &str,
    task: Task<'_>,
    options: &CallOptions,
) -> Done {
    let (writer, info) = (connected.client.writer(), &clients.noun.info);
    let code = code.to_owned();
    match task {
        Task::Delete { id } => {
            let answer = writer.delete(info, id, options).await.map(|()| None);
            Done { code, key: None, is_gone: true, answer }
        }
        Task::Replace { id, version, body } => {
            let options = CallOptions { if_match: Some(version), ..options.clone() };
            let answer = writer.replace(info, id, &body, &options).await.map(Some);
            Done { code, key: None, is_gone: false, answer }
        }
        Task::Create { key, body } => {
            let options = CallOptions { idempotency_key: Some(key.clone()), ..options.clone() };
            let answer = writer.create(info, &body, &options).await.map(Some);
            Done { code, key: Some(key), is_gone: false, answer }
        }
    }
}

/// What holds, change by change.
struct Kept<'a> {
    partner: &'a str,
    clients: Elements,
    versions: Map<String, Json>,
    created: Map<String, Json>,
}

impl Kept<'_> {
    /// Takes over what was done with a client.
    fn keep(
        &mut self,
        clients: &Clients,
        connected: &Connected,
        planned: &Elements,
        done: Done,
    ) -> Result<(), (String, Diagnostics)> {
        let Done { code, key, is_gone, answer } = done;
        let partner = self.partner;
        let named = |values: Option<&Value>| {
            let mut named = values.and_then(Value::as_object).cloned().unwrap_or_default();
            named.set("code", code.as_str());
            named.set("partner", partner);
            named
        };
        let verb = match (&key, is_gone) {
            (Some(_), _) => "create",
            (None, true) => "delete",
            (None, false) => "update",
        };
        let asked = || clients.noun.asked_of(verb, &named(planned.get(&code)));
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => return Err((code.clone(), asked().failed(&error))),
        };
        let Some(answer) = answer.filter(|_| !is_gone) else {
            self.clients.remove(&code);
            self.versions.remove(&code);
            return Ok(());
        };
        let id = answer.body.get("id").and_then(Json::as_str).unwrap_or_default();
        if key.is_some() && !connected.is_first_to_create(clients.noun.info.noun, id) {
            let said = "Another block of your configuration creates a client with this code.";
            return Err((code.clone(), asked().code_taken(Some(said.to_owned())).into()));
        }
        let element = clients.element(&answer.body).map_err(|failed| (code.clone(), failed))?;
        self.clients.insert(code.clone(), element);
        self.versions.remove(&code);
        self.versions.extend(version::to_remember(&answer.body).map(|version| (code.clone(), version)));
        if let Some(key) = key {
            self.created.insert(code, key.into());
        }
        Ok(())
    }
}

/// Fills in what the server chose for a client that was created with others.
pub(super) fn receive(elements: &[Attribute], element: &mut Object, receipt: &Json) {
    for attribute in elements.iter().filter(|attribute| attribute.computed) {
        if element.get(&attribute.name).is_unknown() {
            let chosen = receipt.get(&attribute.name).cloned().unwrap_or_default();
            let value = incoming::value(&attribute.field, &chosen).unwrap_or_default();
            element.set(&attribute.name, value);
        }
    }
}
