//! What the user may give to import an object: its id, or its code with those of its parents.

use client::Key;
use tfplugin::Diagnostic;
use uuid::Uuid;

/// A reference to an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reference {
    /// By id.
    Id(String),
    /// By code, in the parents that are named.
    Key(Key),
}

impl Reference {
    /// Reads what the user gave for an object with this import key. The nearest parents may stand alone.
    pub(crate) fn parse(text: &str, key: &[&str]) -> Option<Self> {
        if Uuid::try_parse(text).is_ok() {
            return Some(Self::Id(text.to_owned()));
        }
        let (_, parents) = key.split_last()?;
        let mut given: Vec<&str> = text.split('/').collect();
        if given.len() > key.len() || given.iter().any(|part| part.is_empty()) {
            return None;
        }
        let code = given.pop()?;
        let named = parents.iter().skip(parents.len() - given.len()).zip(given);
        Some(Self::Key(named.fold(Key::new(code), |found, (noun, code)| found.within(*noun, code))))
    }
}

/// The forms that are accepted.
pub(crate) fn forms(key: &[&str]) -> String {
    let mut forms: Vec<String> = (0..key.len()).map(|left_out| key[left_out..].join("/")).collect();
    if let Some(shortest) = forms.pop() {
        let whole: String = forms.iter().map(|form| format!("`{form}`, ")).collect();
        let note = if key.contains(&"partner") && key.len() > 1 {
            " (in the provider's `partner`, or where only one object has it),"
        } else if key.len() > 1 {
            " (where only one object has it),"
        } else {
            ""
        };
        return format!("{whole}`{shortest}`{note} or the id (a UUID)");
    }
    "the id (a UUID)".to_owned()
}

/// There is no such object.
pub(crate) fn not_found(type_name: &str, given: &str, key: &[&str]) -> Diagnostic {
    Diagnostic::error(format!("No {type_name} \"{given}\""))
        .detail(format!("The server has none, or the token may not see it. Accepted are {}.", forms(key)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "954fd467-1111-4222-8333-444455556666";

    fn key(code: &str, parents: &[(&str, &str)]) -> Option<Reference> {
        let named = parents.iter().fold(Key::new(code), |key, (noun, code)| key.within(*noun, *code));
        Some(Reference::Key(named))
    }

    #[test]
    fn ids_and_codes_are_told_apart() {
        let both = ["partner", "code"];
        assert_eq!(Reference::parse(ID, &both), Some(Reference::Id(ID.to_owned())));
        assert_eq!(Reference::parse("acme", &both), key("acme", &[]));
        assert_eq!(Reference::parse("demo/acme", &both), key("acme", &[("partner", "demo")]));
        assert_eq!(Reference::parse("demo", &["code"]), key("demo", &[]));
        for bad in ["", "/", "demo/", "/acme", "a/b/c"] {
            assert_eq!(Reference::parse(bad, &both), None, "{bad}");
        }
        assert_eq!(Reference::parse("demo/acme", &["code"]), None);
    }

    #[test]
    fn the_nearest_parents_may_stand_alone() {
        let three = ["partner", "client", "code"];
        assert_eq!(Reference::parse("web", &three), key("web", &[]));
        assert_eq!(Reference::parse("acme/web", &three), key("web", &[("client", "acme")]));
        let whole = key("web", &[("partner", "demo"), ("client", "acme")]);
        assert_eq!(Reference::parse("demo/acme/web", &three), whole);
    }

    #[test]
    fn what_has_no_code_is_named_by_id_alone() {
        assert_eq!(Reference::parse(ID, &[]), Some(Reference::Id(ID.to_owned())));
        assert_eq!(Reference::parse("acme", &[]), None);
        assert_eq!(forms(&[]), "the id (a UUID)");
    }

    #[test]
    fn every_form_is_told() {
        assert_eq!(forms(&["code"]), "`code` or the id (a UUID)");
        let three = forms(&["partner", "client", "code"]);
        assert!(
            three.starts_with("`partner/client/code`, `client/code`, `code` (in the provider's"),
            "{three}"
        );
    }
}
