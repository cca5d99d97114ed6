//! What was changed or deleted outside of this configuration, and by whom.

use super::{noun::Noun, schema};
use crate::session::{self, Connected};
use client::Change;
use schemas::tf::Attribute;
use tfplugin::{Context, Diagnostic, Object, Value};

/// What became of an object outside of this configuration.
pub(crate) struct Drift {
    /// What happened, as the rest of a sentence that begins with the object.
    pub(crate) what: &'static str,
    /// The attributes that a plan would set back.
    pub(crate) attributes: Vec<String>,
    who: String,
}

impl Drift {
    /// Who did it, and what a plan makes of it.
    pub(crate) fn said(&self) -> String {
        if self.attributes.is_empty() {
            return format!("{} It is planned anew.", self.who);
        }
        let verb = if self.attributes.len() == 1 { "is" } else { "are" };
        let names = self.attributes.join(", ");
        format!("{names} {verb} not what Terraform left.{} The plan shows what it sets back.", self.who)
    }
}

/// How an object differs from what the state says, and who changed it last. The server is asked only when it does.
pub(crate) async fn changed(
    context: &Context,
    connected: &Connected,
    noun: &Noun,
    attributes: &[Attribute],
    before: &Object,
    now: &Object,
) -> Option<Drift> {
    let differing = differing(attributes, before, now);
    if differing.is_empty() {
        return None;
    }
    let change = last_change(context, connected, noun, now).await;
    let who = change.map(|change| changed_by(noun.attributes(), &change)).unwrap_or_default();
    let attributes = differing.into_iter().map(|attribute| attribute.name.clone()).collect();
    Some(Drift { what: "was changed outside of Terraform", attributes, who })
}

/// What is known of the end of an object.
pub(crate) async fn gone(context: &Context, connected: &Connected, noun: &Noun, before: &Object) -> Drift {
    let change = last_change(context, connected, noun, before).await;
    let who = match change.filter(|change| change.action == "delete") {
        Some(by) => format!("{} deleted it at {} with {}.", by.actor, by.at, by.agent),
        None => "The server has it no more, or the token may not see it.".to_owned(),
    };
    Drift { what: "was deleted outside of Terraform", attributes: Vec::new(), who }
}

/// Warns of an object, at each attribute that is not what the state says.
pub(crate) fn tell(context: &Context, noun: &Noun, values: &Object, drift: &Drift) {
    let named = noun.import_id(values).unwrap_or_default();
    let summary = format!("{} \"{named}\" {}", noun.type_name, drift.what);
    let warning = Diagnostic::warning(summary).detail(drift.said());
    match drift.attributes.as_slice() {
        [] => context.warn(warning),
        names => names.iter().for_each(|name| context.warn(warning.clone().at(name.as_str()))),
    }
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

/// The attributes that fields of the API are in. A field that holds several of them tells nothing exact, and is left out
/// where others do.
pub(crate) fn terraform_names(attributes: &[Attribute], fields: &[String]) -> Vec<String> {
    let (mut names, mut vague) = (Vec::new(), Vec::new());
    for field in fields {
        let whole = format!("/{field}");
        let named = attributes.iter().find(|one| one.api_name == *field || one.path == whole);
        let inside = format!("{whole}/");
        let mut parts = attributes.iter().filter(|one| one.path.starts_with(&inside));
        match (named.or_else(|| parts.next()), parts.next()) {
            (None, _) => names.push(field.clone()),
            (Some(one), None) => names.push(one.name.clone()),
            (Some(one), Some(_)) if named.is_some() => names.push(one.name.clone()),
            (Some(_), Some(_)) => vague.push(field.clone()),
        }
    }
    if names.is_empty() { vague } else { names }
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
        let of = |fields: &[&str]| {
            terraform_names(&attributes, &fields.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>())
        };
        // The contract holds the plan, its own name and its id.
        assert_eq!(
            (of(&["contract", "name"]), of(&["contract"])),
            (vec!["name".to_owned()], vec!["contract".to_owned()])
        );
        assert_eq!(of(&["default_project"]), ["default_project_id"]);
    }
}
