//! The first draft of a plan: the configuration, completed by defaults and by what was before.

use std::collections::BTreeMap;

use super::matching::Matching;
use crate::{
    schema::{Attribute, Attributes, Nesting, Shape},
    value::{Object, Value},
};

/// Completes a configuration. Computed attributes keep their prior value or are unknown without one.
pub(super) fn fill(attributes: &Attributes, config: &Object, prior: Option<&Object>) -> Object {
    let value = |name: &str, attribute| {
        fill_attribute(attribute, config.get(name), prior.map(|prior| prior.get(name)))
    };
    attributes.iter().map(|(name, attribute)| (name.as_str(), value(name, attribute))).collect()
}

fn fill_attribute(attribute: &Attribute, config: &Value, prior: Option<&Value>) -> Value {
    if attribute.write_only {
        return Value::Null;
    }
    if config.is_null() {
        return match (&attribute.default, attribute.is_computed(), prior) {
            (Some(default), ..) => default.clone(),
            (None, true, Some(prior)) => prior.clone(),
            (None, true, None) => Value::UNKNOWN,
            (None, false, _) => config.clone(),
        };
    }
    let value = match &attribute.shape {
        Shape::Plain(_) => config.clone(),
        Shape::Nested(nesting, below) => fill_nested(*nesting, below, config, prior),
    };
    match (&attribute.semantic, prior) {
        (Some(same), Some(prior)) if comparable(prior, &value) && same(prior, &value) => prior.clone(),
        _ => value,
    }
}

/// Whether a semantic equality can be asked about the two.
pub(super) fn comparable(left: &Value, right: &Value) -> bool {
    let real = |value: &Value| !value.is_null() && value.is_wholly_known();
    real(left) && real(right)
}

fn fill_nested(nesting: Nesting, below: &Attributes, config: &Value, prior: Option<&Value>) -> Value {
    let one = |config: &Value, prior: Option<&Value>| match config {
        Value::Object(config) => Value::Object(fill(below, config, prior.and_then(Value::as_object))),
        other => other.clone(),
    };
    match config {
        Value::Object(_) => one(config, prior),
        Value::Map(elements) => {
            let prior = prior.and_then(Value::as_map);
            let filled = |(key, config): (&String, _)| {
                (key.clone(), one(config, prior.and_then(|prior| prior.get(key))))
            };
            Value::Map(elements.iter().map(filled).collect::<BTreeMap<_, _>>())
        }
        Value::List(elements) => {
            let prior = prior.and_then(Value::as_elements).unwrap_or_default();
            let filled = |(index, config)| one(config, prior.get(index));
            Value::List(elements.iter().enumerate().map(filled).collect())
        }
        Value::Set(elements) => {
            debug_assert!(nesting == Nesting::Set, "only sets hold sets");
            let mut matching = Matching::new(below, prior);
            Value::Set(elements.iter().map(|config| one(config, matching.take(config))).collect())
        }
        other => other.clone(),
    }
}

/// Fills defaults alone, for objects that have no prior state and no plan.
pub(crate) fn fill_defaults(attributes: &Attributes, config: &mut Object) {
    for (name, attribute) in attributes {
        if config.get(name).is_null() {
            if let Some(default) = &attribute.default {
                config.set(name, default.clone());
            }
            continue;
        }
        let (Shape::Nested(_, below), Some(value)) = (&attribute.shape, config.get_mut(name)) else {
            continue;
        };
        for_each_object(value, &mut |object| fill_defaults(below, object));
    }
}

/// Visits the object or objects that a nested attribute holds.
pub(super) fn for_each_object(value: &mut Value, visit: &mut impl FnMut(&mut Object)) {
    match value {
        Value::Object(object) => visit(object),
        Value::Map(elements) => elements.values_mut().for_each(|element| for_each_object(element, visit)),
        Value::List(elements) | Value::Set(elements) => {
            elements.iter_mut().for_each(|element| for_each_object(element, visit));
        }
        _ => {}
    }
}
