//! The formats that string fields have, checked alike by the server and, before anything is sent, by the provider.

use crate::{
    code::Code,
    money::{Money, Price},
    span::Span,
    time::Instant,
};
use std::str::FromStr;

/// A named check of a text.
pub type Check = fn(&str) -> Result<(), String>;

/// Every format of the schemas, by its `format` keyword.
pub const FORMATS: [(&str, Check); 7] = [
    ("code", parses::<Code>),
    ("money", parses::<Money>),
    ("price", parses::<Price>),
    ("span", parses::<Span>),
    ("date-time", parses::<Instant>),
    ("time-zone", time_zone),
    ("e-mail", e_mail),
];

/// Checks `text` against a format; an unknown format accepts every text.
///
/// # Errors
/// A sentence that says what is wrong and what is accepted.
pub fn check(format: &str, text: &str) -> Result<(), String> {
    FORMATS.iter().find(|(name, _)| *name == format).map_or(Ok(()), |(_, check)| check(text))
}

fn parses<T>(text: &str) -> Result<(), String>
where
    T: FromStr,
    T::Err: std::fmt::Display,
{
    text.parse::<T>().map(|_| ()).map_err(|error| error.to_string())
}

fn time_zone(text: &str) -> Result<(), String> {
    match jiff::tz::TimeZone::get(text) {
        Ok(_) if text.contains('/') || text == "UTC" => Ok(()),
        _ => Err(format!(
            "\"{text}\" is not a time zone; use a name of the IANA database such as Europe/Moscow, or UTC"
        )),
    }
}

fn e_mail(text: &str) -> Result<(), String> {
    let malformed = || format!("\"{text}\" is not an e-mail address; write it like dns@example.org");
    let (local, domain) = text.split_once('@').ok_or_else(malformed)?;
    let plain = |part: &str| !part.is_empty() && !part.contains(|c: char| c == '@' || c.is_whitespace());
    if plain(local) && plain(domain) && text.len() <= 254 { Ok(()) } else { Err(malformed()) }
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn formats_say_what_they_accept() {
        for (format, good, bad) in [
            ("code", "acme", "Acme"),
            ("price", "0.1234567", "0.12345678"),
            ("price", "1000000", "-1"),
            ("span", "15m", "15"),
            ("time-zone", "Europe/Moscow", "Moscow"),
            ("e-mail", "dns@example.org", "dns"),
            ("date-time", "2021-12-20T00:00:00+03:00", "2021-12-20"),
        ] {
            assert_eq!(check(format, good), Ok(()));
            assert!(check(format, bad).unwrap_err().contains(bad), "{format}");
        }
    }
}
