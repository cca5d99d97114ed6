//! From the API's answers to Terraform's values.

use schemas::tf::{Attribute, Field, Type};
use serde_json::Value as Json;
use tfplugin::{Object, Value, ValueError, value::Step};

/// The attributes that an answer holds, each where its path points.
///
/// # Errors
/// The answer has another form; the error names the attribute.
pub(crate) fn object(attributes: &[Attribute], view: &Json) -> Result<Object, ValueError> {
    let stored = attributes.iter().filter(|attribute| !attribute.write_only);
    stored
        .map(|attribute| {
            let found = at(view, &attribute.path);
            let value = value(&attribute.field, &found)
                .map_err(|error| error.within(Step::Attribute(attribute.name.clone())))?;
            Ok((attribute.name.clone(), value))
        })
        .collect()
}

/// The value of a field.
///
/// # Errors
/// The JSON has another form.
pub(crate) fn value(field: &Field, json: &Json) -> Result<Value, ValueError> {
    let wrong = || ValueError::new(format!("the server's answer holds {} here", kind(json)));
    Ok(match (&field.kind, json) {
        (_, Json::Null) => Value::Null,
        (Type::String, any) if field.format.as_deref() == Some("json") => Value::String(any.to_string()),
        (Type::String, Json::String(text)) => Value::String(text.clone()),
        (Type::Number, Json::Number(number)) => decimal(&number.to_string())?,
        (Type::Number, Json::String(text)) => decimal(text)?,
        (Type::Bool, Json::Bool(truth)) => Value::Bool(*truth),
        (Type::List(element), Json::Array(items)) => Value::List(elements(element, items)?),
        (Type::Set(element), Json::Array(items)) => Value::Set(elements(element, items)?),
        (Type::Map(element, _), Json::Object(items)) => {
            let item = |(key, json): (&String, &Json)| {
                let value = value(element, json).map_err(|error| error.within(Step::Key(key.clone())))?;
                Ok((key.clone(), value))
            };
            Value::Map(items.iter().map(item).collect::<Result<_, ValueError>>()?)
        }
        (Type::Object(attributes), Json::Object(_)) => Value::Object(object(attributes, json)?),
        _ => return Err(wrong()),
    })
}

fn elements(element: &Field, items: &[Json]) -> Result<Vec<Value>, ValueError> {
    let item =
        |(index, json)| value(element, json).map_err(|error: ValueError| error.within(Step::Index(index)));
    items.iter().enumerate().map(item).collect()
}

fn decimal(text: &str) -> Result<Value, ValueError> {
    text.parse().map(Value::Number).map_err(|_| ValueError::new("the server's answer holds no number here"))
}

fn kind(json: &Json) -> &'static str {
    match json {
        Json::Null => "null",
        Json::Bool(_) => "true or false",
        Json::Number(_) => "a number",
        Json::String(_) => "a text",
        Json::Array(_) => "a list",
        Json::Object(_) => "an object",
    }
}

/// What a JSON pointer finds, null for nothing; `*` takes every element of an array.
fn at(json: &Json, path: &str) -> Json {
    let Some((array, rest)) = path.split_once("/*") else {
        return json.pointer(path).cloned().unwrap_or_default();
    };
    match json.pointer(array) {
        Some(Json::Array(items)) => items.iter().map(|item| at(item, rest)).collect(),
        _ => Json::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use schemas::tf;
    use serde_json::json;

    #[test]
    fn pointers_reach_into_objects_and_every_element() {
        let view = json!({ "a": { "b": 1 }, "list": [{ "code": "x" }, { "code": "y" }], "none": null });
        assert_eq!(at(&view, "/a/b"), json!(1));
        assert_eq!(at(&view, "/list/*/code"), json!(["x", "y"]));
        assert_eq!(at(&view, "/none/*/code"), Json::Null);
        assert_eq!(at(&view, "/none/id"), Json::Null);
    }

    #[test]
    fn numbers_are_exact_in_either_form() {
        let field = tf::field(&json!({ "type": ["string", "number"], "format": "money" }));
        let parsed: Json = serde_json::from_str("[0.1, \"0.1\", 0.10, \"1e-1\"]").unwrap();
        for json in parsed.as_array().unwrap() {
            assert_eq!(value(&field, json).unwrap(), "0.1".parse().map(Value::Number).unwrap(), "{json}");
        }
        assert!(value(&field, &json!("ten")).is_err());
        assert!(value(&field, &json!([])).unwrap_err().message().contains("a list"));
    }
}
