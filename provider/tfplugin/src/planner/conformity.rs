//! Whether the result of an apply is what was planned.

use crate::value::{Path, Step, Value, msgpack};

/// The paths at which a result differs from what the plan already knew.
pub(crate) fn contradictions(planned: &Value, actual: &Value) -> Vec<Path> {
    let mut paths = Vec::new();
    compare(planned, actual, &Path::root(), &mut paths);
    paths
}

fn compare(planned: &Value, actual: &Value, path: &Path, paths: &mut Vec<Path>) {
    match (planned, actual) {
        (Value::Unknown(unknown), actual) => {
            if !msgpack::allows(unknown, actual) {
                paths.push(path.clone());
            }
        }
        (Value::Object(planned), Value::Object(actual)) => {
            for (name, planned) in planned {
                compare(planned, actual.get(name), &path.clone().attribute(name.as_str()), paths);
            }
        }
        (Value::Map(planned), Value::Map(actual)) => {
            let keys = planned.keys().chain(actual.keys().filter(|key| !planned.contains_key(*key)));
            for key in keys {
                let path = path.clone().key(key.as_str());
                match (planned.get(key), actual.get(key)) {
                    (Some(planned), Some(actual)) => compare(planned, actual, &path, paths),
                    _ => paths.push(path),
                }
            }
        }
        (Value::List(planned), Value::List(actual)) if planned.len() == actual.len() => {
            for (index, (planned, actual)) in planned.iter().zip(actual).enumerate() {
                compare(planned, actual, &path.clone().index(index), paths);
            }
        }
        (Value::Dynamic(planned), Value::Dynamic(actual)) if planned.ty == actual.ty => {
            compare(&planned.value, &actual.value, path, paths);
        }
        // Any known type may take the place of a value whose type was not known either.
        (Value::Dynamic(planned), _) if planned.value.is_unknown() => {}
        // Unknown elements of a set may become equal to others, so neither order nor count tells anything: each
        // element must have one on the other side that it can be.
        (Value::Set(elements), Value::Set(actual)) if !planned.is_wholly_known() => {
            let can_be = |planned: &Value, actual: &Value| contradictions(planned, actual).is_empty();
            let all_planned = elements.iter().all(|planned| actual.iter().any(|one| can_be(planned, one)));
            let all_actual = actual.iter().all(|one| elements.iter().any(|planned| can_be(planned, one)));
            if !(all_planned && all_actual && actual.len() <= elements.len()) {
                paths.push(path.clone());
            }
        }
        _ if planned == actual => {}
        _ => paths.push(path.clone()),
    }
}

/// Replaces what is still unknown by null and tells where it was.
pub(crate) fn settle_unknowns(value: &mut Value) -> Vec<Path> {
    let mut paths = Vec::new();
    settle(value, &Path::root(), &mut paths);
    paths
}

fn settle(value: &mut Value, path: &Path, paths: &mut Vec<Path>) {
    let below = |step: Step| path.clone().step(step);
    match value {
        Value::Unknown(_) => {
            paths.push(path.clone());
            *value = Value::Null;
        }
        Value::Object(object) => {
            for (name, value) in object.iter_mut() {
                settle(value, &below(Step::Attribute(name.clone())), paths);
            }
        }
        Value::Map(elements) => {
            for (key, value) in elements {
                settle(value, &below(Step::Key(key.clone())), paths);
            }
        }
        Value::List(elements) | Value::Set(elements) => {
            for (index, value) in elements.iter_mut().enumerate() {
                settle(value, &below(Step::Index(index)), paths);
            }
        }
        Value::Dynamic(dynamic) => settle(&mut dynamic.value, path, paths),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
