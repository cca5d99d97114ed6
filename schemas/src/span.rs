//! Lengths of time as people write them: `30s`, `15m`, `2h`, `1h30m`.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{borrow::Cow, fmt, str::FromStr, time::Duration};

/// A length of time in whole seconds, at most 10 years.
///
/// In JSON a text of numbers with the units `d`, `h`, `m` and `s`, from the largest to the smallest. It is written in
/// the fewest units: `90s` comes back as `1m30s`, and means the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(u32);

/// Why a text is not a length of time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a length of time; write it like 30s, 15m or 1h30m, at most 3650d")]
pub struct SpanError(pub String);

const UNITS: [(char, u32); 4] = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

impl Span {
    /// The longest span, 3650 days, in seconds.
    pub const MAX_S: u32 = 3_650 * 86_400;

    /// A span of so many seconds, at most [`Span::MAX_S`].
    pub const fn from_s(seconds: u32) -> Self {
        Self(if seconds > Self::MAX_S { Self::MAX_S } else { seconds })
    }

    /// Its length in seconds.
    pub const fn as_s(self) -> u32 {
        self.0
    }

    /// Its length in microseconds.
    pub fn as_micros(self) -> i64 {
        i64::from(self.0) * 1_000_000
    }

    /// As the standard library's duration.
    pub fn to_duration(self) -> Duration {
        Duration::from_secs(u64::from(self.0))
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        for (letter, seconds) in UNITS {
            if rest >= seconds {
                write!(f, "{}{letter}", rest / seconds)?;
                rest %= seconds;
            }
        }
        if self.0 == 0 { f.write_str("0s") } else { Ok(()) }
    }
}

impl FromStr for Span {
    type Err = SpanError;

    fn from_str(text: &str) -> Result<Self, SpanError> {
        let malformed = || SpanError(text.to_owned());
        let mut total = 0_u32;
        let mut rest = text;
        let mut units = UNITS.iter();
        while !rest.is_empty() {
            let end = rest.find(|character: char| !character.is_ascii_digit()).ok_or_else(malformed)?;
            let (digits, tail) = rest.split_at(end);
            let letter = tail.chars().next().ok_or_else(malformed)?;
            let (_, seconds) = units.find(|(unit, _)| *unit == letter).ok_or_else(malformed)?;
            let count: u32 = digits.parse().map_err(|_| malformed())?;
            total =
                count.checked_mul(*seconds).and_then(|part| total.checked_add(part)).ok_or_else(malformed)?;
            rest = tail.get(letter.len_utf8()..).unwrap_or("");
        }
        if text.is_empty() || total > Self::MAX_S { Err(malformed()) } else { Ok(Self(total)) }
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Span {
    fn schema_name() -> Cow<'static, str> {
        "Span".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "span" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_and_written() {
        for (text, seconds, canonical) in
            [("90s", 90, "1m30s"), ("15m", 900, "15m"), ("1d2h", 93_600, "1d2h"), ("0s", 0, "0s")]
        {
            let span: Span = text.parse().unwrap();
            assert_eq!((span.as_s(), span.to_string().as_str()), (seconds, canonical));
        }
        for bad in ["", "5", "s", "5m1h", "1.5h", "-1s", "4000d", "99999999999s"] {
            assert!(bad.parse::<Span>().is_err(), "{bad}");
        }
    }
}
