//! What is asked of every schema of the provider.

use crate::{data_source, function, resource, settings};
use tfplugin::{
    Attribute, Schema,
    schema::{Attributes, Shape},
};

fn all() -> Vec<(String, Schema)> {
    let resources = resource::all();
    let data_sources = data_source::all();
    let resources = resources.iter().map(|one| (one.type_name().to_owned(), one.schema()));
    let data_sources = data_sources.iter().map(|one| (format!("data.{}", one.type_name()), one.schema()));
    resources.chain(data_sources).chain([("provider".to_owned(), settings::schema())]).collect()
}

fn visit(path: &str, attributes: &Attributes, check: &mut impl FnMut(&str, &Attribute)) {
    for (name, attribute) in attributes {
        let path = format!("{path}.{name}");
        check(&path, attribute);
        if let Shape::Nested(_, below) = &attribute.shape {
            visit(&path, below, check);
        }
    }
}

#[test]
fn everything_is_described_and_without_fault() {
    for (name, schema) in all() {
        assert!(!schema.description.is_empty(), "{name}");
        assert_eq!(schema.faults(), [], "{name}");
        visit(&name, &schema.attributes, &mut |path, attribute| {
            assert!(!attribute.description.is_empty(), "{path} has no description");
        });
    }
    for function in function::all() {
        let signature = function.signature();
        assert!(!signature.description.is_empty() && !signature.summary.is_empty(), "{}", function.name());
        assert!(signature.parameters.iter().all(|parameter| !parameter.description.is_empty()));
    }
}

#[test]
fn every_default_of_the_api_is_one_of_the_plan() {
    for info in schemas::registry::resources() {
        for attribute in schemas::tf::resource_attributes(&info) {
            let made = super::schema::attribute(&attribute);
            assert_eq!(
                made.default.is_some(),
                attribute.default.is_some(),
                "{}.{}",
                info.noun,
                attribute.name
            );
        }
    }
}

#[test]
fn secrets_are_hidden() {
    for (name, schema) in all() {
        visit(&name, &schema.attributes, &mut |path, attribute| {
            let secret = ["password", "token", "client_key"].iter().any(|word| path.ends_with(word));
            assert_eq!(attribute.sensitive, secret, "{path}");
        });
    }
}
