//! From Terraform's values to the API's request bodies.

use schemas::tf::{Attribute, Field, Type};
use serde_json::{Map, Value as Json};
use tfplugin::{Number, Object, Value};

/// The body that holds these attributes under the API's names. Null and unknown ones are left out: the server's
/// default, or null, holds for them.
pub(crate) fn object<'a>(attributes: impl IntoIterator<Item = &'a Attribute>, values: &Object) -> Json {
    let settable = attributes.into_iter().filter(|attribute| attribute.required || attribute.optional);
    let fields = settable.filter_map(|attribute| {
        let json = value(&attribute.field, values.get(&attribute.name))?;
        Some((attribute.api_name.clone(), json))
    });
    Json::Object(fields.collect())
}

/// A field's value; `None` where there is none to send.
pub(crate) fn value(field: &Field, value: &Value) -> Option<Json> {
    Some(match (&field.kind, value) {
        (_, Value::String(text)) => Json::String(text.clone()),
        (_, Value::Bool(truth)) => Json::Bool(*truth),
        (_, Value::Number(found)) => number(field, found),
        (Type::List(element), Value::List(items)) => elements(element, items).into(),
        (Type::Set(element), Value::Set(items)) => {
            let mut items = elements(element, items);
            // A set has no order: equal sets have equal bodies, and so equal idempotency keys.
            items.sort_by_key(Json::to_string);
            items.into()
        }
        (Type::Map(element, _), Value::Map(items)) => {
            let item = |(key, item): (&String, _)| Some((key.clone(), self::value(element, item)?));
            Json::Object(items.iter().filter_map(item).collect::<Map<_, _>>())
        }
        (Type::Object(attributes), Value::Object(values)) => object(attributes, values),
        _ => return None,
    })
}

fn elements(element: &Field, items: &[Value]) -> Vec<Json> {
    items.iter().map(|item| value(element, item).unwrap_or_default()).collect()
}

/// Money and prices travel as exact decimal text, other numbers as numbers.
fn number(field: &Field, number: &Number) -> Json {
    let text = number.to_string();
    if matches!(field.format.as_deref(), Some("money" | "price")) {
        return Json::String(text);
    }
    text.parse().map_or(Json::String(text), Json::Number)
}
