//! What Terraform's core asks of a plan and of its result. Each rule broken is said in a sentence with the place.

use super::schema::{Attribute, Attributes, Nesting};
use tfplugin::{Object, Path, Value};

/// What is wrong with a planned state, given what was before and what the configuration says.
pub(super) fn plan(attributes: &Attributes, prior: &Value, config: &Value, planned: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    match (config, planned) {
        (Value::Null, Value::Null) => {}
        (Value::Object(config), Value::Object(planned)) => {
            let before = before(prior);
            Plans { faults: &mut faults }.objects(attributes, &before, config, planned, &Path::root());
        }
        _ => faults.push("the plan makes or removes what the configuration does not".to_owned()),
    }
    faults
}

/// What was before; nothing where nothing was.
fn before(prior: &Value) -> Object {
    prior.as_object().cloned().unwrap_or_default()
}

struct Plans<'a> {
    faults: &'a mut Vec<String>,
}

impl Plans<'_> {
    fn objects(
        &mut self,
        attributes: &Attributes,
        prior: &Object,
        config: &Object,
        planned: &Object,
        path: &Path,
    ) {
        for (name, attribute) in attributes {
            let path = path.clone().attribute(name.as_str());
            self.value(attribute, prior.get(name), config.get(name), planned.get(name), &path);
        }
    }

    fn value(&mut self, attribute: &Attribute, prior: &Value, config: &Value, planned: &Value, path: &Path) {
        if attribute.write_only {
            if !planned.is_null() {
                self.faults.push(format!("{path} is write-only, and the plan has a value for it"));
            }
            return;
        }
        let kept = planned == prior && !prior.is_null() && !config.is_null();
        if same(planned, config) || kept {
            return;
        }
        match &attribute.nested {
            _ if config.is_null() && attribute.computed => {}
            Some((nesting, attributes)) if !config.is_null() && !config.is_unknown() => {
                self.nested(*nesting, attributes, prior, config, planned, path);
            }
            _ if config.is_null() => self.faults.push(format!("{path} is planned, and nobody asked for it")),
            _ => self
                .faults
                .push(format!("{path} is planned as neither the configuration nor the state has it")),
        }
    }

    fn nested(
        &mut self,
        nesting: Nesting,
        attributes: &Attributes,
        prior: &Value,
        config: &Value,
        planned: &Value,
        path: &Path,
    ) {
        let mut one = |prior: &Value, config: &Value, planned: &Value, path: &Path| match (config, planned) {
            (Value::Object(config), Value::Object(planned)) => {
                self.objects(attributes, &before(prior), config, planned, path);
            }
            _ if same(planned, config) => {}
            _ => self.faults.push(format!("{path} is not planned as the configuration has it")),
        };
        match (nesting, config, planned) {
            (Nesting::Single, ..) => one(prior, config, planned, path),
            (Nesting::Map, Value::Map(config), Value::Map(planned)) if config.keys().eq(planned.keys()) => {
                for (key, config) in config {
                    let prior = prior.as_map().and_then(|prior| prior.get(key)).unwrap_or(&Value::Null);
                    one(prior, config, &planned[key], &path.clone().key(key.as_str()));
                }
            }
            (Nesting::List, Value::List(config), Value::List(planned)) if config.len() == planned.len() => {
                for (index, (config, planned)) in config.iter().zip(planned).enumerate() {
                    let prior =
                        prior.as_elements().and_then(|prior| prior.get(index)).unwrap_or(&Value::Null);
                    one(prior, config, planned, &path.clone().index(index));
                }
            }
            // Elements of sets have no address: as many as the configuration has is what core asks at least.
            (Nesting::Set, Value::Set(config), Value::Set(planned)) if config.len() == planned.len() => {}
            _ => self.faults.push(format!("{path} has other elements in the plan than in the configuration")),
        }
    }
}

/// Whether two values are the same; what is known of an unknown value aside.
fn same(one: &Value, other: &Value) -> bool {
    one == other || (one.is_unknown() && other.is_unknown())
}

/// Where a result is not what the plan knew already. The same holds between a plan and the one that is made when
/// everything is known.
pub(super) fn result(planned: &Value, actual: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    compare(planned, actual, &Path::root(), &mut faults);
    faults
}

fn compare(planned: &Value, actual: &Value, path: &Path, faults: &mut Vec<String>) {
    match (planned, actual) {
        (Value::Unknown(_), _) => {}
        (Value::Object(planned), Value::Object(actual)) => {
            for (name, planned) in planned {
                compare(planned, actual.get(name), &path.clone().attribute(name.as_str()), faults);
            }
        }
        (Value::Map(planned), Value::Map(actual)) if planned.keys().eq(actual.keys()) => {
            for (key, planned) in planned {
                compare(planned, &actual[key], &path.clone().key(key.as_str()), faults);
            }
        }
        (Value::List(planned), Value::List(actual)) if planned.len() == actual.len() => {
            for (index, (planned, actual)) in planned.iter().zip(actual).enumerate() {
                compare(planned, actual, &path.clone().index(index), faults);
            }
        }
        // Unknown elements may turn out equal to others.
        (Value::Set(known), Value::Set(actual)) if !planned.is_wholly_known() => {
            let missing = known.iter().filter(|one| one.is_wholly_known() && !actual.contains(one)).count();
            if missing > 0 || actual.len() > known.len() {
                faults.push(format!("{path} has other elements than planned"));
            }
        }
        _ if same(planned, actual) => {}
        _ => faults.push(format!("{path} was planned as {} and is {}", said(planned), said(actual))),
    }
}

/// A short value as it is, a long one by its kind.
fn said(value: &Value) -> String {
    match value {
        Value::String(text) => format!("{text:?}"),
        Value::Number(number) => number.to_string(),
        Value::Bool(truth) => truth.to_string(),
        other => other.kind().to_owned(),
    }
}

/// What is wrong with a state that is kept: unknown values, and secrets that are in no state.
pub(super) fn kept(attributes: &Attributes, state: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    if !state.is_wholly_known() {
        faults.push("the state is not wholly known".to_owned());
    }
    let held = attributes.iter().filter(|(_, attribute)| attribute.write_only);
    let held = held.filter(|(name, _)| state.as_object().is_some_and(|state| !state.get(name).is_null()));
    faults.extend(held.map(|(name, _)| format!("{name} is write-only, and the state holds it")));
    faults
}

#[cfg(test)]
mod tests {
    use super::*;
    use tfplugin::Type;

    fn attributes() -> Attributes {
        let attribute = |computed: bool, write_only: bool| Attribute {
            ty: Type::String,
            nested: None,
            required: false,
            optional: true,
            computed,
            sensitive: false,
            write_only,
        };
        let names = [("plain", false, false), ("chosen", true, false), ("secret", false, true)];
        names.map(|(name, computed, write_only)| (name.to_owned(), attribute(computed, write_only))).into()
    }

    fn object(plain: Value, chosen: Value, secret: Value) -> Value {
        Value::Object(Object::new().with("plain", plain).with("chosen", chosen).with("secret", secret))
    }

    #[test]
    fn a_plan_says_what_the_configuration_or_the_state_says() {
        let config = object("A".into(), Value::Null, "s".into());
        let judged = |planned: Value| plan(&attributes(), &Value::Null, &config, &planned).len();
        assert_eq!(judged(object("A".into(), Value::UNKNOWN, Value::Null)), 0);
        assert_eq!(judged(object("B".into(), Value::Null, Value::Null)), 1);
        assert_eq!(judged(object("A".into(), Value::Null, "s".into())), 1);
        assert_eq!(judged(Value::Null), 1);
        let prior = object("a".into(), "c".into(), Value::Null);
        assert_eq!(plan(&attributes(), &prior, &config, &prior), Vec::<String>::new());
        let unasked = object(Value::Null, Value::Null, Value::Null);
        assert_eq!(
            plan(&attributes(), &Value::Null, &unasked, &object("x".into(), Value::Null, Value::Null)).len(),
            1
        );
    }

    #[test]
    fn a_result_is_what_was_planned() {
        let planned = object("A".into(), Value::UNKNOWN, Value::Null);
        assert!(result(&planned, &object("A".into(), Value::Null, Value::Null)).is_empty());
        assert_eq!(result(&planned, &object("a".into(), "x".into(), Value::Null)).len(), 1);
        assert_eq!(result(&planned, &Value::Null).len(), 1);
        let sets = [Value::Set(vec![Value::UNKNOWN, "a".into()]), Value::set(["a"]), Value::set(["b", "c"])];
        assert!(result(&sets[0], &sets[1]).is_empty());
        assert_eq!(result(&sets[0], &sets[2]).len(), 1);
        assert_eq!(result(&Value::Null, &Value::list::<Value>([])).len(), 1);
    }

    #[test]
    fn a_state_is_known_and_without_secrets() {
        let held = kept(&attributes(), &object(Value::UNKNOWN, Value::Null, "s".into()));
        assert_eq!(held.len(), 2);
    }
}
