//! What changed between two versions of an object, by the names that its fields have in requests.

use schemas::{registry, tf};
use serde_json::Value;
use store::{Json, model::event::Event};

/// The fields of an object that changed since a version, from its events, the newest first. None where the version is
/// not among them.
pub(super) fn since(kind: &str, version: Option<i64>, events: &[Event]) -> Vec<String> {
    let of = |json: &Option<Json>| json.as_ref().and_then(|json| json.read::<Value>().ok());
    let is_known = |view: &Value| version.is_some() && view.get("version").and_then(Value::as_i64) == version;
    let Some(now) = events.first().and_then(|event| of(&event.after)) else { return Vec::new() };
    let mut views = events.iter().flat_map(|event| [of(&event.after), of(&event.before)]).flatten();
    views.find(is_known).map(|then| differing(kind, &then, &now)).unwrap_or_default()
}

fn differing(kind: &str, then: &Value, now: &Value) -> Vec<String> {
    let resource = registry::resources().into_iter().find(|resource| resource.noun == kind);
    let fields: Vec<(String, String)> = match resource {
        Some(resource) => {
            let attributes = tf::object_attributes(&(resource.update)());
            attributes.into_iter().map(|attribute| (attribute.api_name, attribute.path)).collect()
        }
        None => {
            let names = now.as_object().into_iter().flatten().map(|(name, _)| name);
            names.filter(|name| *name != "version").map(|name| (name.clone(), format!("/{name}"))).collect()
        }
    };
    // Below a star there are the elements of an array: they are compared as a whole.
    let differs = |path: &str| {
        let path = path.split("/*").next().unwrap_or_default();
        then.pointer(path) != now.pointer(path)
    };
    fields.into_iter().filter(|(_, path)| differs(path)).map(|(name, _)| name).collect()
}
