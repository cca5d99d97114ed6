//! Changes that replace the resource, and changes that are refused.

use crate::{
    diagnostics::Diagnostics,
    schema::{Attribute, Attributes, Shape},
    value::{Object, Path, Value},
};

/// The changes that mean more than an update.
#[derive(Default)]
pub(super) struct Changes {
    pub(super) requires_replace: Vec<Path>,
    pub(super) refused: Diagnostics,
}

/// Finds them. Elements that come or go are changes of their collection, not of the attributes inside.
pub(super) fn find(attributes: &Attributes, config: &Object, planned: &Object, prior: &Object) -> Changes {
    let mut changes = Changes::default();
    changes.objects(attributes, config, planned, prior, &Path::root());
    changes
}

impl Changes {
    fn objects(
        &mut self,
        attributes: &Attributes,
        config: &Object,
        planned: &Object,
        prior: &Object,
        path: &Path,
    ) {
        for (name, attribute) in attributes {
            let (planned, prior) = (planned.get(name), prior.get(name));
            if planned == prior {
                continue;
            }
            let path = path.clone().attribute(name.as_str());
            let config = config.get(name);
            self.attribute(attribute, config, planned, prior, &path);
            if let Shape::Nested(_, below) = &attribute.shape {
                self.nested(below, config, planned, prior, &path);
            }
        }
    }

    fn attribute(
        &mut self,
        attribute: &Attribute,
        config: &Value,
        planned: &Value,
        prior: &Value,
        path: &Path,
    ) {
        debug_assert!(planned != prior, "only differences are looked at");
        let chosen_by_provider = config.is_null() && attribute.is_computed() && attribute.default.is_none();
        if chosen_by_provider {
            return;
        }
        if attribute.force_new {
            self.requires_replace.push(path.clone());
        }
        // An unknown value may turn out to be the same; the plan before apply knows it.
        if attribute.immutable && planned.is_wholly_known() {
            self.refused.error(
                path.clone(),
                format!("{path} cannot be changed"),
                "This attribute can neither be updated nor replace the resource. Keep its value, or destroy \
                 the resource first and create it anew.",
            );
        }
    }

    fn nested(&mut self, below: &Attributes, config: &Value, planned: &Value, prior: &Value, path: &Path) {
        match (config, planned, prior) {
            (Value::Object(config), Value::Object(planned), Value::Object(prior)) => {
                self.objects(below, config, planned, prior, path);
            }
            (Value::Map(config), Value::Map(planned), Value::Map(prior)) => {
                for (key, config) in config {
                    if let (Some(planned), Some(prior)) = (planned.get(key), prior.get(key)) {
                        self.nested(below, config, planned, prior, &path.clone().key(key.as_str()));
                    }
                }
            }
            (Value::List(config), Value::List(planned), Value::List(prior)) => {
                for (index, ((config, planned), prior)) in config.iter().zip(planned).zip(prior).enumerate() {
                    self.nested(below, config, planned, prior, &path.clone().index(index));
                }
            }
            _ => {}
        }
    }
}
