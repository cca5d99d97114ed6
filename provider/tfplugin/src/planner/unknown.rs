//! What a change makes unknown: the computed attributes of every object that differs.

use super::matching::Matching;
use crate::{
    schema::{Attributes, Shape},
    value::{Object, Value},
};

/// Makes the computed attributes of a changed object unknown: the volatile ones and those without a prior
/// value; all of them when there is no prior object.
pub(super) fn mark(attributes: &Attributes, config: &Object, planned: &mut Object, prior: Option<&Object>) {
    if prior.is_some_and(|prior| prior == planned) {
        return;
    }
    for (name, attribute) in attributes {
        let config = config.get(name);
        let prior = prior.map(|prior| prior.get(name));
        if !config.is_null() {
            if let (Shape::Nested(_, below), Some(planned)) = (&attribute.shape, planned.get_mut(name)) {
                mark_nested(below, config, planned, prior);
            }
        } else if attribute.is_computed()
            && attribute.default.is_none()
            && (attribute.volatile || prior.is_none_or(Value::is_null))
        {
            planned.set(name, Value::UNKNOWN);
        }
    }
}

fn mark_nested(below: &Attributes, config: &Value, planned: &mut Value, prior: Option<&Value>) {
    let one = |config: &Value, planned: &mut Value, prior: Option<&Value>| {
        if let (Value::Object(config), Value::Object(planned)) = (config, planned) {
            mark(below, config, planned, prior.and_then(Value::as_object));
        }
    };
    match (config, planned) {
        (Value::Map(config), Value::Map(planned)) => {
            let prior = prior.and_then(Value::as_map);
            for (key, planned) in planned {
                if let Some(config) = config.get(key) {
                    one(config, planned, prior.and_then(|prior| prior.get(key)));
                }
            }
        }
        (Value::List(config), Value::List(planned)) => {
            let prior = prior.and_then(Value::as_elements).unwrap_or_default();
            for (index, (config, planned)) in config.iter().zip(planned).enumerate() {
                one(config, planned, prior.get(index));
            }
        }
        (Value::Set(config), Value::Set(planned)) => {
            let mut matching = Matching::new(below, prior);
            for (config, planned) in config.iter().zip(planned) {
                one(config, planned, matching.take(config));
            }
        }
        (config, planned) => one(config, planned, prior),
    }
}
