//! What the user is told about clients of a set, each at its place.

use super::{Clients, Elements, Form};
use crate::{
    adapter::{drift, refusal::Asked},
    session::Connected,
    table::Faults,
};
use client::ClientError;
use std::collections::BTreeMap;
use tfplugin::{Context, Diagnostic, Diagnostics, Path, Step, Value};

/// How many clients are named one by one.
const MOST_NAMED: usize = 50;

/// Why the clients were not created: none of them was.
pub(super) fn not_created(
    clients: &Clients,
    form: Form,
    planned: &Elements,
    error: &ClientError,
) -> Diagnostics {
    let asked =
        Asked { attributes: clients.elements(), type_name: "esu_clients", verb: "create", import_id: None };
    let Some(body) = error.body() else { return asked.failed(error) };
    let mut by_client: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
    for (field, messages) in &body.fields {
        // A client is the line with its number; they were sent in the order of their codes.
        let Some((number, rest)) =
            field.strip_prefix("lines.").map(|line| line.split_once('.').unwrap_or((line, "")))
        else {
            continue;
        };
        let code = number.parse::<usize>().ok().and_then(|number| planned.keys().nth(number.checked_sub(1)?));
        if let Some(code) = code {
            let named = format!("{code}: ");
            let plain = messages.iter().map(|message| message.strip_prefix(&named).unwrap_or(message));
            by_client.entry(code).or_default().extend(plain.map(|message| (rest, message)));
        }
    }
    if by_client.is_empty() {
        return asked.failed(error);
    }
    let found = by_client.into_iter().map(|(code, fields)| {
        let told = fields.into_iter().map(|(field, message)| asked.field_error(field, message));
        (code.to_owned(), told.collect::<Diagnostics>())
    });
    let mut diagnostics = failures(clients, form, found.collect());
    let none = "All of them are created or none: none was.";
    diagnostics.push(Diagnostic::error("No client was created").detail(none).at(form.whole()));
    diagnostics
}

/// The failures of clients, each at its place.
pub(super) fn failures(clients: &Clients, form: Form, failures: Vec<(String, Diagnostics)>) -> Diagnostics {
    let count = failures.len();
    let mut told = Diagnostics::new();
    for (code, diagnostics) in failures.into_iter().take(MOST_NAMED) {
        for diagnostic in diagnostics {
            told.push(at_client(clients, form, &code, diagnostic));
        }
    }
    if count > MOST_NAMED {
        let detail = format!("{} more clients failed.", count - MOST_NAMED);
        told.push(Diagnostic::error("Further clients failed").detail(detail).at(form.whole()));
    }
    told
}

/// A diagnostic about one client's own attributes, as one about the whole.
fn at_client(clients: &Clients, form: Form, code: &str, diagnostic: Diagnostic) -> Diagnostic {
    let is_known = |name: &str| clients.elements().iter().any(|attribute| attribute.name == name);
    let mut path = form.place(code);
    if form == Form::Map
        && let Some(Step::Attribute(first)) = diagnostic.path.steps().first()
        && is_known(first)
    {
        path = diagnostic.path.steps().iter().fold(path, |path, step| path.step(step.clone()));
    }
    let detail = format!("Client \"{code}\": {}", diagnostic.detail);
    Diagnostic { path, detail, ..diagnostic }
}

/// A protected client is about to be deleted.
pub(super) fn protected(form: Form, code: &str) -> Diagnostic {
    Diagnostic::error("A client is protected from deletion")
        .detail(format!(
            "The plan would delete the client \"{code}\". Keep it, or set its deletion_protection to false and apply that \
             first."
        ))
        .at(form.place(code))
}

/// Tells of clients that were changed or deleted outside.
pub(super) async fn tell_drift(
    context: &Context,
    connected: &Connected,
    clients: &Clients,
    form: Form,
    (before, now): (&Elements, &Elements),
) {
    let mut count = 0_usize;
    for (code, was) in before {
        let (Value::Object(was), is) = (was, now.get(code)) else { continue };
        let found = match is.and_then(Value::as_object) {
            Some(is) => drift::changed(context, connected, &clients.noun, clients.elements(), was, is).await,
            None => Some(drift::gone(context, connected, &clients.noun, was).await),
        };
        let Some(found) = found else { continue };
        count += 1;
        if count > MOST_NAMED {
            continue;
        }
        let summary = format!("Client \"{code}\" {}", found.what);
        let path = found.attributes.first().filter(|_| found.attributes.len() == 1);
        let path = path.map_or_else(|| form.place(code), |name| form.attribute(code, name));
        context.warn(Diagnostic::warning(summary).detail(found.said()).at(path));
    }
    if count > MOST_NAMED {
        let detail = format!("{} more clients were changed or deleted.", count - MOST_NAMED);
        context.warn(
            Diagnostic::warning("Further clients were changed outside of Terraform")
                .detail(detail)
                .at(form.whole()),
        );
    }
}

/// Clients that an equal creation made before are another's by now.
pub(super) fn not_ours(form: Form, partner: &str, codes: &[String]) -> Diagnostics {
    let named = codes.iter().take(MOST_NAMED).map(String::as_str).collect::<Vec<_>>().join(",");
    Diagnostic::error("The clients are there already")
        .detail(format!(
            "You created them before, and they were changed since, or another block of your configuration has them. If \
             they are the ones that you mean, bring them into the state (NAME is this resource's name in your \
             configuration):\n\n  terraform import esu_clients.NAME {partner}:{named}"
        ))
        .at(form.whole())
        .into()
}

/// What was given to import is no such set.
pub(super) fn not_importable(given: &str) -> Diagnostics {
    Diagnostic::error(format!("\"{given}\" names no esu_clients"))
        .detail(
            "Accepted is `partner:code,code`: the partner's code, and the codes of the clients to look after; or \
             `partner:` and the whole table, where they are to be a table.",
        )
        .into()
}

/// There is no such partner.
pub(super) fn no_partner(partner: &str) -> Diagnostics {
    Diagnostic::error(format!("No esu_partner \"{partner}\""))
        .detail("The server has none, or the token may not see it.")
        .into()
}

/// Some of the clients are not there.
pub(super) fn no_clients(partner: &str, missing: &[&String]) -> Diagnostics {
    let named: Vec<&str> = missing.iter().take(MOST_NAMED).map(|code| code.as_str()).collect();
    Diagnostic::error(format!("{} clients are not there", missing.len()))
        .detail(format!("The partner \"{partner}\" has no client {}.", named.join(", ")))
        .at(Path::root())
        .into()
}

/// The clients are not written.
pub(super) fn no_form() -> Diagnostic {
    Diagnostic::error("No clients").detail("Give either `clients` or `table`.").at(Form::Map.whole())
}

/// The clients are written twice.
pub(super) fn two_forms() -> Diagnostic {
    let said = "Give either `clients` or `table`, not both.";
    Diagnostic::error("Clients in two forms").detail(said).at(Form::Table.whole())
}

/// What is wrong with a table.
pub(super) fn no_table(faults: &Faults) -> Diagnostics {
    Diagnostic::error("This is no table of clients").detail(faults.to_string()).at(Form::Table.whole()).into()
}
