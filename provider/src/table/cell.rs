//! One cell of a table: a text that becomes a value of a column's type, and back.

use crate::adapter::incoming;
use schemas::tf::{Attribute, Field, Type};
use std::{collections::BTreeSet, sync::Arc};
use tfplugin::{Path, Value, schema::Validator};

/// What separates the values of a cell that takes several.
const SEPARATOR: char = '|';

/// The value of a cell; null where it is empty.
///
/// # Errors
/// What is wrong with it, as the rest of a sentence that begins with the column.
pub(super) fn value(field: &Field, checks: &[Arc<dyn Validator>], text: &str) -> Result<Value, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(Value::Null);
    }
    let value = parsed(field, text)?;
    let path = Path::root();
    let violation = checks.iter().flat_map(|check| check.check(&value, &path)).next();
    match violation {
        Some(violation) => Err(format!("\"{}\" {}", shown(text), violation.message)),
        None => Ok(value),
    }
}

/// The text of a cell that is read as this value.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(truth) => truth.to_string(),
        Value::List(items) | Value::Set(items) => {
            items.iter().map(text).collect::<Vec<_>>().join(&SEPARATOR.to_string())
        }
        _ => String::new(),
    }
}

/// What an attribute is where nothing is said: its default, or unknown where it is left to the server.
pub(super) fn unsaid(attribute: &Attribute) -> Value {
    match &attribute.default {
        Some(default) => incoming::value(&attribute.field, default).unwrap_or_default(),
        None if attribute.computed => Value::UNKNOWN,
        None => Value::Null,
    }
}

/// Fills in what a line does not say.
pub(super) fn fill(attributes: &[Attribute], client: &mut Value) {
    let Value::Object(client) = client else { return };
    for attribute in attributes {
        if client.get(&attribute.name).is_null() {
            client.set(&attribute.name, unsaid(attribute));
        }
    }
}

fn parsed(field: &Field, text: &str) -> Result<Value, String> {
    match &field.kind {
        Type::Number => number(text),
        Type::Bool => truth(text),
        Type::Set(element) => {
            let items = items(element, text)?;
            Ok(Value::Set(items.into_iter().collect::<BTreeSet<_>>().into_iter().collect()))
        }
        Type::List(element) => items(element, text).map(Value::List),
        Type::String => Ok(text.into()),
        Type::Map(..) | Type::Object(_) => Err("cannot be given in a table".to_owned()),
    }
}

fn items(element: &Field, text: &str) -> Result<Vec<Value>, String> {
    let items = text.split(SEPARATOR).map(str::trim).filter(|item| !item.is_empty());
    items.map(|item| parsed(element, item)).collect()
}

/// A number as people and spreadsheets write it: `1 000,50`.
fn number(text: &str) -> Result<Value, String> {
    let plain: String = text.chars().filter(|char| !char.is_whitespace()).collect();
    let plain = plain.replace('−', "-");
    let plain = if plain.contains('.') { plain } else { plain.replacen(',', ".", 1) };
    plain.parse().map(Value::Number).map_err(|_| format!("\"{}\" is not a number", shown(text)))
}

fn truth(text: &str) -> Result<Value, String> {
    match text.to_lowercase().as_str() {
        "true" | "yes" | "1" | "да" | "истина" => Ok(true.into()),
        "false" | "no" | "0" | "нет" | "ложь" => Ok(false.into()),
        _ => Err(format!("\"{}\" is neither true nor false", shown(text))),
    }
}

/// A text short enough for a message.
pub(super) fn shown(text: &str) -> String {
    const LONGEST: usize = 40;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
