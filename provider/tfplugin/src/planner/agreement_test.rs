use super::nonconformities;
use crate::{
    schema::{Attribute, Attributes, Nesting},
    value::{Object, Type, Value},
};

fn attributes() -> Attributes {
    let part = || {
        [
            ("size", Attribute::number().required()),
            ("unit", Attribute::string().default("gb")),
            ("code", Attribute::string().computed()),
        ]
    };
    [
        ("name", Attribute::string().required()),
        ("id", Attribute::string().computed()),
        ("secret", Attribute::string().write_only()),
        ("tags", Attribute::set(Type::String)),
        ("one", Attribute::nested(Nesting::Single, part())),
        ("list", Attribute::nested(Nesting::List, part())),
        ("map", Attribute::nested(Nesting::Map, part())),
        ("set", Attribute::nested(Nesting::Set, part())),
    ]
    .into_iter()
    .map(|(name, attribute)| (name.to_owned(), attribute))
    .collect()
}

fn part(size: i32) -> Object {
    Object::new().with("size", size)
}

fn planned_part(size: i32) -> Object {
    part(size).with("unit", "gb").with("code", Value::UNKNOWN)
}

fn config() -> Object {
    Object::new()
        .with("name", "x")
        .with("secret", "s")
        .with("one", part(1))
        .with("list", Value::list([part(1), part(2)]))
        .with("map", Value::map([("a", part(1))]))
        .with("set", Value::set([part(1), part(2)]))
}

fn planned() -> Object {
    Object::new()
        .with("name", "x")
        .with("id", Value::UNKNOWN)
        .with("one", planned_part(1))
        .with("list", Value::list([planned_part(1), planned_part(2)]))
        .with("map", Value::map([("a", planned_part(1))]))
        .with("set", Value::set([planned_part(2), planned_part(1)]))
}

fn paths(prior: Option<&Object>, planned: &Object) -> Vec<String> {
    nonconformities(&attributes(), prior, &config(), planned).iter().map(ToString::to_string).collect()
}

#[test]
fn what_the_configuration_leaves_open_is_the_providers_to_choose() {
    assert_eq!(paths(None, &planned()), Vec::<String>::new());
}

#[test]
fn every_disagreement_is_named_at_its_place() {
    let wrong = planned()
        .with("name", "y")
        .with("secret", "s")
        .with("tags", Value::set(["unasked"]))
        .with("one", planned_part(2))
        .with("list", Value::list([planned_part(1), planned_part(3)]))
        .with("map", Value::map([("b", planned_part(1))]))
        .with("set", Value::set([planned_part(1), planned_part(3)]));
    let found = paths(None, &wrong);
    assert_eq!(found, ["list[1].size", "map", "name", "one.size", "secret", "set", "tags"]);
}

#[test]
fn what_was_before_may_stay_where_the_configuration_says_it_otherwise() {
    let kept = planned().with("name", "X");
    assert_eq!(paths(Some(&kept), &kept), Vec::<String>::new());
    assert_eq!(paths(Some(&planned()), &kept), ["name"]);
}
