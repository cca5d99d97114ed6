//! The stored form of values: JSON, led by the type. It knows no unknown values.

use std::{cell::Cell, collections::BTreeMap};

use serde_json::{Map, Value as Json};

use super::{MAX_DEPTH, MAX_VALUES, Number, Object, Step, Type, Value, ValueError};

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

/// Reads a value of a type; attributes that are missing become null. Hostile input costs at most [`MAX_VALUES`] values
/// and [`MAX_DEPTH`] levels.
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
    Decoder { surplus, left: Cell::new(MAX_VALUES) }.value(json, ty, 0)
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

/// A few bytes may stand for many values: what is missing in an object becomes null. So they are counted.
struct Decoder {
    surplus: Surplus,
    left: Cell<usize>,
}

impl Decoder {
    fn value(&self, json: &Json, ty: &Type, depth: usize) -> Result<Value, ValueError> {
        let left = self.left.get().checked_sub(1);
        self.left.set(left.ok_or_else(|| ValueError::new("there are too many values"))?);
        if depth > MAX_DEPTH {
            return Err(ValueError::new("the value nests too deep"));
        }
        match (json, ty) {
            (Json::Null, _) => Ok(Value::Null),
            (Json::Bool(truth), Type::Bool) => Ok(Value::Bool(*truth)),
            (Json::Number(number), Type::Number) => number_from_text(&number.to_string()),
            (Json::String(text), Type::Number) => number_from_text(text),
            (Json::String(text), Type::String) => Ok(Value::String(text.clone())),
            (Json::Array(list), Type::List(element)) => self.elements(list, element, depth).map(Value::List),
            (Json::Array(set), Type::Set(element)) => self.elements(set, element, depth).map(Value::Set),
            (Json::Array(tuple), Type::Tuple(types)) if tuple.len() == types.len() => {
                let one = |(index, (json, ty))| self.below(json, ty, depth, Step::Index(index));
                tuple.iter().zip(types).enumerate().map(one).collect::<Result<_, _>>().map(Value::List)
            }
            (Json::Object(map), Type::Map(element)) => {
                let one = |(key, json): (&String, _)| {
                    Ok((key.clone(), self.below(json, element, depth, Step::Key(key.clone()))?))
                };
                map.iter().map(one).collect::<Result<_, _>>().map(Value::Map)
            }
            (Json::Object(object), Type::Object(types)) => {
                refuse_surplus(object, types, self.surplus)?;
                let one = |(name, ty): (&String, _)| {
                    let json = object.get(name).unwrap_or(&Json::Null);
                    Ok((name.clone(), self.below(json, ty, depth, Step::Attribute(name.clone()))?))
                };
                types.iter().map(one).collect::<Result<Object, _>>().map(Value::Object)
            }
            (Json::Object(dynamic), Type::Dynamic) => self.dynamic(dynamic, depth),
            _ => Err(ValueError::new(format!("a value of type {ty} is needed"))),
        }
    }

    fn below(&self, json: &Json, ty: &Type, depth: usize, step: Step) -> Result<Value, ValueError> {
        self.value(json, ty, depth + 1).map_err(|error| error.within(step))
    }

    fn elements(&self, elements: &[Json], ty: &Type, depth: usize) -> Result<Vec<Value>, ValueError> {
        let one = |(index, json)| self.below(json, ty, depth, Step::Index(index));
        elements.iter().enumerate().map(one).collect()
    }

    fn dynamic(&self, dynamic: &Map<String, Json>, depth: usize) -> Result<Value, ValueError> {
        let (Some(ty), Some(value)) = (dynamic.get("type"), dynamic.get("value")) else {
            return Err(ValueError::new("a dynamic value has a type and a value"));
        };
        let ty = Type::from_json(ty)?;
        if ty == Type::Dynamic {
            return Err(ValueError::new("a dynamic value carries a type of its own"));
        }
        let value = self.value(value, &ty, depth + 1)?;
        Ok(Value::dynamic(ty, value))
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_bytes_cannot_stand_for_any_number_of_values() {
        let ty = Type::list(Type::object(["a", "b", "c"].map(|name| (name, Type::Bool))));
        let json: Json = serde_json::from_str("[{},{},{}]").unwrap();
        let read = |left| Decoder { surplus: Surplus::Drop, left: Cell::new(left) }.value(&json, &ty, 0);
        assert!(read(13).is_ok());
        assert!(read(12).unwrap_err().message().contains("too many values"));
    }
}
