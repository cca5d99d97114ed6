//! Keeps the spelling that state or plan has, where the new one means the same.

use super::{fill::comparable, matching::Matching};
use crate::{
    schema::{Attribute, Attributes, Shape},
    value::{Object, Value},
};

/// Writes values as `preferred` spells them wherever the schema says that both mean the same.
pub(crate) fn keep_spelling(attributes: &Attributes, preferred: &Object, actual: &mut Object) {
    for (name, attribute) in attributes {
        if let Some(actual) = actual.get_mut(name) {
            keep_value(attribute, preferred.get(name), actual);
        }
    }
}

fn keep_value(attribute: &Attribute, preferred: &Value, actual: &mut Value) {
    if let Some(same) = &attribute.semantic
        && comparable(preferred, actual)
        && same(preferred, actual)
    {
        actual.clone_from(preferred);
        return;
    }
    if let Shape::Nested(_, below) = &attribute.shape {
        keep_nested(below, preferred, actual);
    }
}

fn keep_nested(below: &Attributes, preferred: &Value, actual: &mut Value) {
    match (preferred, actual) {
        (Value::Object(preferred), Value::Object(actual)) => keep_spelling(below, preferred, actual),
        (Value::Map(preferred), Value::Map(actual)) => {
            for (key, actual) in actual {
                if let Some(preferred) = preferred.get(key) {
                    keep_nested(below, preferred, actual);
                }
            }
        }
        (Value::List(preferred), Value::List(actual)) => {
            preferred
                .iter()
                .zip(actual)
                .for_each(|(preferred, actual)| keep_nested(below, preferred, actual));
        }
        (preferred @ Value::Set(_), Value::Set(actual)) => {
            let mut matching = Matching::new(below, Some(preferred));
            for actual in actual {
                if let Some(preferred) = matching.take(actual) {
                    keep_nested(below, preferred, actual);
                }
            }
        }
        _ => {}
    }
}
