//! Codes: the names by which people refer to objects, unique within their parent.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize};
use std::{borrow::Cow, fmt, str::FromStr};

/// A code: 1 to 63 lower-case letters, digits and hyphens, not beginning with a hyphen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Code(String);

/// Why a text is not a code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// It has another length or other characters.
    #[error(
        "\"{0}\" is not a code: use 1 to 63 lower-case letters, digits and hyphens, not beginning with a hyphen"
    )]
    Malformed(String),
    /// It could be taken for an id.
    #[error("\"{0}\" has the shape of an id; choose another code")]
    LikeAnId(String),
    /// The API has a use of its own for it.
    #[error("\"{0}\" is reserved; choose another code")]
    Reserved(String),
}

impl Code {
    /// Codes with a meaning of their own in paths; only the server gives `default`.
    pub const RESERVED: [&'static str; 4] = ["me", "confirm", "clone", "default"];
    /// The regular expression of a code.
    pub const PATTERN: &'static str = "^[a-z0-9][a-z0-9-]{0,62}$";

    /// The code that the server itself gives, such as that of the automatic project (3.2-14).
    pub fn default_code() -> Self {
        Self("default".to_owned())
    }

    /// The code's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A code read back from the database, where only checked codes are.
    pub fn trusted(text: String) -> Self {
        Self(text)
    }
}

impl FromStr for Code {
    type Err = CodeError;

    fn from_str(text: &str) -> Result<Self, CodeError> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let malformed =
            text.is_empty() || text.len() > 63 || text.starts_with('-') || !text.bytes().all(allowed);
        if malformed {
            Err(CodeError::Malformed(text.to_owned()))
        } else if uuid::Uuid::parse_str(text).is_ok() {
            Err(CodeError::LikeAnId(text.to_owned()))
        } else if Self::RESERVED.contains(&text) {
            Err(CodeError::Reserved(text.to_owned()))
        } else {
            Ok(Self(text.to_owned()))
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Code {
    fn schema_name() -> Cow<'static, str> {
        "Code".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "code" })
    }
}

/// The code of a project that is there: that of the automatic one, too, which nobody else gives.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct ProjectCode(pub Code);

impl FromStr for ProjectCode {
    type Err = CodeError;

    fn from_str(text: &str) -> Result<Self, CodeError> {
        let automatic = Code::default_code();
        if text == automatic.as_str() { Ok(Self(automatic)) } else { text.parse().map(Self) }
    }
}

impl<'de> Deserialize<'de> for ProjectCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for ProjectCode {
    fn schema_name() -> Cow<'static, str> {
        "ProjectCode".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "project-code" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_checked() {
        assert!("acme-1".parse::<Code>().is_ok());
        for bad in ["", "Acme", "-a", "a_b", &"a".repeat(64)] {
            assert!(matches!(bad.parse::<Code>(), Err(CodeError::Malformed(_))), "{bad}");
        }
        assert!(matches!("me".parse::<Code>(), Err(CodeError::Reserved(_))));
        assert!(matches!(
            "954fd467-1111-4222-8333-444455556666".parse::<Code>(),
            Err(CodeError::LikeAnId(_))
        ));
        assert!(matches!("954fd467111142228333444455556666".parse::<Code>(), Err(CodeError::LikeAnId(_))));
    }
}
