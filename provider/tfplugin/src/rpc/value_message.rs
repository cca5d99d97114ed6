//! Values, paths and diagnostics as messages.

use crate::{
    diagnostics::{Diagnostic, Diagnostics, Severity},
    framework::Private,
    proto::tfplugin6 as wire,
    value::{Object, Path, Step, Type, Value, ValueError, json, msgpack},
};

/// Reads a value; none at all is null.
pub(super) fn read_value(message: Option<&wire::DynamicValue>, ty: &Type) -> Result<Value, ValueError> {
    match message {
        Some(message) if !message.msgpack.is_empty() => msgpack::decode(&message.msgpack, ty),
        Some(message) if !message.json.is_empty() => json::decode(&message.json, ty, json::Surplus::Refuse),
        _ => Ok(Value::Null),
    }
}

/// Reads an object that may be null as a whole.
pub(super) fn read_object(
    message: Option<&wire::DynamicValue>,
    ty: &Type,
) -> Result<Option<Object>, ValueError> {
    match read_value(message, ty)? {
        Value::Null => Ok(None),
        Value::Object(object) => Ok(Some(object)),
        other => Err(ValueError::new(format!("an object is needed, this is {}", other.kind()))),
    }
}

/// Writes a value.
pub(super) fn write_value(value: &Value, ty: &Type) -> Result<wire::DynamicValue, ValueError> {
    let msgpack = msgpack::encode(value, ty)?.into();
    Ok(wire::DynamicValue { msgpack, ..wire::DynamicValue::default() })
}

/// Writes an object, or null.
pub(super) fn write_object(object: Option<Object>, ty: &Type) -> Result<wire::DynamicValue, ValueError> {
    write_value(&object.map_or(Value::Null, Value::Object), ty)
}

/// Reads what was remembered; damage is an error, because it may hold what prevents a double create.
pub(super) fn read_private(bytes: &[u8]) -> Result<Private, Diagnostics> {
    Private::from_bytes(bytes).map_err(|_| {
        Diagnostic::error("Damaged private data")
            .detail("The private data of this resource was not written by this provider.")
            .into()
    })
}

/// The part of a path that Terraform can address: elements of sets and unknown names end it.
fn addressable(path: &Path, mut ty: Option<&Type>) -> Vec<wire::attribute_path::Step> {
    use wire::attribute_path::step::Selector;
    let mut steps = Vec::new();
    for step in path.steps() {
        let (selector, below) = match (step, ty) {
            (Step::Attribute(name), Some(Type::Object(types))) if types.contains_key(name) => {
                (Selector::AttributeName(name.clone()), types.get(name))
            }
            (Step::Key(key), Some(Type::Map(element))) => {
                (Selector::ElementKeyString(key.clone()), Some(&**element))
            }
            (Step::Index(index), Some(Type::List(element))) => {
                (Selector::ElementKeyInt(i64::try_from(*index).unwrap_or(i64::MAX)), Some(&**element))
            }
            (Step::Index(index), Some(Type::Tuple(types))) => {
                (Selector::ElementKeyInt(i64::try_from(*index).unwrap_or(i64::MAX)), types.get(*index))
            }
            _ => break,
        };
        steps.push(wire::attribute_path::Step { selector: Some(selector) });
        ty = below;
    }
    steps
}

/// Writes a path below an object of a type.
pub(super) fn write_path(path: &Path, ty: &Type) -> wire::AttributePath {
    wire::AttributePath { steps: addressable(path, Some(ty)) }
}

/// Writes diagnostics about an object of a type, if there is one.
pub(super) fn write_diagnostics(diagnostics: Diagnostics, ty: Option<&Type>) -> Vec<wire::Diagnostic> {
    diagnostics.into_iter().map(|diagnostic| write_diagnostic(diagnostic, ty)).collect()
}

fn write_diagnostic(diagnostic: Diagnostic, ty: Option<&Type>) -> wire::Diagnostic {
    let severity = match diagnostic.severity {
        Severity::Error => wire::diagnostic::Severity::Error,
        Severity::Warning => wire::diagnostic::Severity::Warning,
    };
    let mut steps = addressable(&diagnostic.path, ty);
    steps.truncate(shown(&steps));
    wire::Diagnostic {
        severity: severity.into(),
        summary: diagnostic.summary,
        detail: diagnostic.detail,
        attribute: (!steps.is_empty()).then_some(wire::AttributePath { steps }),
    }
}

/// How many steps of a path Terraform finds in the configuration: an attribute, and an element of it. Below that it
/// would point at the whole resource instead of the line that holds the value.
fn shown(steps: &[wire::attribute_path::Step]) -> usize {
    use wire::attribute_path::step::Selector;
    match steps.get(1).and_then(|step| step.selector.as_ref()) {
        Some(Selector::ElementKeyString(_) | Selector::ElementKeyInt(_)) => 2,
        _ => 1,
    }
}
