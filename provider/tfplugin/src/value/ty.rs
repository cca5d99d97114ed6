//! The types of Terraform's type system, and their JSON form.

use std::{collections::BTreeMap, fmt};

use serde_json::Value as Json;

use super::ValueError;

/// How deep types and values may nest.
pub const MAX_DEPTH: usize = 100;

/// The type of a value.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Type {
    /// `bool`
    Bool,
    /// `number`
    Number,
    /// `string`
    String,
    /// Any type; the value carries its own.
    Dynamic,
    /// `list(element)`
    List(Box<Type>),
    /// `set(element)`
    Set(Box<Type>),
    /// `map(element)`
    Map(Box<Type>),
    /// `object({name = type, ...})`
    Object(BTreeMap<String, Type>),
    /// `tuple([type, ...])`
    Tuple(Vec<Type>),
}

impl Type {
    /// `list(element)`
    #[must_use]
    pub fn list(element: Self) -> Self {
        Self::List(Box::new(element))
    }

    /// `set(element)`
    #[must_use]
    pub fn set(element: Self) -> Self {
        Self::Set(Box::new(element))
    }

    /// `map(element)`
    #[must_use]
    pub fn map(element: Self) -> Self {
        Self::Map(Box::new(element))
    }

    /// `object({name = type, ...})`
    #[must_use]
    pub fn object<N: Into<String>>(attributes: impl IntoIterator<Item = (N, Self)>) -> Self {
        Self::Object(attributes.into_iter().map(|(name, ty)| (name.into(), ty)).collect())
    }

    /// The type's JSON form, as schemas and dynamic values carry it.
    #[must_use]
    pub fn to_json(&self) -> Json {
        match self {
            Self::Bool => "bool".into(),
            Self::Number => "number".into(),
            Self::String => "string".into(),
            Self::Dynamic => "dynamic".into(),
            Self::List(element) => Json::Array(vec!["list".into(), element.to_json()]),
            Self::Set(element) => Json::Array(vec!["set".into(), element.to_json()]),
            Self::Map(element) => Json::Array(vec!["map".into(), element.to_json()]),
            Self::Object(attributes) => {
                let attributes = attributes.iter().map(|(name, ty)| (name.clone(), ty.to_json()));
                Json::Array(vec!["object".into(), Json::Object(attributes.collect())])
            }
            Self::Tuple(elements) => {
                Json::Array(vec!["tuple".into(), elements.iter().map(Self::to_json).collect()])
            }
        }
    }

    /// Reads the type's JSON form.
    ///
    /// # Errors
    /// The JSON is not a type, or nests deeper than [`MAX_DEPTH`].
    pub fn from_json(json: &Json) -> Result<Self, ValueError> {
        Self::from_json_at(json, 0)
    }

    fn from_json_at(json: &Json, depth: usize) -> Result<Self, ValueError> {
        if depth >= MAX_DEPTH {
            return Err(ValueError::new("the type nests too deep"));
        }
        match json {
            Json::String(name) => match name.as_str() {
                "bool" => Ok(Self::Bool),
                "number" => Ok(Self::Number),
                "string" => Ok(Self::String),
                "dynamic" => Ok(Self::Dynamic),
                other => Err(ValueError::new(format!("unknown type {other:?}"))),
            },
            Json::Array(parts) => Self::from_json_parts(parts, depth),
            _ => Err(ValueError::new("a type is a name or an array")),
        }
    }

    fn from_json_parts(parts: &[Json], depth: usize) -> Result<Self, ValueError> {
        let below = |json| Self::from_json_at(json, depth + 1);
        let kind = parts.first().and_then(Json::as_str).unwrap_or_default();
        match (kind, parts) {
            ("list", [_, element]) => Ok(Self::list(below(element)?)),
            ("set", [_, element]) => Ok(Self::set(below(element)?)),
            ("map", [_, element]) => Ok(Self::map(below(element)?)),
            ("tuple", [_, Json::Array(elements)]) => {
                elements.iter().map(below).collect::<Result<_, _>>().map(Self::Tuple)
            }
            // A third part names optional attributes, which only matter in configuration.
            ("object", [_, Json::Object(attributes)] | [_, Json::Object(attributes), _]) => {
                let typed = |(name, json): (&String, _)| Ok((name.clone(), below(json)?));
                attributes.iter().map(typed).collect::<Result<_, _>>().map(Self::Object)
            }
            _ => Err(ValueError::new("not a compound type")),
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => formatter.write_str("bool"),
            Self::Number => formatter.write_str("number"),
            Self::String => formatter.write_str("string"),
            Self::Dynamic => formatter.write_str("any"),
            Self::List(element) => write!(formatter, "list({element})"),
            Self::Set(element) => write!(formatter, "set({element})"),
            Self::Map(element) => write!(formatter, "map({element})"),
            Self::Object(_) => formatter.write_str("object"),
            Self::Tuple(_) => formatter.write_str("tuple"),
        }
    }
}
