//! Rules for values that need no network.
//!
//! Messages say what is allowed and never repeat the value, which may be sensitive.

use std::{fmt::Display, ops::RangeInclusive};

use crate::value::{Number, Path, Step, Value};

/// A rule that a value breaks, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The value's path.
    pub path: Path,
    /// What is allowed there.
    pub message: String,
}

/// A rule for the values of an attribute.
pub trait Validator: Send + Sync {
    /// Checks a value that is neither null nor unknown; parts of it may be.
    fn check(&self, value: &Value, path: &Path) -> Vec<Violation>;
}

impl<F> Validator for F
where
    F: Fn(&Value) -> Result<(), String> + Send + Sync,
{
    fn check(&self, value: &Value, path: &Path) -> Vec<Violation> {
        match self(value) {
            Ok(()) => Vec::new(),
            Err(message) => vec![Violation { path: path.clone(), message }],
        }
    }
}

/// The text is one of those listed.
#[must_use]
pub fn one_of<T: Into<String>>(allowed: impl IntoIterator<Item = T>) -> impl Validator {
    let allowed: Vec<String> = allowed.into_iter().map(Into::into).collect();
    let message = format!("must be one of {}", quoted(&allowed));
    move |value: &Value| {
        rule(value.as_str().is_none_or(|text| allowed.iter().any(|one| one == text)), &message)
    }
}

/// The number of the text's characters is within bounds.
#[must_use]
pub fn length(bounds: RangeInclusive<usize>) -> impl Validator {
    let message = format!("must have {} characters", between(&bounds));
    move |value: &Value| {
        rule(value.as_str().is_none_or(|text| bounds.contains(&text.chars().count())), &message)
    }
}

/// The text fulfils a condition; the message tells which, as in "must be lower case".
#[must_use]
pub fn matches(message: impl Into<String>, condition: impl Fn(&str) -> bool + Send + Sync) -> impl Validator {
    let message = message.into();
    move |value: &Value| rule(value.as_str().is_none_or(&condition), &message)
}

/// The number is within bounds.
#[must_use]
pub fn range(bounds: RangeInclusive<Number>) -> impl Validator {
    let message = format!("must be {}", between(&bounds));
    move |value: &Value| rule(value.as_number().is_none_or(|number| bounds.contains(number)), &message)
}

/// The number is not below a bound.
#[must_use]
pub fn at_least(bound: impl Into<Number>) -> impl Validator {
    let bound = bound.into();
    let message = format!("must be at least {bound}");
    move |value: &Value| rule(value.as_number().is_none_or(|number| *number >= bound), &message)
}

/// The number has no more digits than this after the point; 0 allows integers only.
#[must_use]
pub fn max_decimal_places(places: usize) -> impl Validator {
    let message = match places {
        0 => "must be an integer".to_owned(),
        _ => format!("must have at most {places} digits after the decimal point"),
    };
    move |value: &Value| {
        rule(value.as_number().is_none_or(|number| number.decimal_places() <= places), &message)
    }
}

/// The number of items in a list, set or map is within bounds.
#[must_use]
pub fn items(bounds: RangeInclusive<usize>) -> impl Validator {
    let message = format!("must have {} items", between(&bounds));
    move |value: &Value| {
        let count = match value {
            Value::List(elements) | Value::Set(elements) => elements.len(),
            Value::Map(elements) => elements.len(),
            _ => return Ok(()),
        };
        rule(bounds.contains(&count), &message)
    }
}

/// Every known element of a list, set or map fulfils the rule.
#[must_use]
pub fn each(validator: impl Validator) -> impl Validator {
    Each(validator)
}

/// Every key of a map fulfils a condition.
#[must_use]
pub fn keys(message: impl Into<String>, condition: impl Fn(&str) -> bool + Send + Sync) -> impl Validator {
    Keys { message: message.into(), condition }
}

struct Each<V>(V);

impl<V: Validator> Validator for Each<V> {
    fn check(&self, value: &Value, path: &Path) -> Vec<Violation> {
        let mut violations = Vec::new();
        let mut check = |element: &Value, step: Step| {
            if !element.is_null() && !element.is_unknown() {
                violations.extend(self.0.check(element, &path.clone().step(step)));
            }
        };
        match value {
            Value::List(elements) | Value::Set(elements) => {
                elements.iter().enumerate().for_each(|(index, element)| check(element, Step::Index(index)));
            }
            Value::Map(elements) => {
                elements.iter().for_each(|(key, element)| check(element, Step::Key(key.clone())));
            }
            _ => {}
        }
        violations
    }
}

struct Keys<F> {
    message: String,
    condition: F,
}

impl<F: Fn(&str) -> bool + Send + Sync> Validator for Keys<F> {
    fn check(&self, value: &Value, path: &Path) -> Vec<Violation> {
        let keys = value.as_map().into_iter().flat_map(|elements| elements.keys());
        keys.filter(|key| !(self.condition)(key))
            .map(|key| Violation { path: path.clone().key(key.as_str()), message: self.message.clone() })
            .collect()
    }
}

fn rule(fulfilled: bool, message: &str) -> Result<(), String> {
    if fulfilled { Ok(()) } else { Err(message.to_owned()) }
}

fn quoted(texts: &[String]) -> String {
    texts.iter().map(|text| format!("{text:?}")).collect::<Vec<_>>().join(", ")
}

fn between<T: Display + PartialEq>(bounds: &RangeInclusive<T>) -> String {
    if bounds.start() == bounds.end() {
        return format!("exactly {}", bounds.start());
    }
    format!("between {} and {}", bounds.start(), bounds.end())
}
