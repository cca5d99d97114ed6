//! The provider block: what it takes, and what of it comes from the environment.

use client::{Config, Endpoint, SecretString};
use schemas::{format, span::Span};
use std::time::Duration;
use tfplugin::{Attribute, Diagnostic, Diagnostics, Number, Object, Schema, Value, validator};

/// The most repetitions that may be asked for.
const MOST_RETRIES: u32 = 100;
/// The highest cap that may be asked for; above it there is none.
const MOST_REQUESTS: u32 = 100_000;

/// Settings that may come from the environment.
const ENVIRONMENT: [(&str, &str); 3] =
    [("endpoint", "ESU_ENDPOINT"), ("token", "ESU_TOKEN"), ("partner", "ESU_PARTNER")];

/// The variable by which every provider takes what to add to its name.
const APPENDED_AGENT: &str = "TF_APPEND_USER_AGENT";
/// How much of it is taken.
const LONGEST_APPENDED: usize = 128;

/// The attributes of the provider block.
pub(crate) fn schema() -> Schema {
    let text = |description: &str| Attribute::string().description(description);
    let pem = |what: &str| format!("{what}: PEM text, or the path of a file that holds it.");
    let number = |most: u32| {
        Attribute::number()
            .validate(validator::max_decimal_places(0))
            .validate(validator::range(Number::from(0)..=Number::from(most)))
    };
    Schema::new("Manages the partner side of a cloud that runs ESU: hypervisors, partners, tariff plans and clients.")
        .attribute(
            "endpoint",
            text("Address of the server, such as `https://esu.example.org`. Without it, the environment variable `ESU_ENDPOINT`.")
                .validate(|value: &Value| checked(value, |text| text.parse::<Endpoint>().map(drop).map_err(|error| error.reason))),
        )
        .attribute(
            "token",
            text("Token of the account to work as. Without it, the environment variable `ESU_TOKEN`.").sensitive(),
        )
        .attribute(
            "partner",
            text("Code of the partner in which codes are looked up (import, data sources) where the token sees several. Resources name their partner themselves. Without it, the environment variable `ESU_PARTNER`.")
                .validate(|value: &Value| checked(value, |text| format::check("code", text))),
        )
        .attribute("ca_cert", text(&pem("Certificates of authorities to trust beside the system's")))
        .attribute("client_cert", text(&pem("Certificate to show to the server, with its chain")))
        .attribute("client_key", text(&pem("Private key of `client_cert`")).sensitive())
        .attribute(
            "request_timeout",
            text("How long one attempt of a request may take, such as `90s`; `60s` without it.")
                .validate(|value: &Value| checked(value, timeout)),
        )
        .attribute(
            "max_retries",
            number(MOST_RETRIES).description("How often a request is repeated at most while the server is busy or out of reach; 5 without it."),
        )
        .attribute(
            "requests_per_second",
            number(MOST_REQUESTS).description("How many requests are sent in a second at most; 0, the default, is any number."),
        )
        .attribute(
            "batch",
            Attribute::bool().description("Whether objects that are read together are read by lists, and objects that are written together are written by one request; true without it. Set it to false to send one request for each object."),
        )
}

fn checked(value: &Value, check: impl Fn(&str) -> Result<(), String>) -> Result<(), String> {
    value.as_str().map_or(Ok(()), check)
}

fn timeout(text: &str) -> Result<(), String> {
    format::check("span", text)?;
    if text.parse::<Span>().is_ok_and(|span| span.as_s() == 0) {
        return Err("must be at least 1s".to_owned());
    }
    Ok(())
}

/// The settings that are not known yet.
pub(crate) fn unknown(config: &Object) -> Vec<&'static str> {
    const ALL: [&str; 10] = [
        "endpoint",
        "token",
        "partner",
        "ca_cert",
        "client_cert",
        "client_key",
        "request_timeout",
        "max_retries",
        "requests_per_second",
        "batch",
    ];
    ALL.into_iter().filter(|name| config.get(name).is_unknown()).collect()
}

/// The client's settings: those of the configuration, completed by the environment.
///
/// # Errors
/// What is missing or wrong, at its attribute.
pub(crate) fn read(
    config: &Object,
    environment: impl Fn(&str) -> Option<String>,
    terraform_version: Option<&str>,
) -> Result<Config, Diagnostics> {
    let given = |name: &str| config.str(name).map(str::to_owned);
    let setting = |name: &'static str| {
        let variable =
            ENVIRONMENT.iter().find(|(setting, _)| *setting == name).map(|(_, variable)| *variable);
        given(name).or_else(|| variable.and_then(&environment).filter(|text| !text.is_empty()))
    };
    let mut diagnostics = Diagnostics::new();
    let endpoint = match setting("endpoint").map(|text| text.parse::<Endpoint>()) {
        Some(Ok(endpoint)) => Some(endpoint),
        Some(Err(error)) => {
            diagnostics.error("endpoint", "endpoint cannot be used", format!("{}.", error.reason));
            None
        }
        None => {
            diagnostics.push(missing("endpoint", "ESU_ENDPOINT"));
            None
        }
    };
    let token = setting("token").filter(|token| !token.is_empty());
    if token.is_none() {
        diagnostics.push(missing("token", "ESU_TOKEN"));
    }
    let (Some(endpoint), Some(token)) = (endpoint, token) else { return Err(diagnostics) };
    let count = |name: &str| config.integer(name).and_then(|count| u32::try_from(count).ok());
    let defaults = Config::new(endpoint, SecretString::from(token));
    Ok(Config {
        partner: setting("partner"),
        ca_cert: given("ca_cert"),
        client_cert: given("client_cert"),
        client_key: given("client_key").map(SecretString::from),
        request_timeout: request_timeout(config).unwrap_or(defaults.request_timeout),
        max_retries: count("max_retries").unwrap_or(defaults.max_retries),
        requests_per_second: count("requests_per_second").unwrap_or(defaults.requests_per_second),
        batch: config.bool("batch").unwrap_or(defaults.batch),
        user_agent: user_agent(terraform_version, environment(APPENDED_AGENT).as_deref()),
        ..defaults
    })
}

fn request_timeout(config: &Object) -> Option<Duration> {
    let span: Span = config.str("request_timeout")?.parse().ok()?;
    Some(span.to_duration())
}

/// Who calls, as the server's audit log shows it.
fn user_agent(terraform_version: Option<&str>, appended: Option<&str>) -> String {
    let own = concat!("esu-terraform/", env!("CARGO_PKG_VERSION"));
    let terraform = terraform_version.map(|version| format!("terraform/{version}"));
    // What no header can hold would keep every request from being sent.
    let appended = appended.map(|text| {
        let clean: String =
            text.chars().filter(|it| matches!(it, ' '..='~')).take(LONGEST_APPENDED).collect();
        clean.trim().to_owned()
    });
    let parts = [Some(own.to_owned()), terraform, appended];
    let parts: Vec<String> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
    parts.join(" ")
}

fn missing(name: &str, variable: &str) -> Diagnostic {
    Diagnostic::error(format!("{name} is missing"))
        .detail(format!("Set {name} in the provider block, or the environment variable {variable}."))
        .at(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(name: &str) -> Option<String> {
        match name {
            "ESU_ENDPOINT" => Some("https://from.environment.example.org".to_owned()),
            "ESU_TOKEN" => Some("esu_environment".to_owned()),
            _ => Some(String::new()),
        }
    }

    #[test]
    fn the_configuration_beats_the_environment() {
        let config = Object::new().with("endpoint", "https://a.example.org").with("max_retries", 2);
        let read = super::read(&config, environment, None).unwrap();
        assert_eq!((read.endpoint.to_string().as_str(), read.max_retries), ("https://a.example.org", 2));
        assert_eq!((read.request_timeout, read.partner), (Duration::from_secs(60), None));
        let read = super::read(&Object::new(), environment, None).unwrap();
        assert_eq!(read.endpoint.to_string(), "https://from.environment.example.org");
    }

    #[test]
    fn every_setting_is_read() {
        let config = Object::new()
            .with("endpoint", "https://a.example.org")
            .with("token", "esu_given")
            .with("partner", "north")
            .with("ca_cert", "ca")
            .with("client_cert", "cert")
            .with("client_key", "key")
            .with("request_timeout", "90s")
            .with("max_retries", 0)
            .with("requests_per_second", 7)
            .with("batch", false);
        let read = super::read(&config, environment, None).unwrap();
        let secret = |secret: &SecretString| client::ExposeSecret::expose_secret(secret).to_owned();
        assert_eq!((secret(&read.token).as_str(), read.partner.as_deref()), ("esu_given", Some("north")));
        assert_eq!((read.ca_cert.as_deref(), read.client_cert.as_deref()), (Some("ca"), Some("cert")));
        assert_eq!(read.client_key.as_ref().map(secret).as_deref(), Some("key"));
        assert_eq!((read.request_timeout, read.max_retries), (Duration::from_secs(90), 0));
        assert_eq!((read.requests_per_second, read.batch), (7, false));
        let read = super::read(&Object::new(), environment, None).unwrap();
        assert_eq!((secret(&read.token).as_str(), read.batch), ("esu_environment", true));
    }

    #[test]
    fn the_server_is_told_who_calls() {
        let own = concat!("esu-terraform/", env!("CARGO_PKG_VERSION"));
        assert_eq!(user_agent(None, None), own);
        let said = user_agent(Some("1.11.4"), Some(" ci/7\r\nx-evil: 1 \u{fc}"));
        assert_eq!(said, format!("{own} terraform/1.11.4 ci/7x-evil: 1"));
        assert_eq!(user_agent(Some("1.11.4"), Some("")), format!("{own} terraform/1.11.4"));
        let long = user_agent(None, Some(&"x".repeat(1000)));
        assert_eq!(long.len(), own.len() + 1 + LONGEST_APPENDED);
    }

    #[test]
    fn what_is_missing_is_told_at_once() {
        let found = super::read(&Object::new(), |_| None, None).unwrap_err();
        let places: Vec<_> = found.iter().map(|found| found.path.to_string()).collect();
        assert_eq!(places, ["endpoint", "token"]);
    }

    #[test]
    fn every_setting_may_be_unknown() {
        let schema = schema();
        let config: Object = schema.attributes.keys().map(|name| (name.clone(), Value::UNKNOWN)).collect();
        assert_eq!(unknown(&config).len(), schema.attributes.len());
    }
}
