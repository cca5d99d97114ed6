use super::{clear_write_only, contradictions, fill_defaults, keep_spelling, settle_unknowns, validate};
use crate::{
    schema::{Attribute, Nesting, Schema, validator},
    value::{Object, Type, Value},
};

fn schema() -> Schema {
    let part = [
        ("mail", Attribute::string().semantic(same)),
        ("token", Attribute::string().write_only()),
        ("size", Attribute::number().default(7).validate(validator::range(1.into()..=9.into()))),
    ];
    let word = validator::each(validator::length(1..=3));
    Schema::new("")
        .attribute("mail", Attribute::string().semantic(same))
        .attribute("parts", Attribute::nested(Nesting::List, part.clone()))
        .attribute("kinds", Attribute::nested(Nesting::Set, [("mail", part[0].1.clone())]))
        .attribute("words", Attribute::set(Type::String).validate(word).validate(validator::items(0..=2)))
        .attribute(
            "limits",
            Attribute::map(Type::Number).validate(validator::keys("must be short", |key| key.len() < 3)),
        )
        .attribute("secret", Attribute::string().sensitive().validate(validator::one_of(["a", "b"])))
}

fn same(left: &Value, right: &Value) -> bool {
    left.as_str().map(str::to_lowercase) == right.as_str().map(str::to_lowercase)
}

fn part(mail: &str) -> Value {
    Object::new().with("mail", mail).with("token", "t").into()
}

#[test]
fn the_spelling_of_the_state_is_kept_at_every_depth() {
    let set = |mails: &[&str]| {
        Value::Set(mails.iter().map(|mail| Object::new().with("mail", *mail).into()).collect())
    };
    let state = Object::new()
        .with("mail", "A@B")
        .with("parts", Value::List(vec![part("X"), part("Y")]))
        .with("kinds", set(&["One", "Two"]));
    let mut read = Object::new()
        .with("mail", "a@b")
        .with("parts", Value::List(vec![part("x"), part("other")]))
        .with("kinds", set(&["two", "one", "three"]));
    keep_spelling(&schema().attributes, &state, &mut read);
    assert_eq!(read.str("mail"), Some("A@B"));
    let parts = read.elements("parts").unwrap();
    assert_eq!(parts[0].as_object().unwrap().str("mail"), Some("X"));
    assert_eq!(parts[1].as_object().unwrap().str("mail"), Some("other"));
    assert_eq!(read.get("kinds"), &set(&["One", "Two", "three"]));
}

#[test]
fn write_only_values_leave_every_level() {
    let mut object = Object::new().with("parts", Value::List(vec![part("x")]));
    clear_write_only(&schema().attributes, &mut object);
    assert!(object.elements("parts").unwrap()[0].as_object().unwrap().get("token").is_null());
}

#[test]
fn defaults_fill_nested_objects() {
    let mut object = Object::new().with("parts", Value::List(vec![part("x")]));
    fill_defaults(&schema().attributes, &mut object);
    assert_eq!(object.elements("parts").unwrap()[0].as_object().unwrap().integer("size"), Some(7));
}

#[test]
fn contradictions_are_found_and_unknown_values_are_none() {
    let planned = Object::new()
        .with("mail", Value::UNKNOWN)
        .with("parts", Value::List(vec![part("x")]))
        .with("words", Value::Set(vec!["a".into(), "b".into()]));
    let actual = planned.clone().with("mail", "m").with("words", Value::Set(vec!["b".into(), "a".into()]));
    assert!(contradictions(&planned.clone().into(), &actual.clone().into()).is_empty());
    let wrong = actual.with("parts", Value::List(vec![part("y")])).with("words", Value::Null);
    let paths = contradictions(&planned.into(), &wrong.into());
    let paths: Vec<_> = paths.iter().map(ToString::to_string).collect();
    assert_eq!(paths, ["parts[0].mail", "words"]);
}

#[test]
fn unknown_values_are_settled_and_named() {
    let mut value: Value =
        Object::new().with("mail", Value::UNKNOWN).with("words", Value::Set(vec![Value::UNKNOWN])).into();
    let paths: Vec<_> = settle_unknowns(&mut value).iter().map(ToString::to_string).collect();
    assert_eq!(paths, ["mail", "words[0]"]);
    assert!(value.is_wholly_known());
}

#[test]
fn validators_run_at_every_depth_and_skip_what_is_unknown() {
    let config = Object::new()
        .with("parts", Value::List(vec![Object::new().with("size", 10).into(), Value::UNKNOWN]))
        .with("words", Value::Set(vec!["long word".into(), Value::UNKNOWN, "ok".into()]))
        .with("limits", Value::Map([("long".to_owned(), 1.into())].into()))
        .with("mail", Value::UNKNOWN);
    let diagnostics = validate(&schema(), &config, true);
    let details: Vec<_> = diagnostics.iter().map(|diagnostic| diagnostic.detail.as_str()).collect();
    assert_eq!(
        details,
        [
            "limits[\"long\"] must be short.",
            "parts[0].size must be between 1 and 9.",
            "words[0] must have between 1 and 3 characters.",
            "words must have at most 2 items.",
        ]
    );
}

#[test]
fn diagnostics_never_repeat_a_value() {
    let config = Object::new().with("secret", "not-to-be-seen");
    let diagnostics = validate(&schema(), &config, true);
    assert!(diagnostics.has_errors() && !format!("{diagnostics:?}").contains("not-to-be-seen"));
}

#[test]
fn write_only_attributes_need_a_host_that_knows_them() {
    let config = Object::new().with("parts", Value::List(vec![part("x")]));
    assert!(validate(&schema(), &config, true).is_empty());
    let refused = validate(&schema(), &config, false);
    assert_eq!(refused.iter().next().unwrap().path.to_string(), "parts[0].token");
}

#[test]
fn sets_with_unknown_elements_are_compared_element_by_element() {
    let set = |elements: &[Value]| Value::Set(elements.to_vec());
    let planned = set(&["a".into(), Value::UNKNOWN]);
    let agrees = |actual: &[Value]| contradictions(&planned, &set(actual)).is_empty();
    assert!(agrees(&["b".into(), "a".into()]) && agrees(&["a".into()]));
    assert!(!agrees(&["b".into(), "c".into()]), "a known element is missing");
    assert!(!agrees(&["a".into(), "b".into(), "c".into()]), "there are more than were planned");
}

#[test]
fn what_is_known_of_an_unknown_value_binds_it() {
    let not_null = Value::Unknown(crate::value::Unknown { refinements: Some(vec![0x81, 1, 0xc2]) });
    assert_eq!(contradictions(&not_null, &Value::Null).len(), 1);
    assert!(contradictions(&not_null, &"x".into()).is_empty());
}
