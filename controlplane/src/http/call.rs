//! One call as it was sent, by itself or in a batch, and the one way in which it is done.

use super::{State, mount::Handle};
use crate::app::{Act, Error, Expected, IdempotencyKey, Key, Operation};
use axum::body::Bytes;
use http::{Method, StatusCode, Uri};
use schemas::endpoint::{Endpoint, Scope};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// The longest idempotency key.
const MAX_KEY_LENGTH: usize = 255;

/// The longest version: any of so many digits fits.
const MAX_VERSION_DIGITS: usize = 18;

/// What a call came as.
pub(crate) struct Sent {
    /// The parameters of the path, decoded.
    pub(crate) path: Map<String, Value>,
    /// Path and query, as they were sent but for `dry_run`.
    pub(crate) uri: Uri,
    /// `If-Match`.
    pub(crate) if_match: Option<String>,
    /// `If-None-Match`.
    pub(crate) if_none_match: Option<String>,
    /// `Idempotency-Key`.
    pub(crate) idempotency_key: Option<String>,
}

/// A body as it came.
pub(crate) enum Payload {
    /// Bytes, not yet parsed.
    Bytes(Bytes),
    /// A part of a batch.
    Json(Option<Value>),
}

/// Which object a call is about.
pub(crate) struct Target<E: Endpoint> {
    path: E::Path,
    query: E::Query,
}

impl<E: Endpoint> Clone for Target<E> {
    fn clone(&self) -> Self {
        Self { path: self.path.clone(), query: self.query.clone() }
    }
}

/// What a call is to do, parsed and checked: nothing that follows depends on how it was sent.
pub(crate) struct Prepared<E: Endpoint> {
    target: Target<E>,
    /// The body.
    pub(crate) body: E::Body,
    expected: Expected,
    key: Option<IdempotencyKey>,
}

/// A call that was done.
#[derive(Debug)]
pub(crate) struct Done {
    /// The status.
    pub(crate) status: StatusCode,
    /// The body, as JSON; empty where the status has none.
    pub(crate) text: String,
    /// Whether it was done before.
    pub(crate) replayed: bool,
}

impl Done {
    /// The object's version as `ETag` holds it, where the body has one.
    pub(crate) fn etag(&self) -> Option<String> {
        #[derive(serde::Deserialize)]
        struct Versioned {
            version: Option<i64>,
        }
        let version = serde_json::from_str::<Versioned>(&self.text).ok().and_then(|object| object.version);
        version.map(|version| format!("\"{version}\""))
    }
}

impl Sent {
    /// Which object it is about.
    pub(crate) fn target<E: Endpoint>(&self) -> Result<Target<E>, Error> {
        let path = serde_json::from_value(Value::Object(self.path.clone()));
        Ok(Target {
            path: path.map_err(|error| Error::internal("path", error))?,
            query: query_parameters(&self.uri)?,
        })
    }

    /// The secret of the link that an open call comes by.
    pub(crate) fn link(&self) -> Option<String> {
        self.path.get("id").and_then(Value::as_str).map(str::to_owned)
    }

    /// Everything, parsed and checked.
    pub(crate) fn prepare<E: Endpoint>(
        &self,
        state: &State,
        target: Target<E>,
        payload: Payload,
    ) -> Result<Prepared<E>, Error> {
        let (body, value) = state.validators.body::<E>(payload)?;
        let expected = Expected {
            version: self.if_match.as_deref().map(version).transpose()?.flatten(),
            nothing: self.if_none_match.as_deref().map(nothing).transpose()?.unwrap_or(false),
        };
        // What makes something is safe to repeat: a POST, or a PUT of what must not be there yet. A key is an account's.
        let makes = (E::METHOD == Method::POST || expected.nothing) && E::SCOPE != Scope::Nobody;
        let key = self.idempotency_key.as_deref().filter(|_| makes);
        let key = key.map(|key| self.key(&state.app.key, key, &value)).transpose()?;
        Ok(Prepared { target, body, expected, key })
    }

    /// An idempotency key with the hash of everything that makes the call what it is. The body counts as what it says,
    /// not as it is written: in a batch and alone a call is the same. Passwords are in bodies, so the hash is a keyed one.
    fn key(&self, secret: &Key, key: &str, body: &Value) -> Result<IdempotencyKey, Error> {
        check_key(key)?;
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let hash = secret.digest(&[self.uri.to_string().as_bytes(), body.as_bytes()]);
        Ok(IdempotencyKey { key: key.to_owned(), hash })
    }
}

/// Refuses a key that cannot be kept.
pub(crate) fn check_key(key: &str) -> Result<(), Error> {
    // Not ASCII alone: a header may hold a tab, and a key in a batch any control character.
    let is_printable = key.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    if key.is_empty() || key.len() > MAX_KEY_LENGTH || !is_printable {
        return Err(Error::BadRequest(
            "Idempotency-Key takes 1 to 255 printable ASCII characters".to_owned(),
        ));
    }
    Ok(())
}

/// Why a caller whose roles do not reach an endpoint is refused: what it does not see is not found, and only what it
/// sees is forbidden.
pub(crate) async fn refusal<E: Handle>(op: &mut Operation, target: Target<E>) -> Error {
    // Who may not look at an object does not see it.
    if E::METHOD == Method::GET && E::PATH.contains("{id}") {
        return Error::NotFound;
    }
    op.enter(Act::of::<E>().looking());
    if let Err(error) = E::sees(op, &target.path, &target.query).await {
        return error;
    }
    let text = match E::SCOPE {
        Scope::Platform => "Only platform administrators may do this.",
        Scope::Partner | Scope::Account | Scope::Nobody => "Your account has no role that allows this.",
    };
    Error::Forbidden(text.to_owned())
}

/// Does one call inside an operation: whoever calls this commits it or undoes it.
pub(crate) async fn perform<E: Handle>(
    state: &State,
    op: &mut Operation,
    prepared: Prepared<E>,
) -> Result<Done, Error> {
    let Prepared { target, body, expected, key } = prepared;
    op.expected = expected;
    let act = Act::of::<E>();
    op.enter(act);
    // Who sees more than it may change is told the difference.
    let sees_more = op.request.actor.visible(act.looking()) != op.visible();
    let seen = sees_more.then(|| target.clone());
    if let Some(key) = key
        && let Some(row) = op.claim(key).await?
    {
        let status = u16::try_from(row.status).ok().and_then(|code| StatusCode::from_u16(code).ok());
        return Ok(Done { status: status.unwrap_or(StatusCode::OK), text: row.answer, replayed: true });
    }
    let answer = match (E::handle(state, op, target.path, target.query, body).await, seen) {
        (Err(Error::NotFound), Some(seen)) => return Err(refusal(op, seen).await),
        (answer, _) => answer?,
    };
    let text = serde_json::to_string(&answer).map_err(|error| Error::internal("answer", error))?;
    let done = if text == "null" {
        Done { status: StatusCode::NO_CONTENT, text: String::new(), replayed: false }
    } else {
        Done { status: E::STATUS, text, replayed: false }
    };
    op.answered(done.status.as_u16(), &done.text).await?;
    Ok(done)
}

/// The version of `If-Match`; none for `*`.
fn version(text: &str) -> Result<Option<i64>, Error> {
    let text = text.trim();
    if text == "*" {
        return Ok(None);
    }
    let quoted =
        text.strip_prefix("W/").unwrap_or(text).strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    let digits = quoted.unwrap_or(text);
    let is_version =
        (1..=MAX_VERSION_DIGITS).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|_| is_version).map(Some).ok_or_else(|| {
        Error::BadRequest("If-Match takes the value of the object's ETag, such as \"3\"".to_owned())
    })
}

/// Whether `If-None-Match` asks that there be nothing yet.
fn nothing(text: &str) -> Result<bool, Error> {
    if text.trim() == "*" {
        return Ok(true);
    }
    Err(Error::BadRequest("If-None-Match takes * alone: there must be nothing yet".to_owned()))
}

fn query_parameters<T: DeserializeOwned>(uri: &Uri) -> Result<T, Error> {
    let pairs = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    serde_path_to_error::deserialize(serde_urlencoded::Deserializer::new(pairs)).map_err(|error| {
        let text = error.inner().to_string();
        if error.path().iter().next().is_none() {
            return Error::BadRequest(text);
        }
        Error::field(&error.path().to_string(), text)
    })
}

/// Takes `dry_run` out of a query: what is left, and whether it was true.
pub(crate) fn without_dry_run(uri: &Uri) -> Result<(Uri, bool), Error> {
    let mut dry_run = false;
    let mut rest = Vec::new();
    for pair in uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
        match pair.split_once('=').unwrap_or((pair, "")) {
            ("dry_run", "true") => dry_run = true,
            ("dry_run", "false") => dry_run = false,
            ("dry_run", other) => {
                let text = format!("\"{other}\" is not accepted; use true or false");
                return Err(Error::field("dry_run", text));
            }
            _ => rest.push(pair),
        }
    }
    let path = uri.path();
    let text = if rest.is_empty() { path.to_owned() } else { format!("{path}?{}", rest.join("&")) };
    let uri = text.parse().map_err(|error| Error::BadRequest(format!("the path cannot be read: {error}")))?;
    Ok((uri, dry_run))
}

#[cfg(test)]
mod tests {
    use super::{nothing, version, without_dry_run};

    #[test]
    fn dry_run_is_taken_out_and_the_rest_left() {
        for (before, after, dry_run) in [
            ("/v1/client", "/v1/client", false),
            ("/v1/client?dry_run=true", "/v1/client", true),
            ("/v1/client/a%2Fb?partner=n&dry_run=true", "/v1/client/a%2Fb?partner=n", true),
            ("/v1/client?dry_run=false&q=a%26b", "/v1/client?q=a%26b", false),
        ] {
            let (uri, found) = without_dry_run(&before.parse().unwrap()).unwrap();
            assert_eq!((uri.to_string().as_str(), found), (after, dry_run));
        }
        assert!(without_dry_run(&"/v1/client?dry_run=1".parse().unwrap()).is_err());
    }

    #[test]
    fn conditions_are_read_as_clients_write_them() {
        for (text, expected) in [("\"3\"", Some(3)), ("3", Some(3)), ("W/\"3\"", Some(3)), (" * ", None)] {
            assert_eq!(version(text).unwrap(), expected);
        }
        for text in ["soon", "", "\"3", "W/3", "-3", "\"\"", "0000000000000000003"] {
            assert!(version(text).is_err(), "{text}");
        }
        assert!(nothing("*").unwrap() && nothing("\"3\"").is_err());
    }
}
