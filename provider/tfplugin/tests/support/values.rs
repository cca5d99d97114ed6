//! Values of every kind, for properties of the codecs.

#![allow(dead_code, reason = "each test crate uses a part")]

use proptest::{collection, prelude::*};
use tfplugin::{Number, Type, Value, value::Unknown};

/// Types of a few levels.
pub(crate) fn types() -> impl Strategy<Value = Type> {
    let leaf = prop_oneof![Just(Type::Bool), Just(Type::Number), Just(Type::String), Just(Type::Dynamic)];
    leaf.prop_recursive(4, 16, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(Type::list),
            inner.clone().prop_map(Type::set),
            inner.clone().prop_map(Type::map),
            collection::vec(inner.clone(), 0..4).prop_map(Type::Tuple),
            collection::btree_map("[a-z]{1,6}", inner, 0..4).prop_map(Type::Object),
        ]
    })
}

fn concrete_types() -> impl Strategy<Value = Type> {
    types().prop_filter("a dynamic value has a type of its own", |ty| *ty != Type::Dynamic)
}

fn numbers() -> impl Strategy<Value = Number> {
    prop_oneof![
        any::<i64>().prop_map(Number::from),
        any::<u64>().prop_map(Number::from),
        any::<i128>().prop_map(Number::from),
        "-?[0-9]{1,60}\\.[0-9]{1,60}".prop_map(|text| text.parse().unwrap()),
        any::<f64>().prop_filter_map("finite", |float| Number::from_f64_exact(float).ok()),
    ]
}

fn unknowns() -> impl Strategy<Value = Value> {
    let refinements = proptest::option::of(collection::vec(any::<u8>(), 1..40));
    refinements.prop_map(|refinements| Value::Unknown(Unknown { refinements }))
}

fn values(ty: &Type, known: bool) -> BoxedStrategy<Value> {
    let of_type = match ty {
        Type::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        Type::Number => numbers().prop_map(Value::Number).boxed(),
        Type::String => any::<String>().prop_map(Value::String).boxed(),
        Type::Dynamic => concrete_types()
            .prop_flat_map(move |ty| {
                values(&ty, known).prop_map(move |value| Value::dynamic(ty.clone(), value))
            })
            .boxed(),
        Type::List(element) => collection::vec(values(element, known), 0..4).prop_map(Value::List).boxed(),
        Type::Set(element) => collection::vec(values(element, known), 0..4).prop_map(Value::Set).boxed(),
        Type::Map(element) => {
            collection::btree_map(any::<String>(), values(element, known), 0..4).prop_map(Value::Map).boxed()
        }
        Type::Tuple(types) => {
            let elements: Vec<_> = types.iter().map(|ty| values(ty, known)).collect();
            elements.prop_map(Value::List).boxed()
        }
        Type::Object(types) => {
            let attributes: Vec<_> =
                types.iter().map(|(name, ty)| (Just(name.clone()), values(ty, known))).collect();
            attributes.prop_map(|attributes| Value::Object(attributes.into_iter().collect())).boxed()
        }
    };
    if known {
        prop_oneof![8 => of_type, 1 => Just(Value::Null)].boxed()
    } else {
        prop_oneof![8 => of_type, 1 => Just(Value::Null), 1 => unknowns()].boxed()
    }
}

/// A type with a value of it.
pub(crate) fn typed_values(known: bool) -> impl Strategy<Value = (Type, Value)> {
    types().prop_flat_map(move |ty| (Just(ty.clone()), values(&ty, known)))
}
