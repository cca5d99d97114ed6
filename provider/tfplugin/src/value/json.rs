//! The stored form of values: JSON, led by the type. It knows no unknown values.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::{MAX_DEPTH, Number, Object, Step, Type, Value, ValueError};

/// What becomes of attributes that the type does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surplus {
    /// They are an error.
    Refuse,
    /// They are dropped, as when an attribute was removed from a schema.
    Drop,
}

/// Writes a wholly known value of a type.
///
/// # Errors
/// The value is not of the type or not wholly known, with the path of the part that is not.
pub fn encode(value: &Value, ty: &Type) -> Result<Vec<u8>, ValueError> {
    Ok(to_json(value, ty)?.to_string().into_bytes())
}

/// Reads a value of a type; attributes that are missing become null.
///
/// # Errors
/// The bytes are not a value of the type, with the path of the part that is not.
pub fn decode(bytes: &[u8], ty: &Type, surplus: Surplus) -> Result<Value, ValueError> {
    let json = serde_json::from_slice(bytes)
        .map_err(|error| ValueError::new(format!("not JSON at column {}", error.column())))?;
    from_json(&json, ty, surplus)
}

/// A wholly known value of a type as JSON. Numbers keep every digit.
///
/// # Errors
/// The value is not of the type or not wholly known, with the path of the part that is not.
pub fn to_json(value: &Value, ty: &Type) -> Result<Json, ValueError> {
    encode_at(value, ty, 0)
}

/// The value of a type from its JSON; attributes that are missing become null.
///
/// # Errors
/// The JSON is not a value of the type, with the path of the part that is not.
pub fn from_json(json: &Json, ty: &Type, surplus: Surplus) -> Result<Value, ValueError> {
    decode_at(json, ty, surplus, 0)
}

fn encode_at(value: &Value, ty: &Type, depth: usize) -> Result<Json, ValueError> {
    if depth > MAX_DEPTH {
        return Err(ValueError::new("the value nests too deep"));
    }
    let below = |value, ty, step| encode_at(value, ty, depth + 1).map_err(|error| error.within(step));
    match (value, ty) {
        (Value::Null, _) => Ok(Json::Null),
        (Value::Bool(truth), Type::Bool) => Ok(Json::Bool(*truth)),
        (Value::Number(number), Type::Number) => number_to_json(number),
        (Value::String(text), Type::String) => Ok(Json::String(text.clone())),
        (Value::List(elements), Type::List(element)) | (Value::Set(elements), Type::Set(element)) => elements
            .iter()
            .enumerate()
            .map(|(index, value)| below(value, element, Step::Index(index)))
            .collect(),
        (Value::List(elements), Type::Tuple(types)) if elements.len() == types.len() => elements
            .iter()
            .zip(types)
            .enumerate()
            .map(|(index, (value, ty))| below(value, ty, Step::Index(index)))
            .collect(),
        (Value::Map(elements), Type::Map(element)) => elements
            .iter()
            .map(|(key, value)| Ok((key.clone(), below(value, element, Step::Key(key.clone()))?)))
            .collect(),
        (Value::Object(object), Type::Object(types)) => {
            if let Some((name, _)) = object.iter().find(|(name, _)| !types.contains_key(*name)) {
                let error = ValueError::new("there is no such attribute");
                return Err(error.within(Step::Attribute(name.clone())));
            }
            let one = |(name, ty): (&String, _)| {
                Ok((name.clone(), below(object.get(name), ty, Step::Attribute(name.clone()))?))
            };
            types.iter().map(one).collect()
        }
        (Value::Dynamic(dynamic), Type::Dynamic) if dynamic.ty != Type::Dynamic => {
            let value = encode_at(&dynamic.value, &dynamic.ty, depth + 1)?;
            Ok(Json::Object(Map::from_iter([
                ("value".to_owned(), value),
                ("type".to_owned(), dynamic.ty.to_json()),
            ])))
        }
        _ => Err(ValueError::new(format!("a value of type {ty} is needed, this is {}", value.kind()))),
    }
}

fn number_to_json(number: &Number) -> Result<Json, ValueError> {
    let parsed = number.to_string().parse().map(Json::Number);
    parsed.map_err(|_| ValueError::new("the number has no JSON form"))
}

fn decode_at(json: &Json, ty: &Type, surplus: Surplus, depth: usize) -> Result<Value, ValueError> {
    if depth > MAX_DEPTH {
        return Err(ValueError::new("the value nests too deep"));
    }
    let below = |json: &Json, ty: &Type, step: Step| {
        decode_at(json, ty, surplus, depth + 1).map_err(|error: ValueError| error.within(step))
    };
    let elements = |elements: &[Json], ty: &Type| -> Result<Vec<Value>, ValueError> {
        let one = |(index, json)| below(json, ty, Step::Index(index));
        elements.iter().enumerate().map(one).collect()
    };
    match (json, ty) {
        (Json::Null, _) => Ok(Value::Null),
        (Json::Bool(truth), Type::Bool) => Ok(Value::Bool(*truth)),
        (Json::Number(number), Type::Number) => number_from_text(&number.to_string()),
        (Json::String(text), Type::Number) => number_from_text(text),
        (Json::String(text), Type::String) => Ok(Value::String(text.clone())),
        (Json::Array(list), Type::List(element)) => elements(list, element).map(Value::List),
        (Json::Array(set), Type::Set(element)) => elements(set, element).map(Value::Set),
        (Json::Array(tuple), Type::Tuple(types)) if tuple.len() == types.len() => {
            let one = |(index, (json, ty))| below(json, ty, Step::Index(index));
            tuple.iter().zip(types).enumerate().map(one).collect::<Result<_, _>>().map(Value::List)
        }
        (Json::Object(map), Type::Map(element)) => {
            let one =
                |(key, json): (&String, _)| Ok((key.clone(), below(json, element, Step::Key(key.clone()))?));
            map.iter().map(one).collect::<Result<_, _>>().map(Value::Map)
        }
        (Json::Object(object), Type::Object(types)) => {
            refuse_surplus(object, types, surplus)?;
            let one = |(name, ty): (&String, _)| {
                let json = object.get(name).unwrap_or(&Json::Null);
                Ok((name.clone(), below(json, ty, Step::Attribute(name.clone()))?))
            };
            types.iter().map(one).collect::<Result<Object, _>>().map(Value::Object)
        }
        (Json::Object(dynamic), Type::Dynamic) => decode_dynamic(dynamic, surplus, depth),
        _ => Err(ValueError::new(format!("a value of type {ty} is needed"))),
    }
}

fn decode_dynamic(dynamic: &Map<String, Json>, surplus: Surplus, depth: usize) -> Result<Value, ValueError> {
    let (Some(ty), Some(value)) = (dynamic.get("type"), dynamic.get("value")) else {
        return Err(ValueError::new("a dynamic value has a type and a value"));
    };
    let ty = Type::from_json(ty)?;
    if ty == Type::Dynamic {
        return Err(ValueError::new("a dynamic value carries a type of its own"));
    }
    let value = decode_at(value, &ty, surplus, depth + 1)?;
    Ok(Value::dynamic(ty, value))
}

fn refuse_surplus(
    object: &Map<String, Json>,
    types: &BTreeMap<String, Type>,
    surplus: Surplus,
) -> Result<(), ValueError> {
    if surplus == Surplus::Drop {
        return Ok(());
    }
    match object.keys().find(|name| !types.contains_key(*name)) {
        None => Ok(()),
        Some(name) => {
            Err(ValueError::new("there is no such attribute").within(Step::Attribute(name.clone())))
        }
    }
}

fn number_from_text(text: &str) -> Result<Value, ValueError> {
    text.parse().map(Value::Number).map_err(|error| ValueError::new(format!("{error}")))
}
