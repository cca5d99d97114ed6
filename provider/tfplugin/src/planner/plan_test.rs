use std::collections::BTreeMap;

use super::plan;
use crate::{
    framework::{Action, Plan, Private},
    schema::{Attribute, Nesting, Schema},
    value::{Object, Path, Type, Value},
};

fn element() -> [(&'static str, Attribute); 4] {
    [
        ("key", Attribute::string().required().immutable()),
        ("size", Attribute::number().default(1)),
        ("code", Attribute::string().computed()),
        ("touched", Attribute::string().computed().volatile()),
    ]
}

fn schema() -> Schema {
    Schema::new("")
        .attribute("id", Attribute::string().computed())
        .attribute("name", Attribute::string().required().force_new())
        .attribute("owner", Attribute::string().immutable())
        .attribute("mail", Attribute::string().semantic(same))
        .attribute("kind", Attribute::string().optional_computed())
        .attribute("zone", Attribute::string().default("a").force_new())
        .attribute("password", Attribute::string().write_only())
        .attribute("revision", Attribute::number().computed().volatile())
        .attribute("by_key", Attribute::nested(Nesting::Map, element()))
        .attribute("by_index", Attribute::nested(Nesting::List, element()))
        .attribute("one", Attribute::nested(Nesting::Single, element()))
        .attribute(
            "some",
            Attribute::nested(
                Nesting::Set,
                [
                    ("key", Attribute::string().required()),
                    ("code", Attribute::string().computed()),
                    ("touched", Attribute::string().computed().volatile()),
                ],
            ),
        )
        .attribute("anything", Attribute::of(Type::Dynamic))
}

fn same(left: &Value, right: &Value) -> bool {
    left.as_str().map(str::to_lowercase) == right.as_str().map(str::to_lowercase)
}

fn object(attributes: &[(&str, Value)]) -> Object {
    attributes.iter().map(|(name, value)| (*name, value.clone())).collect()
}

fn nested(attributes: &[(&str, Value)]) -> Value {
    Value::Object(object(attributes))
}

fn map(elements: &[(&str, Value)]) -> Value {
    let elements = elements.iter().map(|(key, value)| ((*key).to_owned(), value.clone()));
    Value::Map(elements.collect::<BTreeMap<_, _>>())
}

fn planned(prior: Option<&Object>, config: &Object) -> Plan {
    let (plan, refused) = plan(&schema(), prior.cloned(), config.clone(), Private::new());
    assert!(refused.is_empty(), "{refused:?}");
    plan
}

/// The state after an apply that gives every unknown attribute the text or number `made`.
fn applied(plan: &Plan) -> Object {
    let mut value = Value::Object(plan.planned.clone());
    make(&mut value);
    value.as_object().unwrap().clone()
}

fn make(value: &mut Value) {
    match value {
        Value::Unknown(_) => *value = "made".into(),
        Value::Object(object) => object.iter_mut().for_each(|(_, value)| make(value)),
        Value::Map(elements) => elements.values_mut().for_each(make),
        Value::List(elements) | Value::Set(elements) => elements.iter_mut().for_each(make),
        _ => {}
    }
}

fn config() -> Object {
    object(&[
        ("name", "n".into()),
        ("owner", "o".into()),
        ("mail", "A@b".into()),
        ("password", "p".into()),
        ("by_key", map(&[("x", nested(&[("key", "x".into())])), ("y", nested(&[("key", "y".into())]))])),
        ("by_index", Value::List(vec![nested(&[("key", "0".into())])])),
        ("one", nested(&[("key", "1".into()), ("size", 5.into())])),
        ("some", Value::Set(vec![nested(&[("key", "a".into())]), nested(&[("key", "b".into())])])),
    ])
}

#[test]
fn a_creation_knows_the_configuration_and_the_defaults() {
    let plan = planned(None, &config());
    assert_eq!(plan.action(), Action::Create);
    assert!(plan.requires_replace().is_empty());
    for name in ["id", "kind", "revision"] {
        assert!(plan.planned.get(name).is_unknown(), "{name}");
    }
    assert_eq!(plan.planned.str("zone"), Some("a"));
    assert!(plan.planned.get("password").is_null());
    let x = plan.planned.map("by_key").unwrap()["x"].as_object().unwrap();
    assert_eq!(x.integer("size"), Some(1));
    assert!(x.get("code").is_unknown() && x.get("touched").is_unknown());
}

#[test]
fn the_second_plan_is_empty() {
    let state = applied(&planned(None, &config()));
    let plan = planned(Some(&state), &config());
    assert_eq!(plan.action(), Action::Unchanged);
    assert_eq!(plan.planned, state);
}

#[test]
fn a_set_in_another_order_is_no_change() {
    let state = applied(&planned(None, &config()));
    let mut other = config();
    let mut some = other.elements("some").unwrap().to_vec();
    some.reverse();
    other.set("some", Value::Set(some));
    assert_eq!(planned(Some(&state), &other).action(), Action::Unchanged);
}

#[test]
fn another_spelling_is_no_change() {
    let state = applied(&planned(None, &config()));
    let plan = planned(Some(&state), &config().with("mail", "a@B"));
    assert_eq!(plan.action(), Action::Unchanged);
    assert_eq!(plan.planned.str("mail"), Some("A@b"));
}

#[test]
fn an_update_touches_only_what_is_volatile() {
    let state = applied(&planned(None, &config()));
    let plan = planned(Some(&state), &config().with("mail", "c@d"));
    assert_eq!(plan.action(), Action::Update);
    assert!(plan.planned.get("revision").is_unknown());
    assert_eq!(plan.planned.str("id"), Some("made"));
    assert_eq!(plan.planned.str("kind"), Some("made"));
    assert_eq!(plan.planned.get("by_key"), state.get("by_key"));
}

#[test]
fn an_update_makes_computed_attributes_without_prior_unknown() {
    let mut state = applied(&planned(None, &config()));
    state.set("kind", Value::Null);
    assert_eq!(planned(Some(&state), &config()).action(), Action::Unchanged);
    let plan = planned(Some(&state), &config().with("mail", "c@d"));
    assert!(plan.planned.get("kind").is_unknown());
}

#[test]
fn only_the_element_that_changes_is_unknown() {
    let state = applied(&planned(None, &config()));
    let elements = map(&[
        ("x", nested(&[("key", "x".into()), ("size", 2.into())])),
        ("y", nested(&[("key", "y".into())])),
        ("z", nested(&[("key", "z".into())])),
    ]);
    let plan = planned(Some(&state), &config().with("by_key", elements));
    let element = |key: &str| plan.planned.map("by_key").unwrap()[key].as_object().unwrap().clone();
    assert!(element("x").get("touched").is_unknown());
    assert_eq!(element("x").str("code"), Some("made"));
    assert_eq!(element("y").str("touched"), Some("made"));
    assert!(element("z").get("code").is_unknown());
    assert_eq!(element("z").integer("size"), Some(1));
}

#[test]
fn elements_of_sets_keep_what_they_had() {
    let state = applied(&planned(None, &config()));
    let some = Value::Set(vec![nested(&[("key", "c".into())]), nested(&[("key", "b".into())])]);
    let plan = planned(Some(&state), &config().with("some", some));
    let some = plan.planned.elements("some").unwrap();
    assert!(some[0].as_object().unwrap().get("code").is_unknown());
    assert_eq!(some[1].as_object().unwrap().str("code"), Some("made"));
    assert_eq!(some[1].as_object().unwrap().str("touched"), Some("made"));
}

#[test]
fn a_forced_change_replaces_and_makes_everything_unknown() {
    let state = applied(&planned(None, &config()));
    let plan = planned(Some(&state), &config().with("name", "m").with("zone", "b"));
    assert_eq!(plan.requires_replace(), [Path::from("name"), Path::from("zone")]);
    assert!(plan.deletes());
    assert!(plan.planned.get("id").is_unknown());
    let x = plan.planned.map("by_key").unwrap()["x"].as_object().unwrap();
    assert!(x.get("code").is_unknown());
    assert_eq!(x.integer("size"), Some(1));
}

#[test]
fn a_value_that_may_change_replaces_too() {
    let state = applied(&planned(None, &config()));
    let plan = planned(Some(&state), &config().with("name", Value::UNKNOWN));
    assert_eq!(plan.requires_replace(), [Path::from("name")]);
}

#[test]
fn going_back_to_the_default_is_a_change() {
    let state = applied(&planned(None, &config().with("zone", "b")));
    let plan = planned(Some(&state), &config());
    assert_eq!(plan.requires_replace(), [Path::from("zone")]);
    assert_eq!(plan.planned.str("zone"), Some("a"));
}

#[test]
fn immutable_changes_are_errors_at_their_paths() {
    let state = applied(&planned(None, &config()));
    let refused = |config: Object| {
        let (_, refused) = plan(&schema(), Some(state.clone()), config, Private::new());
        refused.iter().map(|diagnostic| diagnostic.path.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(refused(config().with("owner", "p")), ["owner"]);
    assert_eq!(refused(config().with("owner", Value::Null)), ["owner"]);
    assert!(refused(config().with("owner", Value::UNKNOWN)).is_empty());
    let elements = map(&[("x", nested(&[("key", "other".into())])), ("z", nested(&[("key", "z".into())]))]);
    assert_eq!(refused(config().with("by_key", elements)), ["by_key[\"x\"].key"]);
    assert_eq!(refused(config().with("one", nested(&[("key", "2".into())]))), ["one.key"]);
    let list = Value::List(vec![nested(&[("key", "9".into())])]);
    assert_eq!(refused(config().with("by_index", list)), ["by_index[0].key"]);
    assert!(refused(config().with("one", Value::Null)).is_empty());
}

#[test]
fn unknown_collections_stay_unknown() {
    let plan = planned(None, &config().with("by_key", Value::UNKNOWN).with("some", Value::UNKNOWN));
    assert!(plan.planned.get("by_key").is_unknown() && plan.planned.get("some").is_unknown());
    let some = Value::Set(vec![Value::UNKNOWN, Value::UNKNOWN]);
    let plan = planned(None, &config().with("some", some));
    assert_eq!(plan.planned.elements("some").unwrap().len(), 2);
}

#[test]
fn a_typed_null_keeps_its_type() {
    let typed = Value::dynamic(Type::String, Value::Null);
    let plan = planned(None, &config().with("anything", typed.clone()));
    assert_eq!(plan.planned.get("anything"), &typed);
}

#[test]
fn what_is_taken_out_of_the_configuration_goes() {
    let state = applied(&planned(None, &config()));
    let plan = planned(Some(&state), &config().with("mail", Value::Null).with("one", Value::Null));
    assert!(plan.planned.get("mail").is_null() && plan.planned.get("one").is_null());
    assert_eq!(plan.action(), Action::Update);
}
