//! Exact numbers of any size, as Terraform's own.

use std::{cmp::Ordering, fmt, str::FromStr};

/// The longest plain decimal text that a number may have on either side of its point.
///
/// The exact expansion of every `f64` fits many times over; `1e999999999` does not.
pub const MAX_NUMBER_DIGITS: i64 = 16_384;

/// An exact decimal number.
///
/// Equality is numeric (`1.0 == 1`), because a number has only one representation here.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Number(Repr);

/// Every integer that fits an `i64` is `Integer`; everything else is `Decimal`.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Repr {
    Integer(i64),
    Decimal(Box<Decimal>),
}

/// `±0.digits × 10^point`; the digits neither start nor end with a zero.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Decimal {
    negative: bool,
    digits: String,
    point: i64,
}

/// Why a text is not a number that can be held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// The text is not a decimal number.
    #[error("not a decimal number")]
    Syntax,
    /// The number has more digits than [`MAX_NUMBER_DIGITS`].
    #[error("the number has too many digits")]
    TooLong,
    /// Infinity and NaN have no decimal text.
    #[error("the number is not finite")]
    NotFinite,
}

impl Number {
    /// The exact value of a float; 0.1 becomes the 55 digits that the float really holds.
    ///
    /// # Errors
    /// Infinity and NaN are refused.
    pub fn from_f64_exact(float: f64) -> Result<Self, NumberError> {
        if !float.is_finite() {
            return Err(NumberError::NotFinite);
        }
        format!("{float:.*}", fraction_bits(float)).parse()
    }

    /// The float that holds exactly this number, if there is one.
    #[must_use]
    pub fn to_f64_exact(&self) -> Option<f64> {
        // A fraction that is a sum of powers of two ends with the digit 5.
        if let Repr::Decimal(decimal) = &self.0
            && decimal.places() > 0
            && !decimal.digits.ends_with('5')
        {
            return None;
        }
        let float = self.to_f64();
        (Self::from_f64_exact(float).as_ref() == Ok(self)).then_some(float)
    }

    /// The nearest float.
    #[must_use]
    pub fn to_f64(&self) -> f64 {
        self.to_string().parse().unwrap_or(f64::NAN)
    }

    /// The number as an `i64`, if it is an integer that fits.
    #[must_use]
    pub fn to_i64(&self) -> Option<i64> {
        match &self.0 {
            Repr::Integer(integer) => Some(*integer),
            Repr::Decimal(_) => None,
        }
    }

    /// The number as a `u64`, if it is an integer that fits.
    #[must_use]
    pub fn to_u64(&self) -> Option<u64> {
        self.to_integer()
    }

    /// The number as an `i128`, if it is an integer that fits.
    #[must_use]
    pub fn to_i128(&self) -> Option<i128> {
        self.to_integer()
    }

    /// Whether the number has no fraction.
    #[must_use]
    pub fn is_integer(&self) -> bool {
        self.decimal_places() == 0
    }

    /// How many digits stand after the decimal point.
    #[must_use]
    pub fn decimal_places(&self) -> usize {
        match &self.0 {
            Repr::Integer(_) => 0,
            Repr::Decimal(decimal) => usize::try_from(decimal.places()).unwrap_or(0),
        }
    }

    fn to_integer<T: FromStr>(&self) -> Option<T> {
        if self.is_integer() { self.to_string().parse().ok() } else { None }
    }

    fn parts(&self) -> (bool, String, i64) {
        match &self.0 {
            Repr::Integer(0) => (false, String::new(), i64::MIN),
            Repr::Integer(integer) => {
                let text = integer.unsigned_abs().to_string();
                let point = i64::try_from(text.len()).unwrap_or(i64::MAX);
                (*integer < 0, text.trim_end_matches('0').to_owned(), point)
            }
            Repr::Decimal(decimal) => (decimal.negative, decimal.digits.clone(), decimal.point),
        }
    }
}

impl Decimal {
    /// Digits after the point; negative when the number ends with zeros before it.
    fn places(&self) -> i64 {
        i64::try_from(self.digits.len()).unwrap_or(i64::MAX).saturating_sub(self.point)
    }
}

/// The number of binary digits after the point, which is also the number of decimal ones.
fn fraction_bits(float: f64) -> usize {
    const MANTISSA_BITS: u64 = 52;
    const EXPONENT_OF_LAST_BIT: i64 = 1023 + 52;
    let bits = float.to_bits();
    let biased = i64::try_from((bits >> MANTISSA_BITS) & 0x7ff).unwrap_or(0);
    let fraction = bits & ((1 << MANTISSA_BITS) - 1);
    let mantissa = if biased == 0 { fraction } else { fraction | (1 << MANTISSA_BITS) };
    if mantissa == 0 {
        return 0;
    }
    let exponent = biased.max(1) - EXPONENT_OF_LAST_BIT + i64::from(mantissa.trailing_zeros());
    usize::try_from(-exponent).unwrap_or(0)
}

impl FromStr for Number {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(integer) = text.parse::<i64>()
            && !text.starts_with('+')
        {
            return Ok(Self(Repr::Integer(integer)));
        }
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, parse_exponent(exponent)?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if (whole.is_empty() && fraction.is_empty()) || !all_digits(whole) || !all_digits(fraction) {
            return Err(NumberError::Syntax);
        }
        normalise(negative, whole, fraction, exponent)
    }
}

fn parse_exponent(text: &str) -> Result<i64, NumberError> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(NumberError::Syntax);
    }
    // Beyond 18 digits only zero times ten to that power would be a number.
    if digits.trim_start_matches('0').len() > 18 {
        return Err(NumberError::TooLong);
    }
    text.parse().map_err(|_| NumberError::Syntax)
}

fn normalise(negative: bool, whole: &str, fraction: &str, exponent: i64) -> Result<Number, NumberError> {
    let mut digits = String::with_capacity(whole.len() + fraction.len());
    digits.push_str(whole);
    digits.push_str(fraction);
    let significant = digits.trim_start_matches('0');
    let leading = digits.len() - significant.len();
    let significant = significant.trim_end_matches('0');
    if significant.is_empty() {
        return Ok(Number(Repr::Integer(0)));
    }
    let length = |text: &str| i64::try_from(text.len()).map_err(|_| NumberError::TooLong);
    let leading = i64::try_from(leading).map_err(|_| NumberError::TooLong)?;
    let point = length(whole)? + exponent - leading;
    let decimal = Decimal { negative, digits: significant.to_owned(), point };
    if point > MAX_NUMBER_DIGITS || decimal.places() > MAX_NUMBER_DIGITS {
        return Err(NumberError::TooLong);
    }
    if decimal.places() <= 0
        && point <= 19
        && let Ok(integer) = decimal.to_string().parse()
    {
        return Ok(Number(Repr::Integer(integer)));
    }
    Ok(Number(Repr::Decimal(Box::new(decimal))))
}

impl fmt::Display for Decimal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.negative {
            formatter.write_str("-")?;
        }
        let zeros = |count: i64| "0".repeat(usize::try_from(count).unwrap_or(0));
        if self.point <= 0 {
            return write!(formatter, "0.{}{}", zeros(-self.point), self.digits);
        }
        if self.places() <= 0 {
            return write!(formatter, "{}{}", self.digits, zeros(-self.places()));
        }
        let (whole, fraction) = self.digits.split_at(usize::try_from(self.point).unwrap_or(0));
        write!(formatter, "{whole}.{fraction}")
    }
}

impl fmt::Display for Number {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Integer(integer) => integer.fmt(formatter),
            Repr::Decimal(decimal) => decimal.fmt(formatter),
        }
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        if let (Repr::Integer(left), Repr::Integer(right)) = (&self.0, &other.0) {
            return left.cmp(right);
        }
        let (left_negative, left_digits, left_point) = self.parts();
        let (right_negative, right_digits, right_point) = other.parts();
        let magnitude = || left_point.cmp(&right_point).then_with(|| left_digits.cmp(&right_digits));
        match (left_negative, right_negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => magnitude(),
            (true, true) => magnitude().reverse(),
        }
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl From<i64> for Number {
    fn from(integer: i64) -> Self {
        Self(Repr::Integer(integer))
    }
}

impl From<i32> for Number {
    fn from(integer: i32) -> Self {
        Self(Repr::Integer(integer.into()))
    }
}

impl From<u32> for Number {
    fn from(integer: u32) -> Self {
        Self(Repr::Integer(integer.into()))
    }
}

impl From<u64> for Number {
    fn from(integer: u64) -> Self {
        i64::try_from(integer).map_or_else(|_| wide_integer(&integer), Self::from)
    }
}

impl From<i128> for Number {
    fn from(integer: i128) -> Self {
        i64::try_from(integer).map_or_else(|_| wide_integer(&integer), Self::from)
    }
}

/// An integer that does not fit an `i64`: its text is always a number.
fn wide_integer(integer: &impl ToString) -> Number {
    let text = integer.to_string();
    let (negative, whole) = text.strip_prefix('-').map_or((false, text.as_str()), |rest| (true, rest));
    normalise(negative, whole, "", 0).unwrap_or(Number(Repr::Integer(0)))
}

#[cfg(test)]
#[path = "number_test.rs"]
mod number_test;
