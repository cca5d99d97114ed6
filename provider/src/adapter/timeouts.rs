//! `timeouts`: how long an operation may take, with every repetition of its requests.

use schemas::{format, span::Span};
use std::time::Duration;
use tfplugin::{Attribute, Nesting, Object, Value};

/// The attribute's name.
pub(crate) const NAME: &str = "timeouts";
const OPERATIONS: [(&str, &str); 4] =
    [("create", "creation"), ("read", "reading"), ("update", "update"), ("delete", "deletion")];

/// The attribute.
pub(crate) fn attribute() -> Attribute {
    let span = |(name, noun): (&'static str, &str)| {
        let described = format!("How long the {noun} may take, such as `10m`; 20 minutes without it.");
        let check = |value: &Value| value.as_str().map_or(Ok(()), |text| format::check("span", text));
        (name, Attribute::string().description(described).validate(check))
    };
    Attribute::nested(Nesting::Single, OPERATIONS.map(span)).description(
        "How long each operation may take, waiting for a busy server and repeating requests included.",
    )
}

/// How long an operation may take, where the configuration says so.
pub(crate) fn of(values: &Object, operation: &str) -> Option<Duration> {
    let span: Span = values.object(NAME)?.str(operation)?.parse().ok()?;
    Some(span.to_duration())
}
