//! Types in words, and as they are written in a configuration.

use tfplugin::{Nesting, Type};

/// A type in the words of the registry, such as `List of String`.
pub(super) fn words(ty: &Type) -> String {
    match ty {
        Type::Bool => "Boolean".to_owned(),
        Type::Number => "Number".to_owned(),
        Type::String => "String".to_owned(),
        Type::Dynamic => "Dynamic".to_owned(),
        Type::List(element) => format!("List of {}", words(element)),
        Type::Set(element) => format!("Set of {}", words(element)),
        Type::Map(element) => format!("Map of {}", words(element)),
        Type::Object(_) | Type::Tuple(_) => format!("`{}`", written(ty)),
    }
}

/// How objects are nested, in the words of the registry.
pub(super) fn nesting(nesting: Nesting) -> &'static str {
    match nesting {
        Nesting::Single => "Attributes",
        Nesting::List => "Attributes List",
        Nesting::Set => "Attributes Set",
        Nesting::Map => "Attributes Map",
    }
}

/// A type as a variable's block has it, such as `list(string)`.
pub(super) fn written(ty: &Type) -> String {
    match ty {
        Type::Bool | Type::Number | Type::String | Type::Dynamic => ty.to_string(),
        Type::List(element) => format!("list({})", written(element)),
        Type::Set(element) => format!("set({})", written(element)),
        Type::Map(element) => format!("map({})", written(element)),
        Type::Object(attributes) => {
            let parts: Vec<String> =
                attributes.iter().map(|(name, ty)| format!("{name} = {}", written(ty))).collect();
            format!("object({{ {} }})", parts.join(", "))
        }
        Type::Tuple(elements) => {
            format!("tuple([{}])", elements.iter().map(written).collect::<Vec<_>>().join(", "))
        }
    }
}
