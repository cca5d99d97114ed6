//! Money: exact multiples of 10^-7 rubles in 64-bit integers, decimal text at the edges, never a float.

use rust_decimal::{Decimal, RoundingStrategy};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{borrow::Cow, fmt, str::FromStr};

/// Decimal places of a price and of the ledger.
pub const PLACES: u32 = 7;

/// Units of 10^-7 rubles in one ruble.
pub const UNITS_PER_RUBLE: i64 = 10_000_000;

/// Units of 10^-7 rubles in the smallest amount that is shown: 0.01 rubles.
const UNITS_PER_KOPECK: i64 = 100_000;

/// An amount of rubles, exact to 10^-7; at most 922 billion rubles either way.
///
/// In JSON a decimal string (`"-142.5"`); strings, integers and numbers whose text is exact within 7 places are
/// accepted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(i64);

/// Why a text is not an amount or a price.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// The text is not a decimal number.
    #[error("\"{0}\" is not a decimal number; write it like 12.5")]
    NotDecimal(String),
    /// The number has more decimal places than the ledger.
    #[error("{0} has more than 7 decimal places")]
    TooPrecise(String),
    /// The number does not fit.
    #[error("{0} is out of range")]
    OutOfRange(String),
    /// A price is below zero.
    #[error("{0} is negative; a price is at least 0")]
    NegativePrice(String),
    /// A price is above 1,000,000 rubles a unit.
    #[error("{0} is above 1000000, the highest price")]
    PriceTooHigh(String),
}

impl Money {
    /// No money.
    pub const ZERO: Self = Self(0);

    /// An amount of `units` times 10^-7 rubles.
    pub const fn from_units(units: i64) -> Self {
        Self(units)
    }

    /// The amount in units of 10^-7 rubles, as the ledger stores it.
    pub const fn units(self) -> i64 {
        self.0
    }

    /// The sum, or `None` beyond 922 billion rubles.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The difference, or `None` beyond 922 billion rubles.
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// The amount with its sign turned, or `None` for the one amount that has no opposite.
    #[must_use]
    pub fn checked_neg(self) -> Option<Self> {
        self.0.checked_neg().map(Self)
    }

    /// The exact decimal.
    pub fn to_decimal(self) -> Decimal {
        Decimal::new(self.0, PLACES).normalize()
    }

    /// The amount that [`Money::to_rubles_text`] shows: 2 places, half-even; `None` where that is beyond 922 billion
    /// rubles.
    #[must_use]
    pub fn to_kopecks(self) -> Option<Self> {
        let (floor, rest) = (self.0.div_euclid(UNITS_PER_KOPECK), self.0.rem_euclid(UNITS_PER_KOPECK));
        let up = 2 * rest > UNITS_PER_KOPECK || (2 * rest == UNITS_PER_KOPECK && floor % 2 != 0);
        (floor + i64::from(up)).checked_mul(UNITS_PER_KOPECK).map(Self)
    }

    /// As people read it: 2 places, half-even, thousands separated by a space (`-13 389.00`).
    pub fn to_rubles_text(self) -> String {
        let rounded = self.to_decimal().round_dp_with_strategy(2, RoundingStrategy::MidpointNearestEven);
        let text = format!("{:.2}", rounded.abs());
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, "00"));
        let mut grouped = String::new();
        for (index, digit) in whole.chars().enumerate() {
            if index > 0 && (whole.len() - index) % 3 == 0 {
                grouped.push(' ');
            }
            grouped.push(digit);
        }
        let sign = if rounded.is_sign_negative() && !rounded.is_zero() { "-" } else { "" };
        format!("{sign}{grouped}.{fraction}")
    }
}

/// What an invoice names beside its lines, each shown with 2 places, so that they make up the `total` that it shows:
/// three lines of 0.333 are shown as 0.33 each, their total as 1.00, and 0.01 is the residual. `None` where a number is
/// beyond 922 billion rubles.
pub fn residual(total: Money, lines: impl IntoIterator<Item = Money>) -> Option<Money> {
    let mut shown = Some(Money::ZERO);
    for line in lines {
        shown = shown?.checked_add(line.to_kopecks()?);
    }
    total.to_kopecks()?.checked_sub(shown?)
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_decimal().fmt(f)
    }
}

impl FromStr for Money {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let decimal = Decimal::from_str_exact(text)
            .or_else(|_| Decimal::from_scientific(text))
            .map_err(|_| classify(text))?
            .normalize();
        if decimal.scale() > PLACES {
            return Err(MoneyError::TooPrecise(text.to_owned()));
        }
        let factor = 10_i128.pow(PLACES - decimal.scale());
        decimal
            .mantissa()
            .checked_mul(factor)
            .and_then(|units| i64::try_from(units).ok())
            .map(Self)
            .ok_or_else(|| MoneyError::OutOfRange(text.to_owned()))
    }
}

/// Tells a number that the decimal type cannot hold from text that is no number.
fn classify(text: &str) -> MoneyError {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let numeric = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if digits.is_empty() || !numeric(whole) || !numeric(fraction) || whole.is_empty() {
        MoneyError::NotDecimal(text.to_owned())
    } else if fraction.trim_end_matches('0').len() > PLACES as usize {
        MoneyError::TooPrecise(text.to_owned())
    } else {
        MoneyError::OutOfRange(text.to_owned())
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        decimal_text(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Money {
    fn schema_name() -> Cow<'static, str> {
        "Money".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "number"], "format": "money" })
    }
}

/// The price of one unit of a service for one period: 0 to 1,000,000 rubles with 7 decimal places.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Price(i64);

impl Price {
    /// The highest price, in rubles.
    pub const MAX_RUBLES: i64 = 1_000_000;

    /// A price of nothing.
    pub const ZERO: Self = Self(0);

    /// A price of `units` times 10^-7 rubles.
    ///
    /// # Errors
    /// When it is negative or above [`Price::MAX_RUBLES`].
    pub fn from_units(units: i64) -> Result<Self, MoneyError> {
        let text = || Money(units).to_string();
        if units < 0 {
            Err(MoneyError::NegativePrice(text()))
        } else if units > Self::MAX_RUBLES * UNITS_PER_RUBLE {
            Err(MoneyError::PriceTooHigh(text()))
        } else {
            Ok(Self(units))
        }
    }

    /// The price in units of 10^-7 rubles.
    pub const fn units(self) -> i64 {
        self.0
    }
}

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Money(self.0).fmt(f)
    }
}

impl FromStr for Price {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, MoneyError> {
        Self::from_units(Money::from_str(text)?.units())
    }
}

impl Serialize for Price {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Price {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        decimal_text(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Price {
    fn schema_name() -> Cow<'static, str> {
        "Price".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "number"], "format": "price" })
    }
}

/// The text of a decimal that JSON carries as a string or as a number.
fn decimal_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    match serde_json::Value::deserialize(deserializer)? {
        serde_json::Value::String(text) => Ok(text),
        serde_json::Value::Number(number) => Ok(number.to_string()),
        other => {
            Err(serde::de::Error::custom(format!("{other} is not a decimal number; write it like \"12.5\"")))
        }
    }
}

/// Money as a JSON number written from the decimal's text, as the platform's public clients read it.
pub mod number {
    use super::Money;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    /// Writes the exact decimal as a JSON number.
    ///
    /// # Errors
    /// Only those of the serializer.
    pub fn serialize<S: Serializer>(money: &Money, serializer: S) -> Result<S::Ok, S::Error> {
        let text = money.to_string();
        let number: serde_json::Number = text.parse().map_err(serde::ser::Error::custom)?;
        number.serialize(serializer)
    }

    /// Reads it back, exactly.
    ///
    /// # Errors
    /// When it is no amount.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Money, D::Error> {
        Money::deserialize(deserializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn text_is_exact_or_refused() {
        assert_eq!("0.1".parse::<Money>().unwrap().units(), 1_000_000);
        assert_eq!("-142.00".parse::<Money>().unwrap().to_string(), "-142");
        assert_eq!("1e-7".parse::<Money>().unwrap().units(), 1);
        assert!(matches!("0.00000001".parse::<Money>(), Err(MoneyError::TooPrecise(_))));
        assert!(matches!("922337203685.4775808".parse::<Money>(), Err(MoneyError::OutOfRange(_))));
        assert!(matches!("a".parse::<Money>(), Err(MoneyError::NotDecimal(_))));
        assert!(matches!("".parse::<Money>(), Err(MoneyError::NotDecimal(_))));
        assert!(matches!("-1".parse::<Price>(), Err(MoneyError::NegativePrice(_))));
        assert!(matches!("1000000.0000001".parse::<Price>(), Err(MoneyError::PriceTooHigh(_))));
        assert!(matches!(
            "0.12345678901234567890123456789012".parse::<Price>(),
            Err(MoneyError::TooPrecise(_))
        ));
    }

    #[test]
    fn json_takes_strings_and_exact_numbers() {
        for text in ["\"0.1\"", "0.1", "1e-1"] {
            assert_eq!(serde_json::from_str::<Money>(text).unwrap().units(), 1_000_000, "{text}");
        }
        assert!(serde_json::from_str::<Money>("true").is_err());
        assert_eq!(serde_json::to_string(&Money::from_units(1_000_000)).unwrap(), "\"0.1\"");
    }

    #[test]
    fn people_read_two_places() {
        let shown = |text: &str| text.parse::<Money>().unwrap().to_rubles_text();
        assert_eq!(shown("-13389"), "-13 389.00");
        assert_eq!(shown("0.333"), "0.33");
        assert_eq!(shown("0.125"), "0.12");
        assert_eq!(shown("-0.001"), "0.00");
        assert_eq!(shown("1234567.5"), "1 234 567.50");
    }

    #[test]
    fn what_is_shown_may_be_more_than_fits() {
        assert_eq!(Money::from_units(i64::MAX).to_kopecks(), None);
        assert_eq!(residual(Money::ZERO, [Money::from_units(i64::MAX)]), None);
        let most = Money::from_units(i64::MAX - 1_000_000);
        assert_eq!(residual(Money::ZERO, [most, most]), None);
    }

    proptest! {
        #[test]
        fn what_is_shown_is_what_people_read(units in -i64::MAX / 2..i64::MAX / 2) {
            let money = Money::from_units(units);
            let shown = money.to_kopecks().unwrap();
            prop_assert_eq!(shown.to_rubles_text(), money.to_rubles_text());
            prop_assert_eq!(shown.units() % UNITS_PER_KOPECK, 0);
            prop_assert!((shown.units() - units).abs() <= UNITS_PER_KOPECK / 2);
        }

        #[test]
        fn any_amount_survives_text_and_json(units in any::<i64>()) {
            let money = Money::from_units(units);
            prop_assert_eq!(money.to_string().parse::<Money>().unwrap(), money);
            let json = serde_json::to_string(&money).unwrap();
            prop_assert_eq!(serde_json::from_str::<Money>(&json).unwrap(), money);
        }
    }
}
