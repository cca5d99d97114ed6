//! The formats that string fields have, checked alike by the server and, before anything is sent, by the provider.

use crate::{
    code::{Code, ProjectCode},
    money::{Money, Price},
    span::Span,
    time::{CivilDay, Instant},
};
use idna::{
    AsciiDenyList,
    uts46::{DnsLength, Hyphens, Uts46},
};
use std::str::FromStr;

/// A named check of a text.
pub type Check = fn(&str) -> Result<(), String>;

/// A format of the schemas.
#[derive(Clone, Copy, Debug)]
pub struct Format {
    /// The `format` keyword.
    pub name: &'static str,
    /// What it accepts, for the reference: it goes on after "must be".
    pub accepts: &'static str,
    /// What its texts look like, where the name is ours alone: a regular expression that every accepted text matches.
    pub pattern: Option<&'static str>,
    /// The check.
    pub check: Check,
}

/// What a decimal number looks like: `12.5`, and `1.25e1` as some programs write it.
const DECIMAL: &str = "^[+-]?[0-9._]+([eE][+-]?[0-9]+)?$";

/// Every format of the schemas.
pub const FORMATS: [Format; 13] = [
    Format {
        name: "code",
        accepts: "1 to 63 lower-case letters, digits and hyphens, not beginning with a hyphen",
        pattern: Some(Code::PATTERN),
        check: parses::<Code>,
    },
    Format {
        name: "project-code",
        accepts: "the code of a project: 1 to 63 lower-case letters, digits and hyphens, not beginning with a hyphen",
        pattern: Some(Code::PATTERN),
        check: parses::<ProjectCode>,
    },
    Format {
        name: "money",
        accepts: "an amount in rubles, with at most 7 digits after the decimal point",
        pattern: Some(DECIMAL),
        check: parses::<Money>,
    },
    Format {
        name: "price",
        accepts: "a price in rubles from 0 to 1000000, with at most 7 digits after the decimal point",
        pattern: Some(DECIMAL),
        check: parses::<Price>,
    },
    Format {
        name: "span",
        accepts: "a length of time such as \"30s\", \"15m\" or \"1h30m\", at most \"3650d\"",
        pattern: Some("^([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?$"),
        check: parses::<Span>,
    },
    Format {
        name: "date-time",
        accepts: "an instant such as \"2021-12-20T09:00:00Z\"",
        pattern: None,
        check: parses::<Instant>,
    },
    Format {
        name: "date",
        accepts: "a day of the years 2000 to 8999 such as \"2021-12-20\"",
        pattern: None,
        check: parses::<CivilDay>,
    },
    Format {
        name: "time-zone",
        accepts: "a time zone of the IANA database such as \"Europe/Moscow\", or \"UTC\"",
        pattern: Some("^(UTC|[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)+)$"),
        check: time_zone,
    },
    Format {
        name: "e-mail",
        accepts: "an e-mail address such as \"dns@example.org\"",
        pattern: Some(r"^[^@\s]+@[^@\s]+$"),
        check: e_mail,
    },
    Format {
        name: "dns-name",
        accepts: "a domain name such as \"cloud.example.org\": lower case, in ASCII, without a dot at the end",
        pattern: Some(r"^[a-z0-9-]+(\.[a-z0-9-]+)+$"),
        check: dns_name,
    },
    Format {
        name: "login",
        accepts: "1 to 254 lower-case letters, digits and signs of \"@._+-\", beginning with a letter or digit",
        pattern: Some("^[a-z0-9][a-z0-9@._+-]{0,253}$"),
        check: login,
    },
    Format {
        name: "ssh-public-key",
        accepts: "a public key of OpenSSH on one line, such as the content of id_ed25519.pub",
        pattern: Some("^[a-z0-9@.-]+ [A-Za-z0-9+/]+={0,2}( .*)?\\s*$"),
        check: |text| crate::ssh::public_key(text).map(drop),
    },
    Format {
        name: "phone",
        accepts: "a phone number with its country such as \"+79001234567\": a plus and 7 to 15 digits",
        pattern: Some(r"^\+[1-9][0-9]{6,14}$"),
        check: phone,
    },
];

/// Checks `text` against a format; an unknown format accepts every text.
///
/// # Errors
/// A sentence that says what is wrong and what is accepted.
pub fn check(format: &str, text: &str) -> Result<(), String> {
    named(format).map_or(Ok(()), |found| (found.check)(text))
}

/// What a format accepts, as it goes on after "must be"; none for an unknown format.
pub fn accepts(format: &str) -> Option<&'static str> {
    named(format).map(|found| found.accepts)
}

/// What the texts of a format look like; none for an unknown format, and for one that every program knows.
pub fn pattern(format: &str) -> Option<&'static str> {
    named(format).and_then(|found| found.pattern)
}

fn named(format: &str) -> Option<Format> {
    FORMATS.into_iter().find(|found| found.name == format)
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

/// A DNS name in the one form that it is compared in: lower case, in ASCII, of two labels or more, without the dot of
/// the root.
fn dns_name(text: &str) -> Result<(), String> {
    let checked =
        Uts46::new().to_ascii(text.as_bytes(), AsciiDenyList::STD3, Hyphens::Check, DnsLength::Verify);
    // An address of IPv4 passes as a name; no top-level domain is a number.
    let is_name = |name: &str| {
        name.rsplit_once('.').is_some_and(|(_, top)| !top.bytes().all(|byte| byte.is_ascii_digit()))
    };
    match checked {
        Ok(name) if is_name(&name) && name == text => Ok(()),
        Ok(name) if is_name(&name) => Err(format!("\"{text}\" is not in its one form; write it as {name}")),
        _ => Err(format!(
            "\"{text}\" is not a domain name; write it like cloud.example.org, without a dot at the end"
        )),
    }
}

/// A login in the one form that it is compared in. What is shaped like an id would be taken for one.
fn login(text: &str) -> Result<(), String> {
    let sign = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let begins = text.bytes().next().is_some_and(sign);
    let plain = text.bytes().all(|byte| sign(byte) || b"@._+-".contains(&byte));
    if !begins || !plain || text.len() > 254 {
        return Err(format!(
            "\"{text}\" is not a login; it has 1 to 254 lower-case letters, digits and signs of \"@._+-\", such as \
             ada@example.org"
        ));
    }
    match uuid::Uuid::parse_str(text) {
        Ok(_) => Err(format!("\"{text}\" is shaped like an id; a login may not be")),
        Err(_) => Ok(()),
    }
}

fn phone(text: &str) -> Result<(), String> {
    let digits = text.strip_prefix('+').unwrap_or_default();
    let is_number = (7..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_number && !digits.starts_with('0') {
        return Ok(());
    }
    Err(format!("\"{text}\" is not a phone number; write it with its country, like +79001234567"))
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn formats_say_what_they_accept() {
        for (format, good, bad) in [
            ("code", "acme", "Acme"),
            ("code", "acme", "default"),
            ("project-code", "default", "Default"),
            ("price", "0.1234567", "0.12345678"),
            ("price", "1000000", "-1"),
            ("span", "15m", "15"),
            ("time-zone", "Europe/Moscow", "Moscow"),
            ("e-mail", "dns@example.org", "dns"),
            ("dns-name", "cloud.example.org", "cloud_1.example.org"),
            ("dns-name", "xn--e1aybc.xn--p1ai", "тест.рф"),
            ("dns-name", "a-b.example", "-a.example"),
            ("dns-name", "3com.example", "10.0.0.1"),
            ("dns-name", "example.org", "Example.org"),
            ("dns-name", "example.org", "example.org."),
            ("dns-name", "example.org", "example"),
            ("login", "ada+ops@example.org", "Ada@example.org"),
            ("login", "ada", "-ada"),
            ("login", "0", "16fd2706-8baf-433b-82eb-8c7fada847da"),
            ("phone", "+79001234567", "89001234567"),
            ("phone", "+1234567", "+123456"),
            ("date", "2021-12-20", "2021-12-20T00:00:00"),
            ("date-time", "2021-12-20T00:00:00+03:00", "2021-12-20"),
        ] {
            assert_eq!(check(format, good), Ok(()));
            assert!(check(format, bad).unwrap_err().contains(bad), "{format}");
        }
    }
}
