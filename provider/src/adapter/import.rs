//! What the user may give to import an object: its id, or its code with those of its parents.

use tfplugin::Diagnostic;
use uuid::Uuid;

/// A reference to an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reference {
    /// By id.
    Id(String),
    /// By code, in a partner where one is named.
    Code { partner: Option<String>, code: String },
}

impl Reference {
    /// Reads what the user gave for an object with this import key.
    pub(crate) fn parse(text: &str, key: &[&str]) -> Option<Self> {
        if Uuid::try_parse(text).is_ok() {
            return Some(Self::Id(text.to_owned()));
        }
        let parts: Vec<&str> = text.split('/').collect();
        match (parts.as_slice(), key.len()) {
            _ if parts.iter().any(|part| part.is_empty()) => None,
            ([code], _) => Some(Self::Code { partner: None, code: (*code).to_owned() }),
            ([partner, code], 2) => {
                Some(Self::Code { partner: Some((*partner).to_owned()), code: (*code).to_owned() })
            }
            _ => None,
        }
    }
}

/// The forms that are accepted.
pub(crate) fn forms(key: &[&str]) -> String {
    match key {
        [code] => format!("`{code}` or the id (a UUID)"),
        [.., code] => format!(
            "`{}`, `{code}` (in the provider's `partner`, or where only one object has it), or the id (a UUID)",
            key.join("/")
        ),
        [] => "the id (a UUID)".to_owned(),
    }
}

/// There is no such object.
pub(crate) fn not_found(type_name: &str, given: &str, key: &[&str]) -> Diagnostic {
    Diagnostic::error(format!("No {type_name} \"{given}\""))
        .detail(format!("The server has none, or the token may not see it. Accepted are {}.", forms(key)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_codes_are_told_apart() {
        let both = ["partner", "code"];
        let code = |partner: Option<&str>, code: &str| {
            Some(Reference::Code { partner: partner.map(str::to_owned), code: code.to_owned() })
        };
        let id = "954fd467-1111-4222-8333-444455556666";
        assert_eq!(Reference::parse(id, &both), Some(Reference::Id(id.to_owned())));
        assert_eq!(Reference::parse("acme", &both), code(None, "acme"));
        assert_eq!(Reference::parse("demo/acme", &both), code(Some("demo"), "acme"));
        assert_eq!(Reference::parse("demo", &["code"]), code(None, "demo"));
        for bad in ["", "/", "demo/", "/acme", "a/b/c"] {
            assert_eq!(Reference::parse(bad, &both), None, "{bad}");
        }
        assert_eq!(Reference::parse("demo/acme", &["code"]), None);
    }
}
