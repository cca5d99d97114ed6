//! Rules for values that need no network.
//!
//! Messages say what is allowed and never repeat the value, which may be sensitive.

use std::{
    fmt::Display,
    ops::{Bound, RangeBounds, RangeInclusive},
};

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

    /// What it allows, for the reference: clauses such as "must be at least 1". None where only the attribute's
    /// description can tell.
    fn rules(&self) -> Vec<String> {
        Vec::new()
    }
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
    rule(format!("must be one of {}", quoted(&allowed)), move |value| {
        value.as_str().is_none_or(|text| allowed.iter().any(|one| one == text))
    })
}

/// The number of the text's characters is within bounds.
#[must_use]
pub fn length(bounds: impl RangeBounds<usize> + Send + Sync) -> impl Validator {
    rule(format!("must have {}", counted(&bounds, "character")), move |value| {
        value.as_str().is_none_or(|text| bounds.contains(&text.chars().count()))
    })
}

/// The text fulfils a condition; the message tells which, as in "must be lower case".
#[must_use]
pub fn matches(message: impl Into<String>, condition: impl Fn(&str) -> bool + Send + Sync) -> impl Validator {
    rule(message.into(), move |value| value.as_str().is_none_or(&condition))
}

/// The number is within bounds.
#[must_use]
pub fn range(bounds: RangeInclusive<Number>) -> impl Validator {
    rule(format!("must be {}", between(&bounds)), move |value| {
        value.as_number().is_none_or(|number| bounds.contains(number))
    })
}

/// The number is not below a bound.
#[must_use]
pub fn at_least(bound: impl Into<Number>) -> impl Validator {
    let bound = bound.into();
    rule(format!("must be at least {bound}"), move |value| {
        value.as_number().is_none_or(|number| *number >= bound)
    })
}

/// The number is not above a bound.
#[must_use]
pub fn at_most(bound: impl Into<Number>) -> impl Validator {
    let bound = bound.into();
    rule(format!("must be at most {bound}"), move |value| {
        value.as_number().is_none_or(|number| *number <= bound)
    })
}

/// The number has no more digits than this after the point; 0 allows integers only.
#[must_use]
pub fn max_decimal_places(places: usize) -> impl Validator {
    let message = match places {
        0 => "must be an integer".to_owned(),
        _ => format!("must have at most {places} digits after the decimal point"),
    };
    rule(message, move |value| value.as_number().is_none_or(|number| number.decimal_places() <= places))
}

/// The number of items in a list, set or map is within bounds.
#[must_use]
pub fn items(bounds: impl RangeBounds<usize> + Send + Sync) -> impl Validator {
    rule(format!("must have {}", counted(&bounds, "item")), move |value| match value {
        Value::List(elements) | Value::Set(elements) => bounds.contains(&elements.len()),
        Value::Map(elements) => bounds.contains(&elements.len()),
        _ => true,
    })
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

    fn rules(&self) -> Vec<String> {
        self.0.rules().into_iter().map(|rule| format!("each element {rule}")).collect()
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

    fn rules(&self) -> Vec<String> {
        vec![format!("each key {}", self.message)]
    }
}

/// A rule whose message is also what the reference says of it.
struct Rule<F> {
    message: String,
    fulfilled: F,
}

impl<F: Fn(&Value) -> bool + Send + Sync> Validator for Rule<F> {
    fn check(&self, value: &Value, path: &Path) -> Vec<Violation> {
        if (self.fulfilled)(value) {
            return Vec::new();
        }
        vec![Violation { path: path.clone(), message: self.message.clone() }]
    }

    fn rules(&self) -> Vec<String> {
        vec![self.message.clone()]
    }
}

fn rule(message: String, fulfilled: impl Fn(&Value) -> bool + Send + Sync) -> impl Validator {
    Rule { message, fulfilled }
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

/// How many there may be, in words.
fn counted(bounds: &impl RangeBounds<usize>, noun: &str) -> String {
    let least = match bounds.start_bound() {
        Bound::Included(least) => *least,
        Bound::Excluded(below) => below.saturating_add(1),
        Bound::Unbounded => 0,
    };
    let most = match bounds.end_bound() {
        Bound::Included(most) => Some(*most),
        Bound::Excluded(above) => Some(above.saturating_sub(1)),
        Bound::Unbounded => None,
    };
    let plural = if most.unwrap_or(least) == 1 { "" } else { "s" };
    match (least, most) {
        (least, None) => format!("at least {least} {noun}{plural}"),
        (0, Some(most)) => format!("at most {most} {noun}{plural}"),
        (least, Some(most)) => format!("{} {noun}{plural}", between(&(least..=most))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_says_what_is_allowed_and_so_does_the_reference() {
        let at = Path::root().attribute("it");
        let said = |rule: &dyn Validator, value: Value| {
            let found = rule.check(&value, &at).into_iter().map(|violation| violation.message);
            assert_eq!(found.collect::<Vec<_>>(), rule.rules());
            rule.rules().join("; ")
        };
        assert_eq!(said(&one_of(["a", "b"]), "c".into()), "must be one of \"a\", \"b\"");
        assert_eq!(said(&length(1..=63), "".into()), "must have between 1 and 63 characters");
        assert_eq!(said(&length(1..), "".into()), "must have at least 1 character");
        assert_eq!(said(&length(..3), "abc".into()), "must have at most 2 characters");
        assert_eq!(said(&items(2..=2), Value::List(Vec::new())), "must have exactly 2 items");
        assert_eq!(said(&at_most(5), 6.into()), "must be at most 5");
        assert_eq!(
            said(&max_decimal_places(0), "1.5".parse::<Number>().unwrap().into()),
            "must be an integer"
        );
        assert_eq!(each(at_least(1)).rules(), ["each element must be at least 1"]);
        assert_eq!(keys("must be lower case", |_| true).rules(), ["each key must be lower case"]);
    }
}
