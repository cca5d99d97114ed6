//! States that were stored by every version of every schema so far: each is still read, and loses nothing.

use crate::hand::{Hand, run};
use acceptance_tests::{
    subject::Subject,
    world::{On, World},
};
use serde_json::{Value as Json, json};
use std::{env, fs, path::PathBuf};
use testkit::plugin::{Managed, PluginError};
use tfplugin::value::json as codec;

/// With this in the environment, a missing state of the present version is written; it is committed with the schema.
const WRITE: &str = "ESU_WRITE_STATES";

fn file(type_name: &str, version: i64) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/protocol/states");
    folder.join(format!("{type_name}.v{version}.json"))
}

/// Whether a value has everything that another one has.
fn covers(now: &Json, stored: &Json) -> bool {
    match (now, stored) {
        (Json::Object(now), Json::Object(stored)) => {
            stored.iter().all(|(name, stored)| now.get(name).is_some_and(|now| covers(now, stored)))
        }
        _ => now == stored,
    }
}

/// The state of an object with every attribute set, as the present version stores it.
async fn present(hand: &Hand, subject: &Subject) -> Result<Json, PluginError> {
    let prefix = format!("s-{}", subject.info.noun.replace('_', "-"));
    let slots = subject.slots().into_iter();
    let slots =
        slots.filter(|slot| !slot.fixed && !slot.name.contains('.') && slot.name != "deletion_protection");
    let values = slots.map(|slot| (slot.name.clone(), slot.values[0].clone())).collect();
    let own = subject.objects("it", &format!("{prefix}-it"), values);
    let all = [subject.surroundings(&prefix), own].concat();
    let made = hand.make(&all, &all).await?;
    let schema = hand.plugin.resource(&subject.type_name());
    let state = codec::to_json(&made.last().unwrap().kept.state, &schema.ty)?;
    hand.remove(made).await?;
    Ok(state)
}

/// What is wrong with the stored states of a type.
async fn faults(hand: &Hand, subject: &Subject) -> Result<Vec<String>, PluginError> {
    let type_name = subject.type_name();
    let schema = Managed::new(&hand.plugin, &type_name).schema();
    let newest = file(&type_name, schema.version);
    if !newest.exists() && env::var_os(WRITE).is_some() {
        let state = present(hand, subject).await?;
        fs::write(&newest, format!("{state:#}\n")).unwrap();
    }
    let mut faults = Vec::new();
    for version in 0..=schema.version {
        let path = file(&type_name, version);
        let Ok(text) = fs::read_to_string(&path) else {
            faults.push(format!("{} is missing: run this test once with {WRITE}=1", path.display()));
            continue;
        };
        let stored: Json = serde_json::from_str(&text).unwrap();
        let read = hand.plugin.upgrade(&type_name, version, &stored).await?;
        let read = codec::to_json(&read, &schema.ty)?;
        if read["id"] != stored["id"] || (version == schema.version && !covers(&read, &stored)) {
            faults.push(format!(
                "{type_name} of version {version} is read as\n{read:#}\nand not as it was stored: an attribute that \
                 goes or changes needs a new version of the schema, and a step that brings old states there"
            ));
        }
    }
    Ok(faults)
}

#[test]
fn every_stored_state_is_read() {
    let world = World::shared(On::Sqlite);
    run(async {
        let hand = Hand::new(&world, json!({})).await;
        let mut all = Vec::new();
        for subject in Subject::all() {
            let found = faults(&hand, &subject).await;
            all.extend(found.unwrap_or_else(|error| panic!("{}: {error}", subject.type_name())));
        }
        assert!(all.is_empty(), "{}", all.join("\n"));
    });
}

/// A state of a newer provider is refused, and not read as something else.
#[test]
fn a_newer_state_is_refused() {
    let world = World::shared(On::Sqlite);
    run(async {
        let hand = Hand::new(&world, json!({})).await;
        for subject in Subject::all() {
            let type_name = subject.type_name();
            let newer = hand.plugin.resource(&type_name).version + 1;
            let refused = hand.plugin.upgrade(&type_name, newer, &json!({})).await;
            assert!(matches!(refused, Err(PluginError::Refused(_))), "{type_name}");
        }
    });
}

#[test]
fn a_state_that_lost_something_is_told_from_a_whole_one() {
    let stored = json!({ "name": "a", "services": { "disk": { "price": 1 } } });
    assert!(covers(
        &json!({ "name": "a", "services": { "disk": { "price": 1, "period": "day" } }, "new": null }),
        &stored
    ));
    assert!(!covers(&json!({ "name": "a", "services": { "disk": {} } }), &stored));
    assert!(!covers(&json!({ "title": "a", "services": { "disk": { "price": 1 } } }), &stored));
}
