//! What was changed or deleted outside of this configuration, and by whom.

use super::{noun::Noun, schema};
use crate::session::{self, Connected};
use client::Change;
use schemas::tf::Attribute;
use tfplugin::{Context, Diagnostic, Object, Value};

/// Tells that an object is not what the state says, at each attribute, and who changed it last. Asks the server only
/// when something differs.
pub(crate) async fn tell_changed(
    context: &Context,
    connected: &Connected,
    noun: &Noun,
    before: &Object,
    now: &Object,
) {
    let differing = differing(noun.attributes(), before, now);
    if differing.is_empty() {
        return;
    }
    let who = match last_change(context, connected, noun, now).await {
        Some(change) => changed_by(noun.attributes(), &change),
        None => String::new(),
    };
    for attribute in differing {
        let name = &attribute.name;
        let detail =
            format!("{name} is not what Terraform left.{who} The plan shows what it would set back.");
        context.warn(Diagnostic::warning(summary(noun, now, "was changed")).detail(detail).at(name.as_str()));
    }
}

/// Tells that an object is gone, and who deleted it.
pub(crate) async fn tell_gone(context: &Context, connected: &Connected, noun: &Noun, before: &Object) {
    let change = last_change(context, connected, noun, before).await;
    let who = match change.filter(|change| change.action == "delete") {
        Some(by) => format!("{} deleted it at {} with {}.", by.actor, by.at, by.agent),
        None => "The server has it no more, or the token may not see it.".to_owned(),
    };
    let detail = format!("{who} It is planned anew.");
    context.warn(Diagnostic::warning(summary(noun, before, "was deleted")).detail(detail));
}

fn summary(noun: &Noun, values: &Object, what: &str) -> String {
    let named = noun.import_id(values).unwrap_or_default();
    format!("{} \"{named}\" {what} outside of Terraform", noun.type_name)
}

/// The attributes that a plan would set back. What the server may choose is no drift.
fn differing<'a>(attributes: &'a [Attribute], before: &Object, now: &Object) -> Vec<&'a Attribute> {
    let declared = attributes.iter().filter(|attribute| {
        let is_chosen = attribute.computed && attribute.default.is_none();
        (attribute.required || attribute.optional) && !is_chosen && !attribute.write_only
    });
    declared
        .filter(|attribute| !same(attribute, before.get(&attribute.name), now.get(&attribute.name)))
        .collect()
}

fn same(attribute: &Attribute, before: &Value, now: &Value) -> bool {
    before == now
        || (!before.is_null()
            && !now.is_null()
            && schema::attribute(attribute).semantic.is_some_and(|same| same(before, now)))
}

async fn last_change(
    context: &Context,
    connected: &Connected,
    noun: &Noun,
    values: &Object,
) -> Option<Change> {
    let id = values.str("id")?;
    if !connected.may_ask_who() {
        return None;
    }
    // Who it was is worth a word, and its absence is no failure.
    let options = session::options(context, None);
    connected.client.last_change(noun.info.noun, id, &options).await.ok().flatten()
}

fn changed_by(attributes: &[Attribute], change: &Change) -> String {
    let fields = terraform_names(attributes, &change.fields);
    let what = if fields.is_empty() { String::new() } else { format!(" ({})", fields.join(", ")) };
    format!(" {} changed the object last{what}, at {} with {}.", change.actor, change.at, change.agent)
}

/// The attributes that fields of the API are in.
pub(crate) fn terraform_names(attributes: &[Attribute], fields: &[String]) -> Vec<String> {
    let is_in = |attribute: &Attribute, field: &str| {
        let first = attribute.path.trim_start_matches('/').split('/').next();
        attribute.api_name == field || first == Some(field)
    };
    let mut names: Vec<String> = Vec::new();
    for field in fields {
        let named = attributes.iter().find(|attribute| attribute.api_name == *field);
        let found = named.or_else(|| attributes.iter().find(|attribute| is_in(attribute, field)));
        let name = found.map_or(field, |attribute| &attribute.name);
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use schemas::{registry::resource_info, resource::client::Client, tf};

    #[test]
    fn only_what_a_plan_would_set_back_is_drift() {
        let attributes = tf::resource_attributes(&resource_info::<Client>());
        let before = Object::new()
            .with("name", "A")
            .with("lan_mbps", 1000)
            .with("contract_name", "A")
            .with("internet_mbps", Value::Null);
        let now = before
            .clone()
            .with("name", "B")
            .with("lan_mbps", 500)
            .with("contract_name", "B")
            .with("contract_id", "x")
            .with("internet_mbps", 7);
        let mut names: Vec<_> =
            differing(&attributes, &before, &now).iter().map(|found| found.name.as_str()).collect();
        names.sort_unstable();
        assert_eq!(names, ["internet_mbps", "lan_mbps", "name"]);
        assert!(differing(&attributes, &now, &now).is_empty());
    }

    #[test]
    fn fields_have_their_names_in_terraform() {
        let attributes = tf::resource_attributes(&resource_info::<Client>());
        let fields = ["internet", "name", "allowed_hypervisor_codes", "new"].map(str::to_owned);
        let names = terraform_names(&attributes, &fields);
        assert_eq!(names, ["internet_mbps", "name", "allowed_hypervisors", "new"]);
    }
}
