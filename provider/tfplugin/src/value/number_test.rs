use proptest::prelude::*;

use super::{MAX_NUMBER_DIGITS, Number, NumberError};

fn number(text: &str) -> Number {
    text.parse().expect(text)
}

#[test]
fn equality_is_numeric() {
    for (left, right) in
        [("1.0", "1"), ("1e2", "100"), ("-0.0", "0"), ("0.10", "1e-1"), ("+5", "5"), ("00012", "12")]
    {
        assert_eq!(number(left), number(right));
    }
    assert_ne!(number("0.1"), Number::from_f64_exact(0.1).unwrap());
}

#[test]
fn texts_are_plain() {
    for (text, plain) in [
        ("1e20", "100000000000000000000"),
        ("12.50", "12.5"),
        ("-1.5e-3", "-0.0015"),
        (".5", "0.5"),
        ("5.", "5"),
        ("18446744073709551616", "18446744073709551616"),
        ("-9223372036854775808", "-9223372036854775808"),
        ("-9223372036854775809", "-9223372036854775809"),
    ] {
        assert_eq!(number(text).to_string(), plain);
    }
}

#[test]
fn what_is_no_number_is_refused() {
    for text in ["", "-", ".", "1e", "e5", "1.2.3", "0x10", "NaN", "inf", "1_000", " 1", "--1", "1e+-2"] {
        assert_eq!(text.parse::<Number>(), Err(NumberError::Syntax), "{text}");
    }
    for text in ["1e999999999", "1e-999999999", "1e99999999999999999999"] {
        assert_eq!(text.parse::<Number>(), Err(NumberError::TooLong), "{text}");
    }
    assert_eq!(Number::from_f64_exact(f64::INFINITY), Err(NumberError::NotFinite));
    assert!(
        format!("1{}", "0".repeat(usize::try_from(MAX_NUMBER_DIGITS).unwrap())).parse::<Number>().is_err()
    );
}

#[test]
fn only_exact_floats_are_floats() {
    for text in ["0.1", "0.3", "0.15", "123.45", "9007199254740993", "36893488147419103233"] {
        assert_eq!(number(text).to_f64_exact(), None, "{text}");
    }
    for (text, float) in
        [("0.5", 0.5), ("-0.125", -0.125), ("18446744073709551616", 18_446_744_073_709_551_616.0), ("0", 0.0)]
    {
        assert_eq!(number(text).to_f64_exact(), Some(float), "{text}");
    }
}

#[test]
fn integers_and_places() {
    assert_eq!(number("18446744073709551615").to_u64(), Some(u64::MAX));
    assert_eq!(number("18446744073709551615").to_i64(), None);
    assert_eq!(number("1.5").to_u64(), None);
    assert_eq!(Number::from(i128::MIN).to_i128(), Some(i128::MIN));
    assert_eq!(number("1.250").decimal_places(), 2);
    assert_eq!(number("1e30").decimal_places(), 0);
}

proptest! {
    #[test]
    fn text_round_trips(text in "-?[0-9]{1,40}(\\.[0-9]{1,40})?(e-?[0-9]{1,3})?") {
        let once = number(&text);
        prop_assert_eq!(number(&once.to_string()), once);
    }

    #[test]
    fn every_float_round_trips(bits in any::<u64>()) {
        let float = f64::from_bits(bits);
        prop_assume!(float.is_finite());
        let exact = Number::from_f64_exact(float).unwrap();
        prop_assert_eq!(exact.to_f64_exact(), Some(float));
        prop_assert_eq!(number(&exact.to_string()), exact);
    }

    #[test]
    fn integers_round_trip(integer in any::<i128>()) {
        let exact = Number::from(integer);
        prop_assert_eq!(exact.to_string(), integer.to_string());
        prop_assert_eq!(exact.to_i128(), Some(integer));
    }

    #[test]
    fn order_is_numeric(left in any::<i64>(), right in any::<i64>(), shift in 0_u32..30) {
        let scaled = |integer: i64| number(&format!("{integer}e-{shift}"));
        prop_assert_eq!(scaled(left).cmp(&scaled(right)), left.cmp(&right));
        let wide = |integer: i64| Number::from(i128::from(integer) * 1_000_000_007);
        prop_assert_eq!(wide(left).cmp(&wide(right)), left.cmp(&right));
        prop_assert_eq!(wide(left).cmp(&Number::from(right)), (i128::from(left) * 1_000_000_007).cmp(&i128::from(right)));
    }
}
