//! States that were written by released versions are read.

use crate::resource;
use serde_json::{Value as Json, json};
use std::{collections::BTreeMap, fs, path::Path};
use tfplugin::{Context, RawState, Value};

/// The stored states: `<type>.<version>.json`.
fn stored() -> BTreeMap<(String, i64), Json> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/states");
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    files
        .map(|file| {
            let name = file.file_name().unwrap().to_str().unwrap().to_owned();
            let mut parts = name.split('.');
            let key = (parts.next().unwrap().to_owned(), parts.next().unwrap().parse().unwrap());
            (key, serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap())
        })
        .collect()
}

#[tokio::test]
async fn every_stored_state_is_read_as_todays() {
    let all = resource::all();
    let context = Context::new(tfplugin::CancellationToken::new(), None);
    for ((name, version), state) in stored() {
        let resource = all.iter().find(|one| one.type_name() == name).unwrap_or_else(|| panic!("no {name}"));
        let (today, raw) = (resource.schema(), RawState::new(state.clone()));
        let read = if version == today.version {
            raw.decode(&today.object_type()).unwrap()
        } else {
            resource.upgrade(&context, version, raw).await.unwrap()
        };
        // Nothing that was stored is lost, and the object is the same one.
        assert_eq!(read.str("id"), state["id"].as_str(), "{name}");
        for (attribute, value) in state.as_object().unwrap().iter().filter(|_| version == today.version) {
            assert_eq!(read.get(attribute).is_null(), value.is_null(), "{name}.{attribute}");
        }
        let is_known = Value::Object(read).is_wholly_known();
        assert!(is_known, "{name}");
    }
}

#[tokio::test]
async fn a_state_of_a_newer_provider_is_refused() {
    let context = Context::new(tfplugin::CancellationToken::new(), None);
    for resource in resource::all() {
        let newer = resource.schema().version + 1;
        assert!(resource.upgrade(&context, newer, RawState::new(json!({ "id": "x" }))).await.is_err());
    }
}
