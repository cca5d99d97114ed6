//! Import by key, by id and by identity, and the list: each gives the object as the state has it, and a plan that finds
//! nothing to do.

use crate::hand::{Hand, run};
use acceptance_tests::{
    subject::{Subject, resolved},
    world::{On, World},
};
use serde_json::{Value as Json, json};
use testkit::plugin::{Kept, Managed, PluginError};
use tfplugin::{Object, Value, value::json as codec};

/// What the server alone has chosen. The rest is compared by the plan, which knows what means the same.
fn chosen(kept: &Kept, config: &Value) -> Object {
    let config = config.as_object().unwrap();
    let state = kept.state.as_object().unwrap().clone();
    state.into_iter().filter(|(name, _)| config.get(name).is_null()).collect()
}

async fn import(hand: &Hand, subject: &Subject) -> Result<(), PluginError> {
    let prefix = format!("i-{}", subject.info.noun.replace('_', "-"));
    let values = subject.slots().into_iter().filter(|slot| {
        !slot.fixed
            && !slot.name.contains('.')
            && !["timeouts", "deletion_protection"].contains(&slot.name.as_str())
    });
    let values = values.map(|slot| (slot.name.clone(), slot.values[0].clone())).collect();
    let own = subject.objects("it", &format!("{prefix}-it"), values);
    let all = [subject.surroundings(&prefix), own].concat();
    let mut made = hand.make(&all, &all).await?;
    let kept = made.last().unwrap().kept.clone();
    let config = hand.config(all.last().unwrap(), &all)?;

    let type_name = subject.type_name();
    let managed = Managed::new(&hand.plugin, &type_name);
    let state = codec::to_json(&kept.state, &managed.schema().ty)?;
    let id = state["id"].as_str().unwrap().to_owned();
    let mut found = Vec::new();
    for id in [id.clone(), Subject::import_id(&subject.info, &state)] {
        found.push((format!("import of {id}"), hand.plugin.import(&type_name, &id).await?));
    }
    if let Some(identity) = &kept.identity {
        let imported = hand.plugin.import_identity(&type_name, identity).await?;
        found.push(("import by identity".to_owned(), imported));
    }
    for (how, imported) in found {
        // What an import gives is read before it is planned.
        let (read, _) = hand.plugin.read(&type_name, &imported).await?;
        let read = read.unwrap_or_else(|| panic!("{type_name}: {how} is not there"));
        assert_eq!(chosen(&read, &config), chosen(&kept, &config), "{type_name}: {how}");
        assert_eq!(read.identity, kept.identity, "{type_name}: {how}");
        assert!(managed.is_settled(&read, &config).await?, "{type_name}: {how} plans a change");
    }
    listed(hand, managed, &type_name, &kept, &config).await?;
    made.truncate(all.len());
    hand.remove(made).await
}

/// Where a type can be listed, the object is in its list.
async fn listed(
    hand: &Hand,
    managed: Managed<'_>,
    type_name: &str,
    kept: &Kept,
    config: &Value,
) -> Result<(), PluginError> {
    if !hand.plugin.lists.contains_key(type_name) {
        return Ok(());
    }
    let all = hand.plugin.list(type_name, &json!({}), 1000).await?;
    let mine: Vec<_> =
        all.iter().filter(|one| one.identity.is_some() && one.identity == kept.identity).collect();
    assert_eq!(mine.len(), 1, "{type_name}: in its list");
    assert!(!mine[0].name.is_empty());
    let state = mine[0].state.clone().expect("its state was asked for");
    let state = Kept { state, private: Vec::new(), identity: None };
    assert_eq!(chosen(&state, config), chosen(kept, config), "{type_name}: as listed");
    assert!(managed.is_settled(&state, config).await?, "{type_name}: a plan of what is listed");
    Ok(())
}

#[test]
fn every_import_gives_the_object() {
    let world = World::shared(On::Sqlite);
    run(async {
        let hand = Hand::new(&world, json!({})).await;
        for subject in Subject::all() {
            import(&hand, &subject).await.unwrap_or_else(|error| panic!("{}: {error}", subject.type_name()));
        }
    });
}

/// References are found, whatever order the objects are named in.
#[test]
fn references_are_resolved() {
    let objects = Subject::of("client").surroundings("r");
    assert_eq!(resolved(&json!(["@partner.home", "plain"]), &objects), json!(["r-home", "plain"]));
    assert_eq!(resolved(&Json::Null, &objects), Json::Null);
}
