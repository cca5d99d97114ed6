//! Schemas and signatures as messages.

use crate::{
    framework::{Parameter, Signature},
    proto::tfplugin6::{self as wire, StringKind, schema},
    schema::{Attribute, Attributes, Nesting, Presence, Schema, Shape},
    value::Type,
};

pub(super) fn write_schema(schema: &Schema) -> wire::Schema {
    write(schema, true)
}

/// Writes a schema of what is configured and never answered: there is nothing computed in it.
pub(super) fn write_config_schema(schema: &Schema) -> wire::Schema {
    write(schema, false)
}

fn write(schema: &Schema, answered: bool) -> wire::Schema {
    wire::Schema {
        version: schema.version,
        block: Some(schema::Block {
            version: schema.version,
            attributes: write_attributes(&schema.attributes, answered),
            description: schema.description.clone(),
            description_kind: StringKind::Markdown.into(),
            deprecated: schema.deprecation.is_some(),
            deprecation_message: schema.deprecation.clone().unwrap_or_default(),
            ..schema::Block::default()
        }),
    }
}

fn write_attributes(attributes: &Attributes, answered: bool) -> Vec<schema::Attribute> {
    attributes.iter().map(|(name, attribute)| write_attribute(name, attribute, answered)).collect()
}

/// Terraform refuses an attribute that has both a type and nested attributes.
fn write_attribute(name: &str, attribute: &Attribute, answered: bool) -> schema::Attribute {
    let (plain, nested) = match &attribute.shape {
        Shape::Plain(ty) => (write_type(ty), None),
        Shape::Nested(nesting, below) => (Vec::new(), Some(write_nested(*nesting, below, answered))),
    };
    schema::Attribute {
        name: name.to_owned(),
        r#type: plain.into(),
        nested_type: nested,
        description: attribute.description.clone(),
        description_kind: StringKind::Markdown.into(),
        required: attribute.presence == Presence::Required,
        optional: matches!(attribute.presence, Presence::Optional | Presence::OptionalComputed),
        computed: answered && attribute.is_computed(),
        sensitive: attribute.sensitive,
        write_only: attribute.write_only,
        deprecated: attribute.deprecation.is_some(),
        deprecation_message: attribute.deprecation.clone().unwrap_or_default(),
    }
}

fn write_nested(nesting: Nesting, below: &Attributes, answered: bool) -> schema::Object {
    use schema::object::NestingMode;
    let nesting = match nesting {
        Nesting::Single => NestingMode::Single,
        Nesting::List => NestingMode::List,
        Nesting::Set => NestingMode::Set,
        Nesting::Map => NestingMode::Map,
    };
    schema::Object {
        attributes: write_attributes(below, answered),
        nesting: nesting.into(),
        ..schema::Object::default()
    }
}

fn write_type(ty: &Type) -> Vec<u8> {
    ty.to_json().to_string().into_bytes()
}

pub(super) fn write_signature(signature: &Signature) -> wire::Function {
    wire::Function {
        parameters: signature.parameters.iter().map(write_parameter).collect(),
        variadic_parameter: signature.variadic.as_ref().map(write_parameter),
        r#return: Some(wire::function::Return { r#type: write_type(&signature.result).into() }),
        summary: signature.summary.clone(),
        description: signature.description.clone(),
        description_kind: StringKind::Markdown.into(),
        deprecation_message: signature.deprecation.clone().unwrap_or_default(),
    }
}

fn write_parameter(parameter: &Parameter) -> wire::function::Parameter {
    wire::function::Parameter {
        name: parameter.name.clone(),
        r#type: write_type(&parameter.ty).into(),
        allow_null_value: parameter.allow_null,
        allow_unknown_values: parameter.allow_unknown,
        description: parameter.description.clone(),
        description_kind: StringKind::Markdown.into(),
    }
}
