//! Reading many clients: one pass over the partner's list, or one by one where they are few.

use super::{Clients, Elements};
use crate::{adapter::refusal, session::Connected};
use client::{CallOptions, Key};
use futures::{FutureExt, StreamExt, future::BoxFuture, stream};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use tfplugin::{Diagnostics, Value};

/// Up to how many clients are read one by one.
const FEW: usize = 20;

/// How many are asked for at once.
const AT_ONCE: usize = 16;

/// What is there of the clients that were looked for.
#[derive(Default)]
pub(super) struct Found {
    /// The clients as the server shows them, by code.
    pub(super) views: BTreeMap<String, Json>,
}

/// Reads clients of a partner; `None` when there is no such partner.
pub(super) async fn read(
    clients: &Clients,
    connected: &Connected,
    partner: &str,
    known: &Elements,
    options: &CallOptions,
) -> Result<Option<Found>, Diagnostics> {
    let mut found = Found::default();
    if known.len() > FEW && !list(clients, connected, partner, known, options, &mut found).await? {
        return Ok(None);
    }
    // Absence from a list is no proof: what is missing is asked for alone.
    let mut asked: Vec<BoxFuture<'_, _>> = Vec::new();
    for (code, element) in known.iter().filter(|(code, _)| !found.views.contains_key(*code)) {
        asked.push(one(clients, connected, partner, code, element, options).boxed());
    }
    let mut asked = stream::iter(asked).buffer_unordered(AT_ONCE);
    let mut views = Vec::new();
    while let Some(view) = asked.next().await {
        views.extend(view?);
    }
    drop(asked);
    found.views.extend(views);
    Ok(Some(found))
}

/// One pass over the partner's clients; false when there is no such partner.
async fn list(
    clients: &Clients,
    connected: &Connected,
    partner: &str,
    known: &Elements,
    options: &CallOptions,
    found: &mut Found,
) -> Result<bool, Diagnostics> {
    let mut cursor = String::new();
    loop {
        let filter = json!({ "partner": partner });
        let page = connected.client.reader().list(&clients.noun.info.list, &filter, &cursor, options).await;
        let page = match page {
            Ok(page) => page,
            Err(error) if refusal::is_in_no_partner(&error) => return Ok(false),
            Err(error) => return Err(clients.noun.asked("read").failed(&error)),
        };
        for view in page.items {
            let Some(code) = view.get("code").and_then(Json::as_str).map(str::to_owned) else { continue };
            if known.get(&code).is_some_and(|element| is_the_one(element, &view)) {
                found.views.insert(code, view);
            }
        }
        // The rest of a large partner's clients is nobody's business here.
        match page.next_cursor {
            Some(next) if found.views.len() < known.len() => cursor = next,
            _ => return Ok(true),
        }
    }
}

/// Whether this is the client that a state knows: another one may have taken its code.
fn is_the_one(element: &Value, view: &Json) -> bool {
    let known = element.as_object().and_then(|client| client.str("id"));
    known.is_none() || view.get("id").and_then(Json::as_str) == known
}

async fn one(
    clients: &Clients,
    connected: &Connected,
    partner: &str,
    code: &str,
    element: &Value,
    options: &CallOptions,
) -> Result<Option<(String, Json)>, Diagnostics> {
    let reader = connected.client.reader();
    let info = &clients.noun.info;
    let read = match element.as_object().and_then(|client| client.str("id")) {
        Some(id) => reader.fresh(info, id, options).await,
        None => reader.by_key(info, &Key::new(code).within("partner", partner), options).await,
    };
    match read {
        Ok(answer) => Ok(answer.map(|answer| (code.to_owned(), answer.body))),
        Err(error) if refusal::is_in_no_partner(&error) => Ok(None),
        Err(error) => Err(clients.noun.asked("read").failed(&error)),
    }
}
