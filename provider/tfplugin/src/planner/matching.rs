//! Which elements of two sets are the same thing, although sets give their elements no identity.

use super::fill::comparable;
use crate::{
    schema::{Attribute, Attributes, Shape},
    value::{Object, Value},
};

/// Pairs elements of a set with the prior ones, each of which is given out once.
pub(super) struct Matching<'a> {
    attributes: &'a Attributes,
    prior: Vec<&'a Value>,
}

impl<'a> Matching<'a> {
    pub(super) fn new(attributes: &'a Attributes, prior: Option<&'a Value>) -> Self {
        let prior = prior.and_then(Value::as_elements).unwrap_or_default();
        Self { attributes, prior: prior.iter().collect() }
    }

    /// The prior element that agrees with this one in all that the configuration says.
    pub(super) fn take(&mut self, config: &Value) -> Option<&'a Value> {
        let config = config.as_object()?;
        let agrees = |prior: &&Value| {
            prior.as_object().is_some_and(|prior| objects_agree(self.attributes, config, prior))
        };
        let position = self.prior.iter().position(agrees)?;
        Some(self.prior.swap_remove(position))
    }
}

fn objects_agree(attributes: &Attributes, config: &Object, prior: &Object) -> bool {
    attributes.iter().all(|(name, attribute)| agree(attribute, config.get(name), prior.get(name)))
}

fn agree(attribute: &Attribute, config: &Value, prior: &Value) -> bool {
    if config == prior || attribute.write_only {
        return true;
    }
    if config.is_null() {
        return match &attribute.default {
            Some(default) => default == prior,
            None => attribute.is_computed(),
        };
    }
    if let Some(same) = &attribute.semantic
        && comparable(prior, config)
        && same(prior, config)
    {
        return true;
    }
    let Shape::Nested(_, below) = &attribute.shape else { return false };
    let both = |config: &Value, prior: &Value| match (config, prior) {
        (Value::Object(config), Value::Object(prior)) => objects_agree(below, config, prior),
        _ => config == prior,
    };
    match (config, prior) {
        (Value::Object(_), Value::Object(_)) => both(config, prior),
        (Value::List(left), Value::List(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| both(left, right))
        }
        (Value::Map(left), Value::Map(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, left)| right.get(key).is_some_and(|right| both(left, right)))
        }
        (Value::Set(left), Value::Set(right)) => {
            let mut matching = Matching::new(below, Some(prior));
            left.len() == right.len() && left.iter().all(|config| matching.take(config).is_some())
        }
        _ => false,
    }
}
