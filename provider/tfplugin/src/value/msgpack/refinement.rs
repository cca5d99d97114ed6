use rmp::decode as read;

use super::decode::Decoder;
use crate::value::{Number, Type, Unknown, Value};

/// What is known of an unknown value, under the numbers that the host gives it.
const NULLNESS: i64 = 1;
const PREFIX: i64 = 2;
const NUMBER_MIN: i64 = 3;
const NUMBER_MAX: i64 = 4;
const LENGTH_MIN: i64 = 5;
const LENGTH_MAX: i64 = 6;

/// Whether a value may take the place of an unknown one. What cannot be read forbids nothing: the host judges it.
pub(crate) fn allows(unknown: &Unknown, value: &Value) -> bool {
    let Some(refinements) = &unknown.refinements else { return true };
    if value.is_unknown() {
        return true;
    }
    let mut decoder = Decoder::new(refinements);
    let Ok(count) = read::read_map_len(&mut decoder.rest) else { return true };
    (0..count).all(|_| one(&mut decoder, value).unwrap_or(true))
}

/// Reads one refinement; `None` when it is not understood.
fn one(decoder: &mut Decoder<'_>, value: &Value) -> Option<bool> {
    let kind: i64 = read::read_int(&mut decoder.rest).ok()?;
    let refinement = decoder.value(&content(kind)?, 0).ok()?;
    Some(match (kind, &refinement) {
        (NULLNESS, Value::Bool(null)) => value.is_null() == *null,
        _ if value.is_null() => true,
        (PREFIX, Value::String(prefix)) => {
            value.as_str().is_none_or(|text| text.starts_with(prefix.as_str()))
        }
        (NUMBER_MIN, Value::List(bound)) => {
            let (bound, inclusive) = (bound.first()?.as_number()?, bound.get(1)?.as_bool()?);
            value.as_number().is_none_or(|number| number > bound || (inclusive && number == bound))
        }
        (NUMBER_MAX, Value::List(bound)) => {
            let (bound, inclusive) = (bound.first()?.as_number()?, bound.get(1)?.as_bool()?);
            value.as_number().is_none_or(|number| number < bound || (inclusive && number == bound))
        }
        (LENGTH_MIN, Value::Number(least)) => length(value).is_none_or(|length| length >= *least),
        (LENGTH_MAX, Value::Number(most)) => length(value).is_none_or(|length| length <= *most),
        _ => true,
    })
}

fn content(kind: i64) -> Option<Type> {
    match kind {
        NULLNESS => Some(Type::Bool),
        PREFIX => Some(Type::String),
        NUMBER_MIN | NUMBER_MAX => Some(Type::Tuple(vec![Type::Number, Type::Bool])),
        LENGTH_MIN | LENGTH_MAX => Some(Type::Number),
        _ => None,
    }
}

fn length(value: &Value) -> Option<Number> {
    let length = match value {
        Value::List(elements) | Value::Set(elements) => elements.len(),
        Value::Map(elements) => elements.len(),
        _ => return None,
    };
    u64::try_from(length).ok().map(Number::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unknown(bytes: &[u8]) -> Unknown {
        Unknown { refinements: Some(bytes.to_vec()) }
    }

    #[test]
    fn refinements_bind_what_takes_the_place() {
        let not_null = unknown(&[0x81, 1, 0xc2]);
        assert!(allows(&not_null, &"x".into()) && !allows(&not_null, &Value::Null));
        let prefixed = unknown(&[0x82, 1, 0xc2, 2, 0xa2, b'a', b'b']);
        assert!(allows(&prefixed, &"abc".into()) && !allows(&prefixed, &"b".into()));
        let above = unknown(&[0x82, 3, 0x92, 5, 0xc3, 4, 0x92, 7, 0xc2]);
        assert!(allows(&above, &5.into()) && allows(&above, &6.into()));
        assert!(!allows(&above, &4.into()) && !allows(&above, &7.into()));
        let short = unknown(&[0x82, 5, 1, 6, 2]);
        assert!(allows(&short, &Value::list(["a"])) && !allows(&short, &Value::List(Vec::new())));
        assert!(!allows(&short, &Value::list(["a", "b", "c"])));
        assert!(allows(&short, &Value::UNKNOWN));
        for not_understood in [&[0x81, 99, 1][..], &[0xff], &[], &[0x81, 2, 1]] {
            assert!(allows(&unknown(not_understood), &Value::Null));
        }
    }
}
