//! Terraform's schema, made of the neutral attributes.

use super::{incoming, validators::validators};
use schemas::{
    span::Span,
    tf::{self, Field},
    time::Instant,
};
use tfplugin::{Attribute, Nesting, Schema, Type, Value, schema::Presence};

/// A schema with these attributes.
pub(crate) fn schema(description: impl Into<String>, attributes: &[tf::Attribute]) -> Schema {
    attributes
        .iter()
        .fold(Schema::new(description), |schema, source| schema.attribute(&source.name, attribute(source)))
}

/// One attribute.
pub(crate) fn attribute(source: &tf::Attribute) -> Attribute {
    let mut made = shape(&source.field).description(&source.description);
    made.presence = match (source.required, source.optional, source.computed) {
        (true, ..) => Presence::Required,
        (_, true, true) => Presence::OptionalComputed,
        (_, true, false) => Presence::Optional,
        (_, false, _) => Presence::Computed,
    };
    made.deprecation.clone_from(&source.deprecated);
    made.force_new = source.force_new;
    made.immutable = source.immutable;
    made.write_only = source.write_only;
    made.sensitive = source.write_only;
    made.default = source.default.as_ref().and_then(|default| incoming::value(&source.field, default).ok());
    if made.presence != Presence::Computed {
        made.validators = validators(&source.field);
    }
    match source.field.format.as_deref() {
        Some("span") => made.semantic(same::<Span>),
        Some("date-time") => made.semantic(same::<Instant>),
        Some("e-mail" | "time-zone") => made.semantic(same_but_for_case),
        _ => made,
    }
}

fn shape(field: &Field) -> Attribute {
    match &field.kind {
        tf::Type::Object(attributes) => nested(Nesting::Single, attributes),
        tf::Type::List(element) => collection(Nesting::List, element, field),
        tf::Type::Set(element) => collection(Nesting::Set, element, field),
        tf::Type::Map(element, _) => collection(Nesting::Map, element, field),
        tf::Type::String | tf::Type::Number | tf::Type::Bool => Attribute::of(plain(field)),
    }
}

fn collection(nesting: Nesting, element: &Field, whole: &Field) -> Attribute {
    match &element.kind {
        tf::Type::Object(attributes) => nested(nesting, attributes),
        _ => Attribute::of(plain(whole)),
    }
}

fn nested(nesting: Nesting, attributes: &[tf::Attribute]) -> Attribute {
    Attribute::nested(nesting, attributes.iter().map(|source| (source.name.clone(), attribute(source))))
}

/// The type of a field's values.
pub(crate) fn plain(field: &Field) -> Type {
    match &field.kind {
        tf::Type::String => Type::String,
        tf::Type::Number => Type::Number,
        tf::Type::Bool => Type::Bool,
        tf::Type::List(element) => Type::list(plain(element)),
        tf::Type::Set(element) => Type::set(plain(element)),
        tf::Type::Map(element, _) => Type::map(plain(element)),
        tf::Type::Object(attributes) => {
            Type::object(attributes.iter().map(|source| (source.name.clone(), plain(&source.field))))
        }
    }
}

/// Whether two texts are the same value of a type: `90s` and `1m30s`.
fn same<T: std::str::FromStr + PartialEq>(left: &Value, right: &Value) -> bool {
    let read = |value: &Value| value.as_str().and_then(|text| text.parse::<T>().ok());
    read(left).is_some_and(|left| Some(left) == read(right))
}

fn same_but_for_case(left: &Value, right: &Value) -> bool {
    match (left.as_str(), right.as_str()) {
        (Some(left), Some(right)) => left.eq_ignore_ascii_case(right),
        _ => false,
    }
}
