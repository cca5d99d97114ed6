//! For every resource: values that pass the validators survive the way to the API and back.

use super::{incoming, outgoing, schema, validators::validators};
use proptest::{collection, prelude::*};
use schemas::{
    registry::{ResourceInfo, resources},
    tf::{self, Attribute, Field, Type},
};
use serde_json::{Map, Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use tfplugin::{Object, Path, Value};

/// A public key of OpenSSH.
const SSH_KEY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAElkj5CjQFzRjBgMdTgX1qEV4CmbtEdkhRaovZv2QrR one@example.org";

fn text(field: &Field) -> BoxedStrategy<String> {
    if !field.one_of.is_empty() {
        return prop::sample::select(field.one_of.clone()).boxed();
    }
    match field.format.as_deref() {
        Some("code" | "project-code") => "[a-z][a-z0-9-]{0,20}x".boxed(),
        Some("span") => (0_u32..4_000_000).prop_map(|s| schemas::span::Span::from_s(s).to_string()).boxed(),
        Some("time-zone") => {
            prop::sample::select(vec!["UTC", "Europe/Moscow"]).prop_map(str::to_owned).boxed()
        }
        Some("dns-name") => "[a-z]{1,10}\\.[a-z]{2,8}".boxed(),
        Some("e-mail") => "[a-zA-Z0-9.]{1,10}@[a-z]{1,8}\\.org".boxed(),
        Some("login") => "[a-z0-9][a-z0-9@._+-]{0,20}".boxed(),
        Some("ssh-public-key") => Just(SSH_KEY.to_owned()).boxed(),
        Some("phone") => "\\+[1-9][0-9]{6,14}".boxed(),
        Some("date") => (2000..9000, 1..=12, 1..=28)
            .prop_map(|(year, month, day)| format!("{year:04}-{month:02}-{day:02}"))
            .boxed(),
        Some("date-time") => Just("2021-12-20T00:00:00+03:00".to_owned()).boxed(),
        _ => {
            let least = field.at_least.unwrap_or(1).max(1);
            let most = field.at_most.unwrap_or(i64::MAX).min(least + 40);
            prop::string::string_regex(&format!("[^\\p{{C}}]{{{least},{most}}}")).unwrap().boxed()
        }
    }
}

fn number(field: &Field) -> BoxedStrategy<String> {
    match field.format.as_deref() {
        Some("price") => (0_i64..=10_000_000_000_000).prop_map(money).boxed(),
        Some("money") if field.at_least == Some(0) => (0..=i64::MAX).prop_map(money).boxed(),
        Some("money") => any::<i64>().prop_map(money).boxed(),
        _ => {
            let range = field.at_least.unwrap_or(i64::MIN)..=field.at_most.unwrap_or(i64::from(u32::MAX));
            range.prop_map(|number| number.to_string()).boxed()
        }
    }
}

fn money(units: i64) -> String {
    schemas::money::Money::from_units(units).to_string()
}

fn value(field: &Field) -> BoxedStrategy<Value> {
    match &field.kind {
        Type::String => text(field).prop_map(Value::String).boxed(),
        Type::Number => number(field).prop_map(|text| Value::Number(text.parse().unwrap())).boxed(),
        Type::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        Type::List(element) => collection::vec(value(element), 0..4).prop_map(Value::List).boxed(),
        Type::Set(element) => collection::vec(value(element), 0..4)
            .prop_map(|items| Value::Set(items.into_iter().collect::<BTreeSet<_>>().into_iter().collect()))
            .boxed(),
        Type::Map(element, keys) => {
            let key = if keys.is_empty() {
                "[a-z/.]{1,12}".boxed()
            } else {
                prop::sample::select(keys.clone()).boxed()
            };
            let least = usize::try_from(field.at_least.unwrap_or(0)).unwrap();
            collection::btree_map(key, value(element), least..4).prop_map(Value::Map).boxed()
        }
        Type::Object(attributes) => object(attributes).prop_map(Value::Object).boxed(),
    }
}

/// Planned values: what has a default is never null, write-only is always.
fn object(attributes: &[Attribute]) -> BoxedStrategy<Object> {
    let one = |attribute: &Attribute| {
        let name = Just(attribute.name.clone());
        let given = value(&attribute.field);
        let value = if attribute.write_only {
            Just(Value::Null).boxed()
        } else if attribute.required || attribute.default.is_some() {
            given
        } else {
            prop_oneof![Just(Value::Null), given].boxed()
        };
        (name, value)
    };
    attributes.iter().map(one).collect::<Vec<_>>().prop_map(|pairs| pairs.into_iter().collect()).boxed()
}

/// The view that a server gives of a body: each field where its attribute's path points.
fn view_of(attributes: &[Attribute], body: &Json) -> Json {
    let mut view = json!({});
    for attribute in attributes {
        let given = body.get(&attribute.api_name).cloned().unwrap_or_default();
        let given = match (&attribute.field.kind, &given) {
            (Type::Map(element, _), Json::Object(items)) => match &element.kind {
                Type::Object(inner) => {
                    let items = items.iter().map(|(key, item)| (key.clone(), view_of(inner, item)));
                    Json::Object(items.collect::<Map<_, _>>())
                }
                _ => given,
            },
            _ => given,
        };
        place(&mut view, &attribute.path, given);
    }
    view
}

fn place(view: &mut Json, path: &str, given: Json) {
    let (path, given) = match path.split_once("/*/") {
        Some((array, field)) => {
            (array, given.as_array().into_iter().flatten().map(|item| json!({ field: item })).collect())
        }
        None => (path, given),
    };
    let mut parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    let last = parts.pop().unwrap();
    let mut target = view;
    for part in parts {
        target = target.as_object_mut().unwrap().entry(part).or_insert_with(|| json!({}));
    }
    target[last] = given;
}

fn planned() -> BoxedStrategy<(ResourceInfo, Object)> {
    let all: Vec<_> = resources()
        .into_iter()
        .map(|resource| {
            let attributes = tf::resource_attributes(&resource);
            object(&attributes).prop_map(move |values| (resource.clone(), values)).boxed()
        })
        .collect();
    prop::strategy::Union::new(all).boxed()
}

fn check_all(attributes: &[Attribute], values: &Object) -> Vec<String> {
    let given = attributes.iter().filter(|attribute| !values.get(&attribute.name).is_null());
    given
        .flat_map(|attribute| {
            let path = Path::from(attribute.name.as_str());
            let checks = validators(&attribute.field);
            checks
                .iter()
                .flat_map(|check| check.check(values.get(&attribute.name), &path))
                .collect::<Vec<_>>()
        })
        .map(|violation| format!("{} {}", violation.path, violation.message))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn values_survive_the_way_to_the_api_and_back((resource, values) in planned()) {
        let attributes = tf::resource_attributes(&resource);
        prop_assert_eq!(check_all(&attributes, &values), Vec::<String>::new());
        let body = outgoing::object(&attributes, &values);
        let text = body.to_string();
        let body: Json = serde_json::from_str(&text).unwrap();
        let mut view = view_of(&attributes, &body);
        for attribute in attributes.iter().filter(|attribute| !attribute.required && !attribute.optional) {
            // What only the server gives is not in the body.
            if let Some(given) = values.str(&attribute.name) {
                place(&mut view, &attribute.path, json!(given));
            }
        }
        let back = incoming::object(&attributes, &view).unwrap();
        prop_assert_eq!(back.as_map(), &stored(&attributes, &values));
    }
}

fn stored(attributes: &[Attribute], values: &Object) -> BTreeMap<String, Value> {
    let stored = attributes.iter().filter(|attribute| !attribute.write_only);
    stored.map(|attribute| (attribute.name.clone(), values.get(&attribute.name).clone())).collect()
}

#[test]
fn bodies_are_what_the_server_reads() {
    use schemas::resource::{client::ClientSpec, hypervisor::HypervisorSpec, tariff_plan::TariffPlanSpec};
    let body = |noun: &str, values: Object| {
        let all = resources();
        outgoing::object(&tf::resource_attributes(all.iter().find(|one| one.noun == noun).unwrap()), &values)
    };
    let item =
        Object::new().with("price", "0.1234567".parse::<tfplugin::Number>().unwrap()).with("period", "hour");
    let services = BTreeMap::from([("kvm_cpu".to_owned(), Value::Object(item))]);
    let plan = Object::new()
        .with("code", "basic")
        .with("partner", "demo")
        .with("name", "B")
        .with("services", services);
    let plan = body("tariff_plan", plan);
    assert_eq!(plan["services"]["kvm_cpu"], json!({ "price": "0.1234567", "period": "hour" }));
    serde_json::from_value::<TariffPlanSpec>(plan).unwrap();

    let client = Object::new()
        .with("code", "acme")
        .with("partner", "demo")
        .with("name", "Acme")
        .with("tariff_plan", "basic")
        .with("internet_mbps", 100)
        .with("contract_name", Value::UNKNOWN)
        .with("id", Value::UNKNOWN);
    let client = body("client", client);
    assert_eq!(client.as_object().unwrap().keys().collect::<Vec<_>>().len(), 5, "{client}");
    assert_eq!(serde_json::from_value::<ClientSpec>(client).unwrap().settings.internet, Some(100));

    let kinds = BTreeMap::from([("default".to_owned(), Value::from("ssd"))]);
    let hypervisor = Object::new()
        .with("code", "kvm1")
        .with("type", "kvm")
        .with("name", "K")
        .with("uri", "qemu+unix:///system")
        .with("password", "secret")
        .with("disk_types", kinds)
        .with("ram_gb_per_vm", 64);
    let hypervisor = serde_json::from_value::<HypervisorSpec>(body("hypervisor", hypervisor)).unwrap();
    assert_eq!((hypervisor.settings.ram_per_vm, hypervisor.settings.disk_types.len()), (Some(64), 1));
}

#[test]
fn spellings_that_mean_the_same_are_equal() {
    let all = resources();
    let attributes = tf::resource_attributes(all.iter().find(|one| one.noun == "hypervisor").unwrap());
    let hold = schema::attribute(attributes.iter().find(|one| one.name == "hold").unwrap());
    let same = hold.semantic.unwrap();
    assert!(same(&"90s".into(), &"1m30s".into()) && !same(&"90s".into(), &"91s".into()));
    assert_eq!(hold.default, Some("15m".into()));
}
