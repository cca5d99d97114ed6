//! One attribute's place in a configuration.

use super::values;
use schemas::tf::{Attribute, Field, Type};
use serde_json::{Map, Value as Json, json};

/// An attribute that a configuration may set, at the top or inside of an element, and values for it.
#[derive(Clone, Debug)]
pub struct Slot {
    /// Its name, such as `services.period`; unique within the type.
    pub name: String,
    /// Two values; the second may be null.
    pub values: [Json; 2],
    /// What is empty and yet no null, where there is such a thing.
    pub empty: Option<Json>,
    /// Whether it may be left out.
    pub optional: bool,
    /// Whether a change replaces the object, or is refused.
    pub fixed: bool,
    /// Where it is inside of another attribute.
    inside: Option<Inside>,
}

/// A place in a nested attribute.
#[derive(Clone, Debug)]
struct Inside {
    /// The attribute of the resource.
    outer: String,
    /// The key of the element, where the attribute is a map.
    key: Option<String>,
    /// What else the element holds.
    others: Map<String, Json>,
    /// The attribute of the element.
    inner: String,
}

impl Slot {
    /// The attribute of the resource that it is, or is inside of.
    pub fn attribute(&self) -> &str {
        self.inside.as_ref().map_or(&self.name, |inside| &inside.outer)
    }

    /// The value of that attribute when this one has a value, or none.
    pub fn place(&self, value: Option<Json>) -> Option<Json> {
        let Some(inside) = &self.inside else { return value };
        let mut element = inside.others.clone();
        element.extend(value.map(|value| (inside.inner.clone(), value)));
        Some(match &inside.key {
            Some(key) => json!({ key: element }),
            None => element.into(),
        })
    }

    /// The names that lead to it: the attribute, then the key and the attribute of the element.
    pub fn path(&self) -> Vec<String> {
        let Some(inside) = &self.inside else { return vec![self.name.clone()] };
        let key = inside.key.clone();
        [Some(inside.outer.clone()), key, Some(inside.inner.clone())].into_iter().flatten().collect()
    }
}

/// The slots of a type: every settable attribute, and every one of those inside.
pub(super) fn all(noun: &'static str, attributes: &[Attribute]) -> Vec<Slot> {
    let mut slots = Vec::new();
    for attribute in attributes.iter().filter(|given| given.required || given.optional) {
        let values = values::of(noun, &attribute.name, attribute);
        slots.push(slot(&attribute.name, values, attribute));
        slots.extend(nested(noun, attribute));
    }
    slots.push(Slot {
        name: "timeouts".to_owned(),
        values: values::timeouts(),
        empty: Some(json!({})),
        optional: true,
        fixed: false,
        inside: None,
    });
    slots
}

fn slot(name: &str, values: [Json; 2], attribute: &Attribute) -> Slot {
    Slot {
        name: name.to_owned(),
        values,
        empty: empty(&attribute.field),
        optional: attribute.optional,
        fixed: attribute.force_new || attribute.immutable,
        inside: None,
    }
}

fn empty(field: &Field) -> Option<Json> {
    if field.at_least.is_some_and(|least| least > 0) || !field.one_of.is_empty() {
        return None;
    }
    match &field.kind {
        Type::List(_) | Type::Set(_) => Some(json!([])),
        Type::Map(..) => Some(json!({})),
        Type::String if field.format.is_none() => Some(json!("")),
        _ => None,
    }
}

/// The attributes inside of an element, each with the required ones beside it.
fn nested(noun: &'static str, attribute: &Attribute) -> Vec<Slot> {
    let (attributes, key) = match &attribute.field.kind {
        Type::Object(attributes) => (attributes, None),
        Type::Map(element, keys) => {
            let Type::Object(attributes) = &element.kind else { return Vec::new() };
            // Keys that are references are taken from the attribute's own values.
            let [first, _] = values::of(noun, &attribute.name, attribute);
            let given = first.as_object().and_then(|given| given.keys().next().cloned());
            (attributes, Some(keys.first().cloned().or(given).expect("a map of objects has a key")))
        }
        _ => return Vec::new(),
    };
    let value = |given: &Attribute| values::of(noun, &format!("{}.{}", attribute.name, given.name), given);
    let settable = attributes.iter().filter(|given| given.required || given.optional);
    settable
        .map(|inner| {
            let others = attributes.iter().filter(|given| given.required && given.name != inner.name);
            let others = others.map(|given| (given.name.clone(), value(given)[0].clone())).collect();
            let (outer, key) = (attribute.name.clone(), key.clone());
            let name = format!("{outer}.{}", inner.name);
            let inside = Inside { outer, key, others, inner: inner.name.clone() };
            let fixed = attribute.force_new || attribute.immutable;
            Slot { inside: Some(inside), fixed, ..slot(&name, value(inner), inner) }
        })
        .collect()
}
