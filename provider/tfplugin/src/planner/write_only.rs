//! Write-only attributes are in no plan and in no state.

use super::fill::for_each_object;
use crate::{
    schema::{Attributes, Shape},
    value::{Object, Value},
};

/// Sets every write-only attribute to null.
pub(crate) fn clear_write_only(attributes: &Attributes, object: &mut Object) {
    for (name, attribute) in attributes {
        if attribute.write_only {
            object.set(name, Value::Null);
        } else if let (Shape::Nested(_, below), Some(value)) = (&attribute.shape, object.get_mut(name)) {
            for_each_object(value, &mut |nested| clear_write_only(below, nested));
        }
    }
}
