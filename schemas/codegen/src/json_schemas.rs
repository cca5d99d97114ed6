//! `docs/schemas/`: for each resource, the JSON Schema of what it is created from.

use crate::{Files, GenerateError, pretty};
use schemas::registry::{self, ResourceInfo};
use serde_json::{Map, Value};

/// The dialect that the schemas are written in.
const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// One schema for each resource.
pub(crate) fn files() -> Result<Files, GenerateError> {
    registry::resources()
        .iter()
        .map(|resource| Ok((format!("{}.json", resource.noun), pretty(&document(resource))?)))
        .collect()
}

/// The schema as a file of its own: it names its dialect and carries the resource's description.
fn document(resource: &ResourceInfo) -> Value {
    let mut document = Map::new();
    document.insert("$schema".to_owned(), DIALECT.into());
    document.insert("title".to_owned(), resource.noun.into());
    document.insert("description".to_owned(), (resource.description)().into());
    if let Value::Object(fields) = (resource.spec)() {
        for (name, value) in fields {
            document.entry(name).or_insert(value);
        }
    }
    Value::Object(document)
}
