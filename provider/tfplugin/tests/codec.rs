//! The codecs: what goes through them comes out as it was, and what is no value is an error.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

#[path = "support/values.rs"]
mod values;

use std::collections::BTreeMap;

use proptest::{collection, prelude::*};
use tfplugin::{
    Object, Type, Value,
    value::{MAX_DEPTH, json, msgpack},
};
use values::{typed_values, types};

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn types_round_trip(ty in types()) {
        prop_assert_eq!(Type::from_json(&ty.to_json()), Ok(ty));
    }

    #[test]
    fn msgpack_round_trips((ty, value) in typed_values(false)) {
        let bytes = msgpack::encode(&value, &ty).unwrap();
        prop_assert_eq!(msgpack::decode(&bytes, &ty).unwrap(), value);
    }

    #[test]
    fn json_round_trips((ty, value) in typed_values(true)) {
        let bytes = json::encode(&value, &ty).unwrap();
        prop_assert_eq!(json::decode(&bytes, &ty, json::Surplus::Refuse).unwrap(), value);
    }

    #[test]
    fn unknowns_in_sets_keep_their_count(unknown in 0_usize..20, known in collection::vec("[a-z]{3}", 0..20)) {
        let elements = known.iter().map(|text| Value::from(text.as_str()));
        let set = Value::Set(elements.chain(std::iter::repeat_n(Value::UNKNOWN, unknown)).collect());
        let ty = Type::set(Type::String);
        let read = msgpack::decode(&msgpack::encode(&set, &ty).unwrap(), &ty).unwrap();
        let count = read.as_elements().unwrap().iter().filter(|element| element.is_unknown()).count();
        prop_assert_eq!(count, unknown);
        prop_assert_eq!(format!("{read:?}"), format!("{set:?}"));
    }

    #[test]
    fn hostile_bytes_do_not_panic(ty in types(), bytes in collection::vec(any::<u8>(), 0..200)) {
        let _ = msgpack::decode(&bytes, &ty);
        let _ = json::decode(&bytes, &ty, json::Surplus::Drop);
    }

    #[test]
    fn truncation_is_an_error((ty, value) in typed_values(false), cut in 1_usize..8) {
        let bytes = msgpack::encode(&value, &ty).unwrap();
        let kept = bytes.len().saturating_sub(cut);
        prop_assert!(msgpack::decode(&bytes[..kept], &ty).is_err());
    }
}

fn object(attributes: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    Value::Object(attributes.into_iter().collect())
}

#[test]
fn numbers_take_the_form_that_the_host_reads_exactly() {
    let wire = |text: &str| msgpack::encode(&Value::Number(text.parse().unwrap()), &Type::Number).unwrap();
    assert_eq!(wire("7"), [7]);
    assert_eq!(wire("-1"), [0xff]);
    assert_eq!(wire("0.5")[0], 0xcb);
    assert_eq!(wire("0.1"), b"\xa30.1");
    assert_eq!(wire("18446744073709551615")[0], 0xb4);
    assert_eq!(wire("18446744073709551616")[0], 0xcb);
}

#[test]
fn every_spelling_of_a_number_is_read() {
    let read = |bytes: &[u8]| msgpack::decode(bytes, &Type::Number).unwrap();
    assert_eq!(read(b"\xa4-0.1"), Value::Number("-0.1".parse().unwrap()));
    assert_eq!(read(&[0xcf, 255, 255, 255, 255, 255, 255, 255, 255]), Value::from(u64::MAX));
    assert_eq!(read(&[0xca, 0x3f, 0, 0, 0]), Value::Number("0.5".parse().unwrap()));
    assert_eq!(read(&[0xd0, 0x80]), Value::from(-128));
}

#[test]
fn errors_tell_the_path_and_not_the_value() {
    let ty = Type::object([("services", Type::map(Type::object([("price", Type::Number)])))]);
    let wrong = object([("price", "secret".into())]);
    let value = object([("services", Value::Map(BTreeMap::from([("disk".to_owned(), wrong)])))]);
    let error = msgpack::encode(&value, &ty).unwrap_err();
    assert_eq!(
        error.to_string(),
        "services[\"disk\"].price: a value of type number is needed, this is string"
    );

    let bytes = json::decode(br#"{"services":{"disk":{"price":true}}}"#, &ty, json::Surplus::Refuse);
    assert_eq!(bytes.unwrap_err().path().to_string(), "services[\"disk\"].price");

    let typed = Type::object([("list", Type::list(Type::String))]);
    let bytes = msgpack::encode(
        &object([("list", Value::List(vec![1.into()]))]),
        &Type::object([("list", Type::list(Type::Number))]),
    );
    assert_eq!(msgpack::decode(&bytes.unwrap(), &typed).unwrap_err().path().to_string(), "list[0]");
}

#[test]
fn surplus_attributes_are_dropped_only_when_asked() {
    let ty = Type::object([("kept", Type::Bool), ("new", Type::Bool)]);
    let stored = br#"{"kept":true,"gone":[1,{"deep":null}]}"#;
    assert!(json::decode(stored, &ty, json::Surplus::Refuse).is_err());
    let read = json::decode(stored, &ty, json::Surplus::Drop).unwrap();
    assert_eq!(read, object([("kept", true.into()), ("new", Value::Null)]));
}

#[test]
fn json_has_no_unknown_values() {
    let ty = Type::object([("id", Type::String)]);
    let error = json::encode(&object([("id", Value::UNKNOWN)]), &ty).unwrap_err();
    assert_eq!(error.path().to_string(), "id");
}

#[test]
fn sets_are_equal_in_any_order_with_the_same_multiplicity() {
    let set = |elements: &[i32]| Value::Set(elements.iter().copied().map(Value::from).collect());
    assert_eq!(set(&[1, 2, 2]), set(&[2, 1, 2]));
    assert_ne!(set(&[1, 2, 2]), set(&[1, 1, 2]));
    assert_ne!(Value::List(vec![1.into(), 2.into()]), Value::List(vec![2.into(), 1.into()]));
    let nested = |left, right| object([("sets", Value::List(vec![set(left), set(right)]))]);
    assert_eq!(nested(&[1, 2], &[3, 4]), nested(&[2, 1], &[4, 3]));
}

#[test]
fn dynamic_values_nest_only_so_deep() {
    let mut bytes = vec![0xc0];
    for _ in 0..100_000 {
        let ty = br#"["list","dynamic"]"#;
        let mut outer = vec![0x92, 0xc4, u8::try_from(ty.len()).unwrap()];
        outer.extend_from_slice(ty);
        outer.push(0x91);
        outer.append(&mut bytes.split_off(0));
        bytes = outer;
        if bytes.len() > 100_000 {
            break;
        }
    }
    assert!(msgpack::decode(&bytes, &Type::Dynamic).unwrap_err().message().contains("too deep"));
    let brackets = "[\"list\",".repeat(MAX_DEPTH * 100);
    assert!(json::decode(brackets.as_bytes(), &Type::Dynamic, json::Surplus::Drop).is_err());
}

#[test]
fn a_length_beyond_the_message_reserves_nothing() {
    let ty = Type::list(Type::Bool);
    let claim = [0xdd, 0xff, 0xff, 0xff, 0xff];
    assert!(msgpack::decode(&claim, &ty).is_err());
    let map = [0xdf, 0xff, 0xff, 0xff, 0xff];
    assert!(msgpack::decode(&map, &Type::Object(BTreeMap::new())).is_err());
}

#[test]
fn objects_read_missing_attributes_as_null() {
    let object = Object::new().with("name", "x");
    assert!(object.get("other").is_null());
    assert_eq!(object.require_str("other").unwrap_err().path().to_string(), "other");
}
