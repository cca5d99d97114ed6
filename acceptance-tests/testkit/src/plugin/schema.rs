//! Schemas as the provider tells them.

use super::{PluginError, proto::tfplugin6 as wire};
use std::collections::BTreeMap;
use tfplugin::{Type, ValueError};

/// How nested objects are collected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nesting {
    /// One object.
    Single,
    /// A list of objects.
    List,
    /// A set of objects.
    Set,
    /// Objects by key.
    Map,
}

/// An attribute, with what core's rules ask of it.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// The type of its values.
    pub ty: Type,
    /// Its nested attributes, where it has some.
    pub nested: Option<(Nesting, Attributes)>,
    /// Whether the configuration must set it.
    pub required: bool,
    /// Whether the configuration may set it.
    pub optional: bool,
    /// Whether the provider may set it.
    pub computed: bool,
    /// Whether it is hidden in plans.
    pub sensitive: bool,
    /// Whether it is kept in no plan and no state.
    pub write_only: bool,
}

/// Attributes by name.
pub type Attributes = BTreeMap<String, Attribute>;

/// The schema of a provider, a resource, or a list.
#[derive(Clone, Debug)]
pub struct Schema {
    /// Its version.
    pub version: i64,
    /// Its attributes.
    pub attributes: Attributes,
    /// The type of the objects that it describes.
    pub ty: Type,
}

impl Schema {
    pub(super) fn read(message: &wire::Schema) -> Result<Self, PluginError> {
        let block = message.block.as_ref().map(|block| block.attributes.as_slice()).unwrap_or_default();
        let attributes = attributes(block)?;
        Ok(Self { version: message.version, ty: object_type(&attributes), attributes })
    }
}

/// The type of the objects of an identity.
pub(super) fn identity_type(message: &wire::ResourceIdentitySchema) -> Result<Type, PluginError> {
    let types =
        message.identity_attributes.iter().map(|given| Ok((given.name.clone(), type_of(&given.r#type)?)));
    Ok(Type::object(types.collect::<Result<Vec<_>, ValueError>>()?))
}

fn attributes(messages: &[wire::schema::Attribute]) -> Result<Attributes, PluginError> {
    messages.iter().map(|message| Ok((message.name.clone(), attribute(message)?))).collect()
}

fn attribute(message: &wire::schema::Attribute) -> Result<Attribute, PluginError> {
    use wire::schema::object::NestingMode;
    let nested = message.nested_type.as_ref().map(|nested| {
        let nesting = match nested.nesting() {
            NestingMode::List => Nesting::List,
            NestingMode::Set => Nesting::Set,
            NestingMode::Map => Nesting::Map,
            NestingMode::Single | NestingMode::Invalid => Nesting::Single,
        };
        Ok::<_, PluginError>((nesting, attributes(&nested.attributes)?))
    });
    let nested = nested.transpose()?;
    let ty = match &nested {
        None => type_of(&message.r#type)?,
        Some((nesting, attributes)) => {
            let object = object_type(attributes);
            match nesting {
                Nesting::Single => object,
                Nesting::List => Type::list(object),
                Nesting::Set => Type::set(object),
                Nesting::Map => Type::map(object),
            }
        }
    };
    let wire::schema::Attribute { required, optional, computed, sensitive, write_only, .. } = *message;
    Ok(Attribute { ty, nested, required, optional, computed, sensitive, write_only })
}

fn type_of(json: &[u8]) -> Result<Type, ValueError> {
    let json = serde_json::from_slice(json).map_err(|error| ValueError::new(error.to_string()))?;
    Type::from_json(&json)
}

fn object_type(attributes: &Attributes) -> Type {
    Type::object(attributes.iter().map(|(name, attribute)| (name.as_str(), attribute.ty.clone())))
}
