//! What a field's schema demands of its values, as checks that need no network.

use schemas::{
    format,
    tf::{Field, Type},
};
use std::{ops::Bound, sync::Arc};
use tfplugin::{
    Number, Path, Value,
    schema::{Validator, Violation},
    validator,
};

/// Every check of a field, those of its elements included. Nested attributes have checks of their own.
pub(crate) fn validators(field: &Field) -> Vec<Arc<dyn Validator>> {
    let mut checks: Vec<Arc<dyn Validator>> = Vec::new();
    if !field.one_of.is_empty() {
        checks.push(Arc::new(validator::one_of(field.one_of.clone())));
    }
    if let Some(format) = field.format.clone() {
        checks.push(Arc::new(Format(format)));
    }
    if field.integer {
        checks.push(Arc::new(validator::max_decimal_places(0)));
    }
    checks.extend(bounds(field));
    match &field.kind {
        Type::List(element) | Type::Set(element) => checks.extend(of_elements(element)),
        Type::Map(element, keys) => {
            checks.extend(of_elements(element));
            checks.extend(of_keys(keys));
        }
        Type::String | Type::Number | Type::Bool | Type::Object(_) => {}
    }
    checks
}

/// A format of the schemas, such as `code`.
struct Format(String);

impl Validator for Format {
    fn check(&self, value: &Value, path: &Path) -> Vec<Violation> {
        let checked = match value {
            Value::String(text) => format::check(&self.0, text),
            Value::Number(number) => format::check(&self.0, &number.to_string()),
            _ => Ok(()),
        };
        checked.err().map(|message| Violation { path: path.clone(), message }).into_iter().collect()
    }

    fn rules(&self) -> Vec<String> {
        format::accepts(&self.0).map(|accepts| format!("must be {accepts}")).into_iter().collect()
    }
}

fn bounds(field: &Field) -> Option<Arc<dyn Validator>> {
    if field.kind == Type::Number {
        return Some(match (field.at_least.map(Number::from), field.at_most.map(Number::from)) {
            (Some(least), Some(most)) => Arc::new(validator::range(least..=most)),
            (Some(least), None) => Arc::new(validator::at_least(least)),
            (None, Some(most)) => Arc::new(validator::at_most(most)),
            (None, None) => return None,
        });
    }
    let bound = |limit: Option<i64>| {
        let count = limit.and_then(|limit| usize::try_from(limit).ok());
        count.map_or(Bound::Unbounded, Bound::Included)
    };
    let counts = (bound(field.at_least), bound(field.at_most));
    match (counts, &field.kind) {
        ((Bound::Unbounded, Bound::Unbounded), _) => None,
        (_, Type::String) => Some(Arc::new(validator::length(counts))),
        _ => Some(Arc::new(validator::items(counts))),
    }
}

fn of_elements(element: &Field) -> Option<Arc<dyn Validator>> {
    let checks = validators(element);
    (!checks.is_empty()).then(|| Arc::new(validator::each(All(checks))) as Arc<dyn Validator>)
}

struct All(Vec<Arc<dyn Validator>>);

impl Validator for All {
    fn check(&self, value: &Value, path: &Path) -> Vec<Violation> {
        self.0.iter().flat_map(|check| check.check(value, path)).collect()
    }

    fn rules(&self) -> Vec<String> {
        self.0.iter().flat_map(|check| check.rules()).collect()
    }
}

fn of_keys(allowed: &[String]) -> Option<Arc<dyn Validator>> {
    (!allowed.is_empty()).then(|| Arc::new(Keys(allowed.to_vec())) as Arc<dyn Validator>)
}

struct Keys(Vec<String>);

impl Validator for Keys {
    fn check(&self, value: &Value, path: &Path) -> Vec<Violation> {
        let keys = value.as_map().into_iter().flat_map(|elements| elements.keys());
        keys.filter(|key| !self.0.contains(key))
            .map(|key| Violation { path: path.clone().key(key.as_str()), message: self.message(key) })
            .collect()
    }

    fn rules(&self) -> Vec<String> {
        let keys: Vec<String> = self.0.iter().map(|key| format!("{key:?}")).collect();
        vec![format!("each key must be one of {}", keys.join(", "))]
    }
}

impl Keys {
    fn message(&self, key: &str) -> String {
        let hint = nearest(key, self.0.iter().map(String::as_str));
        let hint = hint.map(|nearest| format!(" (did you mean \"{nearest}\"?)")).unwrap_or_default();
        format!("is not accepted{hint}; the keys are {}", self.0.join(", "))
    }
}

/// The name that was most likely meant, if one is near enough.
pub(crate) fn nearest<'a>(given: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let nearest = known.min_by_key(|known| distance(given, known))?;
    (distance(given, nearest) * 3 <= nearest.len()).then_some(nearest)
}

/// How many characters must be added, dropped or changed to turn one text into the other.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (line, left) in from.chars().enumerate() {
        let mut diagonal = line;
        row[0] = line + 1;
        for (column, right) in to.iter().enumerate() {
            let changed = diagonal + usize::from(left != *right);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_key_is_named() {
        assert_eq!(distance("kitten", "sitting"), 3);
        let keys = Keys(vec!["kvm_cpu".to_owned(), "kvm_ram".to_owned()]);
        assert!(keys.message("kvm_cpus").contains("did you mean \"kvm_cpu\"?"));
        assert!(!keys.message("bandwidth").contains("did you mean"));
    }
}
