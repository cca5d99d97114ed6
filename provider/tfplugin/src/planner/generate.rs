//! A configuration from a state: what a user would write so that nothing changes.

use super::fill::for_each_object;
use crate::{
    schema::{Attribute, Attributes, Presence, Shape},
    value::{Object, Value},
};

/// The configuration that leads to a state: without what only the provider sets, what is kept nowhere, what may not
/// be shown, and what is the default anyway.
pub(crate) fn configuration_of(attributes: &Attributes, state: &Object) -> Object {
    let mut config = state.clone();
    reduce(attributes, &mut config);
    config
}

fn reduce(attributes: &Attributes, object: &mut Object) {
    for (name, attribute) in attributes {
        let Some(value) = object.get_mut(name) else { continue };
        if is_left_out(attribute, value) {
            *value = Value::Null;
        } else if let Shape::Nested(_, below) = &attribute.shape {
            for_each_object(value, &mut |nested| reduce(below, nested));
        }
    }
}

fn is_left_out(attribute: &Attribute, value: &Value) -> bool {
    attribute.presence == Presence::Computed
        || attribute.write_only
        || attribute.sensitive
        || attribute.default.as_ref() == Some(value)
}
