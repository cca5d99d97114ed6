//! What the user is told when the API does not do what was asked.

use super::{drift::terraform_names, field_path::attribute_path};
use client::ClientError;
use schemas::{
    error::{Alias, ErrorBody},
    tf::Attribute,
};
use tfplugin::{Diagnostic, Diagnostics, Path};

/// What was asked for.
pub(crate) struct Asked<'a> {
    /// The full name of the resource or data source.
    pub(crate) type_name: &'a str,
    /// What was to be done with it, such as `create`.
    pub(crate) verb: &'a str,
    /// Its attributes, at which the API's field errors are shown.
    pub(crate) attributes: &'a [Attribute],
    /// Its import key, where it is known: it names the object, and imports the one that is in the way of a creation.
    pub(crate) import_id: Option<String>,
}

impl Asked<'_> {
    /// The diagnostics of a failure.
    pub(crate) fn failed(&self, error: &ClientError) -> Diagnostics {
        let summary = self.summary();
        let Some(body) = error.body() else {
            return Diagnostic::error(summary).detail(hint(error)).into();
        };
        if error.has_alias(Alias::CodeTaken) {
            let said = body.detail.clone().or_else(|| body.fields.get("code").map(|texts| texts.join(" ")));
            return self.code_taken(said).into();
        }
        if error.status() == Some(412) {
            return self.changed_by_another(body).into();
        }
        let mut diagnostics: Diagnostics = body
            .fields
            .iter()
            .flat_map(|(field, messages)| {
                messages.iter().map(move |message| self.field_error(field, message))
            })
            .collect();
        if diagnostics.is_empty() || !body.non_field_errors.is_empty() {
            let path = self.place_of(error);
            diagnostics.push(Diagnostic::error(summary).detail(words(error, body)).at(path));
        }
        diagnostics
    }

    fn changed_by_another(&self, body: &ErrorBody) -> Diagnostic {
        let who = match &body.changed_by {
            Some(by) => {
                let fields = terraform_names(self.attributes, &by.fields).join(", ");
                let what = if fields.is_empty() { "it" } else { fields.as_str() };
                format!("{} changed {what} at {} with {}.", by.actor, by.at, by.client)
            }
            None => "It was changed since it was last read.".to_owned(),
        };
        let named = self.import_id.as_ref().map(|id| format!(" \"{id}\"")).unwrap_or_default();
        Diagnostic::error(format!("{}{named} was changed by someone else", self.type_name))
            .detail(format!("{who} Nothing was written. Run `terraform plan` again to see what holds now."))
    }

    /// Terraform gives no address where the object is in no configuration any more, so the key stands here.
    fn summary(&self) -> String {
        let what = format!("Cannot {} {}", self.verb, self.type_name);
        match &self.import_id {
            Some(id) if self.verb != "create" => format!("{what} \"{id}\""),
            _ => what,
        }
    }

    /// What is wrong with a field of the API, at its attribute.
    pub(crate) fn field_error(&self, field: &str, message: &str) -> Diagnostic {
        match attribute_path(self.attributes, field) {
            Some(path) => {
                let detail = format!("{path}: {message}");
                Diagnostic::error("Refused by the server").detail(detail).at(path)
            }
            None => Diagnostic::error("Refused by the server").detail(format!("{field}: {message}")),
        }
    }

    /// The attribute that a refusal without fields is about.
    fn place_of(&self, error: &ClientError) -> Path {
        let name = "deletion_protection";
        if error.has_alias(Alias::ObjectProtected) && self.attributes.iter().any(|given| given.name == name) {
            return name.into();
        }
        Path::root()
    }

    /// What there is one of for each parent is there already, and is not empty.
    pub(crate) fn already_set(&self, parent: &str) -> Diagnostic {
        let detail = match &self.import_id {
            Some(id) => format!(
                "Somebody set it before. Bring it into the state, and the next plan shows what your configuration \
                 changes (NAME is this resource's name in your configuration):\n\n  terraform import {}.NAME {id}",
                self.type_name
            ),
            None => "Somebody set it before: import it.".to_owned(),
        };
        Diagnostic::error(format!("{} is set already", self.type_name)).detail(detail).at(parent)
    }

    /// An object with the code is there, and is not the one that this creation made.
    pub(crate) fn code_taken(&self, said: Option<String>) -> Diagnostic {
        let said = said.unwrap_or_else(|| "An object with this code is there already.".to_owned());
        let detail = match &self.import_id {
            Some(id) => format!(
                "{said}\n\nIf it is the one that you mean, bring it into the state (NAME is this resource's \
                 name in your configuration):\n\n  terraform import {}.NAME {id}\n\nElse choose another code.",
                self.type_name
            ),
            None => said,
        };
        Diagnostic::error(format!("{} is there already", self.type_name)).detail(detail).at("code")
    }
}

/// Whether what was looked for is in a partner that is not there, or not to be seen.
pub(crate) fn is_in_no_partner(error: &ClientError) -> bool {
    error.status() == Some(400) && error.body().is_some_and(|body| body.fields.contains_key("partner"))
}

/// The server's own words, and how to find the request in its log.
pub(crate) fn words(error: &ClientError, body: &ErrorBody) -> String {
    // The same sentence may stand in several places, for programs that read only one of them.
    let mut said: Vec<&str> = Vec::new();
    for text in body.detail.iter().chain(&body.details).chain(&body.non_field_errors) {
        if !said.contains(&text.as_str()) {
            said.push(text);
        }
    }
    let said = if said.is_empty() { hint(error) } else { said.join("\n") };
    match body.request_id {
        Some(id) => format!("{said}\n\nRequest {id}."),
        None => said,
    }
}

/// What failed, and what may help.
pub(crate) fn hint(error: &ClientError) -> String {
    let help = match error {
        ClientError::Unreachable { reason, .. } if reason.contains("certificate") => {
            "Certificates of a private authority are given in the provider's `ca_cert`, the client's own in \
             `client_cert` and `client_key`."
        }
        ClientError::Unreachable { .. } => "Check the provider's `endpoint` and that the server runs.",
        ClientError::Timeout { .. } => {
            "The server may have carried the request out nevertheless: run `terraform plan` to see. The provider's \
             `request_timeout` says how long one attempt may take."
        }
        ClientError::Unauthorized { .. } => {
            "Check the provider's `token`: it may have expired or been revoked."
        }
        ClientError::Redirected { .. } => "Set the provider's `endpoint` to the final address.",
        ClientError::Malformed { .. } => {
            "Check the provider's `endpoint`: something other than ESU may answer there, such as a proxy."
        }
        ClientError::Status { status: 429 | 502..=504, .. } => {
            "The server is busy or being restarted: try again later. The provider's `max_retries` says how often a \
             request is repeated."
        }
        ClientError::Cancelled => "Terraform was interrupted.",
        ClientError::Status { .. } | ClientError::Request(_) => "",
    };
    let text = capital(&error.to_string());
    if help.is_empty() { format!("{text}.") } else { format!("{text}.\n\n{help}") }
}

fn capital(text: &str) -> String {
    // An address stays as it is written.
    if text.starts_with("http") {
        return text.to_owned();
    }
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use schemas::{registry::resources, tf};
    use serde_json::{Value as Json, json};

    fn failed(status: u16, body: Json) -> Vec<(String, String, String)> {
        failed_to("create", status, body)
    }

    fn failed_to(verb: &str, status: u16, body: Json) -> Vec<(String, String, String)> {
        let all = resources();
        let client = all.iter().find(|resource| resource.noun == "client").unwrap();
        let attributes = tf::resource_attributes(client);
        let asked = Asked {
            type_name: "esu_client",
            verb,
            attributes: &attributes,
            import_id: Some("demo/acme".to_owned()),
        };
        let error = ClientError::Status { status, body: Box::new(serde_json::from_value(body).unwrap()) };
        let shown =
            |found: &Diagnostic| (found.path.to_string(), found.summary.clone(), found.detail.clone());
        asked.failed(&error).iter().map(shown).collect()
    }

    #[test]
    fn field_errors_are_at_their_attributes() {
        let found =
            failed(400, json!({ "internet": ["Too fast."], "tariff_plan": ["No such plan."], "x": ["?"] }));
        let places: Vec<_> = found.iter().map(|(path, _, detail)| (path.as_str(), detail.as_str())).collect();
        assert_eq!(
            places,
            [
                ("internet_mbps", "internet_mbps: Too fast."),
                ("tariff_plan", "tariff_plan: No such plan."),
                ("", "x: ?")
            ]
        );
    }

    #[test]
    fn a_taken_code_comes_with_the_command_that_imports_it() {
        let found = failed(409, json!({ "error_alias": ["code_taken"], "detail": "Taken." }));
        assert_eq!((found.len(), found[0].0.as_str()), (1, "code"));
        assert!(
            found[0].2.contains("Taken.")
                && found[0].2.contains("terraform import esu_client.NAME demo/acme")
        );
    }

    #[test]
    fn a_lost_update_names_who_changed_what_when_and_how() {
        let by = json!({ "version": 7, "actor": "olga", "at": "2026-01-02T03:04:05Z", "client": "curl/8",
            "fields": ["internet", "name"] });
        let found = failed(412, json!({ "error_alias": ["version_mismatch"], "changed_by": by }));
        for part in ["olga changed internet_mbps, name", "2026-01-02T03:04:05Z", "curl/8", "terraform plan"] {
            assert!(found[0].2.contains(part), "{}", found[0].2);
        }
    }

    #[test]
    fn an_object_is_named_unless_it_is_only_being_made() {
        let summary = |verb| failed_to(verb, 409, json!({ "detail": "No." })).swap_remove(0).1;
        assert_eq!(summary("create"), "Cannot create esu_client");
        assert_eq!(summary("delete"), "Cannot delete esu_client \"demo/acme\"");
    }

    #[test]
    fn protection_and_other_refusals_keep_the_servers_words() {
        let found = failed(
            409,
            json!({
                "error_alias": ["object_protected"], "detail": "Protected.", "non_field_errors": ["Protected."],
            }),
        );
        assert_eq!((found[0].0.as_str(), found[0].2.as_str()), ("deletion_protection", "Protected."));
        let found = failed(500, json!({ "request_id": "954fd467-1111-4222-8333-444455556666" }));
        assert!(found[0].2.contains("500") && found[0].2.contains("954fd467"), "{}", found[0].2);
    }
}
