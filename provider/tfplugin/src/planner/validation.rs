//! Runs the attributes' validators over a configuration.

use crate::{
    diagnostics::Diagnostics,
    schema::{Attribute, Attributes, Schema, Shape},
    value::{Object, Path, Step, Value},
};

/// Every broken rule of a configuration at once, each at its path. What is unknown is left for later.
///
/// What is deprecated is a warning: Terraform itself warns only of those who read it.
pub(crate) fn validate(schema: &Schema, config: &Object, write_only_allowed: bool) -> Diagnostics {
    let mut validation = Validation { write_only_allowed, diagnostics: Diagnostics::new() };
    if let Some(reason) = &schema.deprecation {
        validation.diagnostics.warning(Path::root(), "Deprecated", reason.as_str());
    }
    validation.object(&schema.attributes, config, &Path::root());
    validation.diagnostics
}

struct Validation {
    write_only_allowed: bool,
    diagnostics: Diagnostics,
}

impl Validation {
    fn object(&mut self, attributes: &Attributes, config: &Object, path: &Path) {
        for (name, attribute) in attributes {
            let value = config.get(name);
            if !value.is_null() {
                self.attribute(attribute, value, &path.clone().attribute(name.as_str()));
            }
        }
    }

    fn attribute(&mut self, attribute: &Attribute, value: &Value, path: &Path) {
        if attribute.write_only && !self.write_only_allowed {
            self.diagnostics.error(
                path.clone(),
                "Write-only attributes are not supported",
                format!("{path} is write-only, which needs Terraform 1.11 or OpenTofu 1.11."),
            );
        }
        if let Some(reason) = &attribute.deprecation {
            self.diagnostics.warning(path.clone(), format!("{path} is deprecated"), reason.as_str());
        }
        if value.is_unknown() {
            return;
        }
        for violation in attribute.validators.iter().flat_map(|validator| validator.check(value, path)) {
            let detail = format!("{} {}.", violation.path, violation.message);
            self.diagnostics.error(violation.path, "Invalid value", detail);
        }
        if let Shape::Nested(_, below) = &attribute.shape {
            self.nested(below, value, path);
        }
    }

    fn nested(&mut self, below: &Attributes, value: &Value, path: &Path) {
        match value {
            Value::Object(object) => self.object(below, object, path),
            Value::Map(elements) => {
                for (key, value) in elements {
                    self.nested(below, value, &path.clone().step(Step::Key(key.clone())));
                }
            }
            Value::List(elements) | Value::Set(elements) => {
                for (index, value) in elements.iter().enumerate() {
                    self.nested(below, value, &path.clone().step(Step::Index(index)));
                }
            }
            _ => {}
        }
    }
}
