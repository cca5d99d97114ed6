//! Time: instants to the microsecond, civil days in a contract's zone, and the one clock everything is told by.

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{
    borrow::Cow,
    fmt,
    str::FromStr,
    sync::atomic::{AtomicI64, Ordering},
};

/// An instant to the microsecond, the resolution of every stored time.
///
/// In JSON, RFC 3339 in UTC (`2021-12-20T09:00:00Z`); any offset is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(i64);

/// Why a text is not an instant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not an instant; write it like 2021-12-20T09:00:00Z")]
pub struct InstantError(pub String);

impl Instant {
    /// The latest instant ESU accepts: the end of the year 9000.
    pub const MAX: Self = Self(221_876_928_000_000_000);
    /// The earliest instant ESU accepts: 1970-01-01.
    pub const MIN: Self = Self(0);

    /// An instant of so many microseconds after 1970-01-01T00:00:00Z, kept within [`Instant::MIN`] and
    /// [`Instant::MAX`].
    pub fn from_micros(micros: i64) -> Self {
        Self(micros.clamp(Self::MIN.0, Self::MAX.0))
    }

    /// Microseconds after 1970-01-01T00:00:00Z.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// As the date library's instant.
    pub fn timestamp(self) -> Timestamp {
        Timestamp::from_microsecond(self.0).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// The civil day that this instant falls on in `zone`.
    pub fn day_in(self, zone: &TimeZone) -> Date {
        self.timestamp().to_zoned(zone.clone()).date()
    }

    /// As the platform's public clients read it: UTC, microseconds, no zone.
    pub fn to_wire_text(self) -> String {
        self.timestamp().strftime("%Y-%m-%dT%H:%M:%S.%6f").to_string()
    }
}

impl From<Timestamp> for Instant {
    fn from(timestamp: Timestamp) -> Self {
        Self::from_micros(timestamp.as_microsecond())
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.timestamp().fmt(f)
    }
}

impl FromStr for Instant {
    type Err = InstantError;

    fn from_str(text: &str) -> Result<Self, InstantError> {
        let timestamp: Timestamp = text.parse().map_err(|_| InstantError(text.to_owned()))?;
        let micros = timestamp.as_microsecond();
        if (Self::MIN.0..=Self::MAX.0).contains(&micros) {
            Ok(Self(micros))
        } else {
            Err(InstantError(text.to_owned()))
        }
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Instant {
    fn schema_name() -> Cow<'static, str> {
        "Instant".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time" })
    }
}

/// An instant as the platform's public clients read `ctime`: UTC, microseconds, no zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WireTime(pub Instant);

impl Serialize for WireTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.to_wire_text())
    }
}

impl<'de> Deserialize<'de> for WireTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        format!("{text}Z").parse().map(Self).map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for WireTime {
    fn schema_name() -> Cow<'static, str> {
        "WireTime".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "wire-time" })
    }
}

/// A civil day of the years 2000 to 8999, in whichever time zone it is meant.
///
/// In JSON, `2021-12-20`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CivilDay(Date);

/// Why a text is not a civil day.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a day of the years 2000 to 8999; write it like 2021-12-20")]
pub struct CivilDayError(pub String);

impl CivilDay {
    /// As the date library's date.
    pub const fn date(self) -> Date {
        self.0
    }
}

impl TryFrom<Date> for CivilDay {
    type Error = CivilDayError;

    fn try_from(date: Date) -> Result<Self, CivilDayError> {
        if (2000..9000).contains(&date.year()) {
            Ok(Self(date))
        } else {
            Err(CivilDayError(date.to_string()))
        }
    }
}

impl fmt::Display for CivilDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for CivilDay {
    type Err = CivilDayError;

    fn from_str(text: &str) -> Result<Self, CivilDayError> {
        let day = text.parse::<Date>().ok().and_then(|date| Self::try_from(date).ok());
        // The library reads other spellings and whole instants too; here a day has one spelling.
        day.filter(|day| day.to_string() == text).ok_or_else(|| CivilDayError(text.to_owned()))
    }
}

impl Serialize for CivilDay {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for CivilDay {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for CivilDay {
    fn schema_name() -> Cow<'static, str> {
        "CivilDay".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date" })
    }
}

/// Where the time comes from. Everything that needs "now" is given a clock; nothing else asks the machine.
pub trait Clock: Send + Sync + fmt::Debug {
    /// The current instant. Never goes back within one process.
    fn now(&self) -> Instant;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        Timestamp::now().into()
    }
}

/// A clock that stands still until it is moved, for tests and demonstrations.
#[derive(Debug)]
pub struct TestClock(AtomicI64);

impl TestClock {
    /// A clock that stands at `instant`.
    pub fn new(instant: Instant) -> Self {
        Self(AtomicI64::new(instant.micros()))
    }

    /// Moves the clock forward to `instant`; an earlier instant leaves it where it is.
    pub fn advance_to(&self, instant: Instant) {
        self.0.fetch_max(instant.micros(), Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Instant {
        Instant::from_micros(self.0.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_survive_text() {
        let instant: Instant = "2021-12-20T00:00:00+03:00".parse().unwrap();
        assert_eq!(instant.to_string(), "2021-12-19T21:00:00Z");
        assert_eq!(instant.to_wire_text(), "2021-12-19T21:00:00.000000");
        assert_eq!(serde_json::from_str::<WireTime>("\"2021-12-19T21:00:00.000000\"").unwrap().0, instant);
        assert!("9999-12-31T00:00:00Z".parse::<Instant>().is_err());
        assert!("yesterday".parse::<Instant>().is_err());
    }

    #[test]
    fn a_civil_day_has_one_spelling() {
        let day: CivilDay = "2024-02-29".parse().unwrap();
        assert_eq!((day.to_string().as_str(), day.date().year()), ("2024-02-29", 2024));
        for bad in
            ["2023-02-29", "20240229", "2024-2-9", "2024-02-29T00:00:00", "1999-12-31", "9000-01-01", ""]
        {
            assert!(bad.parse::<CivilDay>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_test_clock_never_goes_back() {
        let clock = TestClock::new(Instant::from_micros(5));
        clock.advance_to(Instant::from_micros(3));
        assert_eq!(clock.now().micros(), 5);
    }
}
