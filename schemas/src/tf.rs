//! A resource as Terraform sees it, read off its JSON Schemas and their `x-tf` hints.
//!
//! | hint | meaning |
//! |---|---|
//! | `name` | the attribute's name, where the wire format fixes another |
//! | `path` | where the view holds the value, as a JSON pointer; `*` takes every element of an array |
//! | `computed` | the server chooses where the configuration says nothing |
//! | `immutable` | a change is refused at plan: neither an update nor a replacement |
//! | `write_only` | sent, never stored in the state |
//! | `deprecated` | why not to use it any more, beside the keyword `deprecated` |

use crate::registry::ResourceInfo;
use serde_json::Value;

/// The type of an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// A text.
    String,
    /// A number, exact.
    Number,
    /// True or false.
    Bool,
    /// Elements in their order.
    List(Box<Field>),
    /// Elements without order or repetition.
    Set(Box<Field>),
    /// Elements by key, with the values that keys may have.
    Map(Box<Field>, Vec<String>),
    /// Nested attributes.
    Object(Vec<Attribute>),
}

/// What is said of a deprecated field that says nothing itself.
const GOES: &str = "It will be gone in a later version; its description tells what takes its place.";

/// A value's type and what is checked of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its type.
    pub kind: Type,
    /// The values it may have; empty for any.
    pub one_of: Vec<String>,
    /// The format that a text has, for [`crate::format::check`].
    pub format: Option<String>,
    /// The least number, text length or element count.
    pub at_least: Option<i64>,
    /// The greatest number, text length or element count.
    pub at_most: Option<i64>,
    /// Whether a number has no fraction.
    pub integer: bool,
}

/// An attribute of a resource, data source or nested object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Its name in Terraform.
    pub name: String,
    /// Its name in the API.
    pub api_name: String,
    /// Where the view holds it, as a JSON pointer.
    pub path: String,
    /// What it is, for the reference.
    pub description: String,
    /// Its type and checks.
    pub field: Field,
    /// Whether the configuration must set it.
    pub required: bool,
    /// Whether the configuration may set it.
    pub optional: bool,
    /// Whether the server may choose it.
    pub computed: bool,
    /// Whether a change replaces the object.
    pub force_new: bool,
    /// Whether a change is refused at plan.
    pub immutable: bool,
    /// Whether it is sent and never stored.
    pub write_only: bool,
    /// What it is when the configuration says nothing.
    pub default: Option<Value>,
    /// Why not to use it any more, where it will go.
    pub deprecated: Option<String>,
}

/// The attributes of a resource: what its spec takes, and what only the server gives.
pub fn resource_attributes(resource: &ResourceInfo) -> Vec<Attribute> {
    let editable = (resource.update)();
    let is_editable = |api_name: &str| editable.pointer(&format!("/properties/{api_name}")).is_some();
    let mut attributes = vec![computed("id", "/id", "Id of the object.")];
    for mut attribute in object_attributes(&(resource.spec)()) {
        attribute.force_new = !is_editable(&attribute.api_name) && !attribute.immutable;
        attributes.push(attribute);
    }
    let given = resource.computed.iter();
    attributes.extend(given.map(|given| computed(given.name, given.path, given.description)));
    attributes
}

/// The attributes of a JSON object, each settable.
pub fn object_attributes(schema: &Value) -> Vec<Attribute> {
    let required = strings(schema.get("required"));
    let fields = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    fields.map(|(api_name, field)| attribute(api_name, field, required.contains(api_name))).collect()
}

/// The attributes of an answer, none of them settable.
pub fn answer_attributes(schema: &Value) -> Vec<Attribute> {
    let mut attributes = object_attributes(schema);
    only_computed(&mut attributes);
    attributes
}

/// Makes attributes ones that nobody sets, those inside of them included.
pub fn only_computed(attributes: &mut [Attribute]) {
    for attribute in attributes {
        attribute.required = false;
        attribute.optional = false;
        attribute.computed = true;
        attribute.force_new = false;
        attribute.immutable = false;
        attribute.default = None;
        only_computed(inner_attributes(&mut attribute.field));
    }
}

fn inner_attributes(field: &mut Field) -> &mut [Attribute] {
    match &mut field.kind {
        Type::Object(attributes) => attributes,
        Type::List(element) | Type::Set(element) | Type::Map(element, _) => inner_attributes(element),
        Type::String | Type::Number | Type::Bool => &mut [],
    }
}

/// A text that only the server gives.
pub fn computed(name: &str, path: &str, description: &str) -> Attribute {
    Attribute {
        name: name.to_owned(),
        api_name: name.to_owned(),
        path: path.to_owned(),
        description: description.to_owned(),
        field: field(&serde_json::json!({ "type": "string" })),
        required: false,
        optional: false,
        computed: true,
        force_new: false,
        immutable: false,
        write_only: false,
        default: None,
        deprecated: None,
    }
}

fn attribute(api_name: &str, schema: &Value, required: bool) -> Attribute {
    let hint = |name: &str| schema.get("x-tf").and_then(|hints| hints.get(name));
    let flag = |name: &str| hint(name).and_then(Value::as_bool).unwrap_or(false);
    let text = |name: &str| hint(name).and_then(Value::as_str);
    let deprecated = schema.get("deprecated").and_then(Value::as_bool).unwrap_or(false);
    let default = schema.get("default").filter(|value| !value.is_null()).cloned();
    Attribute {
        name: text("name").unwrap_or(api_name).to_owned(),
        api_name: api_name.to_owned(),
        path: text("path").map_or_else(|| format!("/{api_name}"), str::to_owned),
        description: for_users(schema.get("description").and_then(Value::as_str).unwrap_or_default()),
        field: field(schema),
        required,
        optional: !required,
        computed: flag("computed") || default.is_some(),
        force_new: false,
        immutable: flag("immutable"),
        write_only: flag("write_only"),
        default,
        deprecated: deprecated.then(|| text("deprecated").unwrap_or(GOES).to_owned()),
    }
}

/// A description without the ids of the guide's rules, such as `(7.8-06)`, which are for those who read the code.
pub fn for_users(description: &str) -> String {
    let is_id = |text: &str| {
        text.contains('-') && text.chars().all(|char| char.is_ascii_digit() || ".-, ".contains(char))
    };
    let mut parts = description.split(" (");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once(')') {
            Some((inside, after)) if is_id(inside) => text.push_str(after),
            _ => text.extend([" (", part]),
        }
    }
    text
}

/// The type and checks of a JSON Schema, null aside.
pub fn field(schema: &Value) -> Field {
    let schema = without_null(schema);
    let limit = |names: [&str; 4]| names.iter().find_map(|name| schema.get(*name)).and_then(Value::as_i64);
    let one_of = variants(schema);
    let names = type_names(schema);
    // What may be anything is told as JSON text.
    let is_any = names.is_empty() && one_of.is_empty() && schema.get("format").is_none();
    let format = schema.get("format").and_then(Value::as_str).or(is_any.then_some("json")).map(str::to_owned);
    let has = |name: &str| names.iter().any(|given| given == name);
    let kind = if has("object") {
        object_type(schema)
    } else if has("array") {
        let element = Box::new(field(schema.get("items").unwrap_or(&Value::Null)));
        let unique = schema.get("uniqueItems").and_then(Value::as_bool).unwrap_or(false);
        if unique { Type::Set(element) } else { Type::List(element) }
    } else if has("boolean") {
        Type::Bool
    } else if has("integer") || has("number") {
        Type::Number
    } else {
        Type::String
    };
    Field {
        kind,
        one_of,
        format,
        at_least: limit(["minimum", "minLength", "minItems", "minProperties"]),
        at_most: limit(["maximum", "maxLength", "maxItems", "maxProperties"]),
        integer: has("integer"),
    }
}

fn object_type(schema: &Value) -> Type {
    match schema.get("additionalProperties") {
        Some(element) if element.is_object() => {
            let keys = schema.get("propertyNames").map(variants).unwrap_or_default();
            Type::Map(Box::new(field(element)), keys)
        }
        _ => Type::Object(object_attributes(schema)),
    }
}

/// The part of `anyOf` that is not null, or the schema itself.
fn without_null(schema: &Value) -> &Value {
    let parts = schema.get("anyOf").and_then(Value::as_array);
    parts
        .and_then(|parts| parts.iter().find(|part| part.get("type") != Some(&Value::from("null"))))
        .unwrap_or(schema)
}

/// The texts that `enum` or `oneOf` allow.
fn variants(schema: &Value) -> Vec<String> {
    let constants = schema.get("oneOf").and_then(Value::as_array).into_iter().flatten();
    let constants = constants.filter_map(|variant| variant.get("const")).filter_map(Value::as_str);
    strings(schema.get("enum")).into_iter().chain(constants.map(str::to_owned)).collect()
}

fn type_names(schema: &Value) -> Vec<String> {
    match schema.get("type") {
        Some(Value::String(name)) => vec![name.clone()],
        Some(names) => strings(Some(names)),
        None => Vec::new(),
    }
}

fn strings(array: Option<&Value>) -> Vec<String> {
    let values = array.and_then(Value::as_array).into_iter().flatten();
    values.filter_map(Value::as_str).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::resources;

    fn attributes(noun: &str) -> Vec<Attribute> {
        let all = resources();
        resource_attributes(all.iter().find(|resource| resource.noun == noun).unwrap())
    }

    fn one(noun: &str, name: &str) -> Attribute {
        attributes(noun).into_iter().find(|attribute| attribute.name == name).unwrap()
    }

    #[test]
    fn hints_and_types_are_read_off_the_schemas() {
        let lan = one("client", "lan_mbps");
        assert_eq!((lan.api_name.as_str(), lan.default), ("lan", Some(1000.into())));
        assert!(lan.field.integer && lan.computed && lan.optional);
        assert!(one("client", "code").force_new && one("client", "partner").immutable);
        assert!(!one("client", "partner").force_new && !one("client", "name").force_new);
        assert!(one("hypervisor", "password").write_only);
        assert_eq!(one("client", "contract_id").path, "/contract/id");
        assert_eq!(one("hypervisor", "cpu_class").field.one_of, ["3.2"]);
        assert!(matches!(one("partner", "services").field.kind, Type::Set(_)));
        assert_eq!(one("partner", "services").default, None);
    }

    #[test]
    fn users_are_not_told_the_ids_of_rules() {
        assert_eq!(for_users("In rubles (7.8-06)."), "In rubles.");
        assert_eq!(for_users("Balance (5.1-08, 5.1-10), exact."), "Balance, exact.");
        assert_eq!(for_users("Cores (3.2) of a machine (KVM)."), "Cores (3.2) of a machine (KVM).");
    }

    #[test]
    fn deprecation_is_passed_on() {
        let schema = serde_json::json!({ "type": "object", "properties": {
            "old": { "type": "string", "deprecated": true, "x-tf": { "deprecated": "Use new." } },
            "older": { "type": "string", "deprecated": true },
            "new": { "type": "string" },
        } });
        let told: Vec<_> =
            object_attributes(&schema).into_iter().map(|one| (one.name, one.deprecated)).collect();
        let of = |name: &str| told.iter().find(|(found, _)| found == name).unwrap().1.as_deref();
        assert_eq!((of("old"), of("older"), of("new")), (Some("Use new."), Some(GOES), None));
    }

    #[test]
    fn a_plan_is_a_map_of_nested_attributes_with_known_keys() {
        let Type::Map(item, keys) = one("tariff_plan", "services").field.kind else { panic!("not a map") };
        assert_eq!(keys.len(), 28);
        let Type::Object(attributes) = item.kind else { panic!("not nested") };
        let price = attributes.iter().find(|attribute| attribute.name == "price").unwrap();
        assert!(price.required && price.field.kind == Type::Number);
        assert_eq!(price.field.format.as_deref(), Some("price"));
        let period = attributes.iter().find(|attribute| attribute.name == "period").unwrap();
        assert_eq!(period.field.one_of, ["minute", "hour", "day", "month", "year"]);
    }

    #[test]
    fn a_singletons_parents_replace_it_and_its_id_is_the_servers() {
        for noun in ["client_defaults", "default_limits", "client_limits"] {
            let id = one(noun, "id");
            assert!(id.computed && !id.optional && !id.required, "{noun}");
            let partner = one(noun, "partner");
            assert!(partner.force_new && !partner.immutable && partner.path == "/partner/code", "{noun}");
        }
        assert!(one("client_limits", "client").required && one("client_limits", "client").force_new);
        let partner = one("client_limits", "partner");
        assert!(partner.optional && partner.computed);
        assert!(!one("client_limits", "limits").force_new);
        assert!(!one("client_defaults", "tariff_plan").computed && one("client", "tariff_plan").computed);
    }

    #[test]
    fn limits_are_a_map_of_nested_attributes() {
        let limits = one("default_limits", "limits");
        assert_eq!((limits.required, limits.field.at_least), (true, Some(1)));
        assert_eq!(one("partner", "limits").field.at_least, None);
        let Type::Map(element, keys) = limits.field.kind else { panic!("not a map") };
        let Type::Object(kinds) = element.kind else { panic!("not nested") };
        assert!(keys.is_empty() && kinds.iter().all(|kind| kind.optional && kind.field.integer));
        assert_eq!(kinds.len(), 8);
    }

    #[test]
    fn names_are_unique_within_a_resource() {
        for resource in resources() {
            let mut names: Vec<_> = resource_attributes(&resource).into_iter().map(|a| a.name).collect();
            let count = names.len();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), count, "{}", resource.noun);
        }
    }
}
