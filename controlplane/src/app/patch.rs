//! Partial changes: what was sent is merged into what is there (RFC 7396) and checked as a whole.

use super::Error;
use schemars::JsonSchema;
use schemas::{endpoint::Patch, registry::schema_of};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

/// The editable set after a patch: a field that is null goes back to its default.
///
/// # Errors
/// When a field that must be there is null.
pub(crate) fn patched<U>(current: &U, patch: Patch<U>) -> Result<U, Error>
where
    U: Serialize + DeserializeOwned + JsonSchema,
{
    let mut merged = serde_json::to_value(current).map_err(|error| Error::internal("patch", error))?;
    if let Value::Object(fields) = &mut merged {
        let schema = schema_of::<U>();
        for (name, value) in patch.fields {
            merge_field(fields, &name, value, &schema)?;
        }
    }
    serde_json::from_value(merged).map_err(|error| Error::BadRequest(error.to_string()))
}

fn merge_field(
    fields: &mut Map<String, Value>,
    name: &str,
    value: Value,
    schema: &Value,
) -> Result<(), Error> {
    let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
    if value.is_null() {
        if required.into_iter().any(|field| field == name) {
            return Err(Error::field(name, "This field may not be null."));
        }
        fields.remove(name);
    } else {
        merge(fields.entry(name.to_owned()).or_insert(Value::Null), value);
    }
    Ok(())
}

/// Merges maps key by key, a null removing its key; anything else replaces what was there.
fn merge(target: &mut Value, patch: Value) {
    match (target, patch) {
        (Value::Object(target), Value::Object(patch)) => {
            for (key, value) in patch {
                if value.is_null() {
                    target.remove(&key);
                } else {
                    merge(target.entry(key).or_insert(Value::Null), value);
                }
            }
        }
        (target, patch) => *target = patch,
    }
}
