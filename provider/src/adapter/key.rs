//! The key under which a creation is carried out once, however often it is sent.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value as Json};
use sha2::{Digest, Sha256};

/// How much of the hash a key holds.
const KEY_BYTES: usize = 16;

/// A key of who creates what: the same account, kind, place and body give the same key, in any process. A creation
/// whose answer was lost is thereby answered again, not repeated. 128 bits of the hash are enough to tell the creations
/// of a day apart, and the key stands in the state of every new object.
pub(crate) fn idempotency_key(creation: &[&str], body: &Json) -> String {
    let mut hash = Sha256::new();
    for part in creation.iter().copied().chain([canonical(body).to_string().as_str()]) {
        // The length before each part keeps two lists of parts from reading the same.
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    URL_SAFE_NO_PAD.encode(&hash.finalize()[..KEY_BYTES])
}

/// The same JSON with the fields of every object in the order of their names.
fn canonical(json: &Json) -> Json {
    match json {
        Json::Object(fields) => {
            let mut sorted: Vec<(&String, &Json)> = fields.iter().collect();
            sorted.sort_by_key(|(name, _)| *name);
            let fields = sorted.into_iter().map(|(name, value)| (name.clone(), canonical(value)));
            Json::Object(fields.collect::<Map<_, _>>())
        }
        Json::Array(items) => items.iter().map(canonical).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::idempotency_key;
    use serde_json::json;

    #[test]
    fn the_key_depends_on_the_content_alone() {
        let key = |account, noun, body| idempotency_key(&[account, noun, "demo/x", ""], &body);
        let first = key("a", "client", json!({ "code": "x", "set": { "b": 1, "a": 2 } }));
        assert_eq!(first, key("a", "client", json!({ "set": { "a": 2, "b": 1 }, "code": "x" })));
        assert_eq!(first.len(), 22);
        for other in [
            key("b", "client", json!({ "code": "x", "set": { "b": 1, "a": 2 } })),
            key("a", "partner", json!({ "code": "x", "set": { "b": 1, "a": 2 } })),
            key("a", "client", json!({ "code": "y", "set": { "b": 1, "a": 2 } })),
            key("a", "client", json!({ "code": "x", "set": { "b": 1, "a": 3 } })),
            key("acl", "ient", json!({ "code": "x", "set": { "b": 1, "a": 2 } })),
            idempotency_key(
                &["a", "client", "demo/x", "again"],
                &json!({ "code": "x", "set": { "b": 1, "a": 2 } }),
            ),
        ] {
            assert_ne!(first, other);
        }
    }
}
