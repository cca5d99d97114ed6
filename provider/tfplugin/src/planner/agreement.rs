//! Whether a plan is what the configuration says: the rules by which Terraform judges a provider.

use super::matching::Matching;
use crate::{
    schema::{Attribute, Attributes, Shape},
    value::{Object, Path, Step, Value},
};

/// The paths at which a plan is neither what the configuration says, nor what was before where both mean the same,
/// nor the provider's own to choose.
pub(crate) fn nonconformities(
    attributes: &Attributes,
    prior: Option<&Object>,
    config: &Object,
    planned: &Object,
) -> Vec<Path> {
    let mut paths = Vec::new();
    objects(attributes, prior, config, planned, &Path::root(), &mut paths);
    paths
}

fn objects(
    attributes: &Attributes,
    prior: Option<&Object>,
    config: &Object,
    planned: &Object,
    path: &Path,
    paths: &mut Vec<Path>,
) {
    for (name, attribute) in attributes {
        let prior = prior.map(|prior| prior.get(name));
        let path = path.clone().attribute(name.as_str());
        one(attribute, prior, config.get(name), planned.get(name), &path, paths);
    }
}

fn one(
    attribute: &Attribute,
    prior: Option<&Value>,
    config: &Value,
    planned: &Value,
    path: &Path,
    paths: &mut Vec<Path>,
) {
    let kept = || prior.is_some_and(|prior| !prior.is_null() && !config.is_null() && prior == planned);
    if attribute.write_only {
        if !planned.is_null() {
            paths.push(path.clone());
        }
    } else if config.is_null() {
        if !attribute.is_computed() && !planned.is_null() {
            paths.push(path.clone());
        }
    } else if config != planned && !kept() {
        match &attribute.shape {
            Shape::Nested(_, below) => nested(below, prior, config, planned, path, paths),
            Shape::Plain(_) => paths.push(path.clone()),
        }
    }
}

fn nested(
    below: &Attributes,
    prior: Option<&Value>,
    config: &Value,
    planned: &Value,
    path: &Path,
    paths: &mut Vec<Path>,
) {
    let mut element = |prior: Option<&Value>, config: &Value, planned: &Value, step: Option<Step>| {
        let path = step.map_or_else(|| path.clone(), |step| path.clone().step(step));
        match (config, planned) {
            (Value::Object(config), Value::Object(planned)) => {
                objects(below, prior.and_then(Value::as_object), config, planned, &path, paths);
            }
            _ if config == planned => {}
            _ => paths.push(path),
        }
    };
    match (config, planned) {
        (Value::Map(config), Value::Map(planned)) if config.keys().eq(planned.keys()) => {
            let prior = prior.and_then(Value::as_map);
            for ((key, config), planned) in config.iter().zip(planned.values()) {
                let prior = prior.and_then(|prior| prior.get(key));
                element(prior, config, planned, Some(Step::Key(key.clone())));
            }
        }
        (Value::List(config), Value::List(planned)) if config.len() == planned.len() => {
            let prior = prior.and_then(Value::as_elements).unwrap_or_default();
            for (index, (config, planned)) in config.iter().zip(planned).enumerate() {
                element(prior.get(index), config, planned, Some(Step::Index(index)));
            }
        }
        (Value::Set(config), Value::Set(elements)) if config.len() == elements.len() => {
            // Elements have no identity: each of the configuration must have a planned one that agrees with it.
            let mut matching = Matching::new(below, Some(planned));
            if config.iter().any(|config| config.is_wholly_known() && matching.take(config).is_none()) {
                paths.push(path.clone());
            }
        }
        _ => element(prior, config, planned, None),
    }
}
