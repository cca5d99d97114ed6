//! Why a request has no answer.

use schemas::error::{Alias, ErrorBody};
use serde_json::Value;
use std::time::Duration;

/// Why a request has no answer. No message holds the token.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ClientError {
    /// No connection, or a broken one.
    #[error("{endpoint} cannot be reached: {reason}")]
    Unreachable {
        /// The server.
        endpoint: String,
        /// Every cause, from the outermost to the innermost.
        reason: String,
    },
    /// The server did not answer in time.
    #[error("{endpoint} did not answer within {} s", after.as_secs())]
    Timeout {
        /// The server.
        endpoint: String,
        /// How long was waited.
        after: Duration,
    },
    /// The caller gave up.
    #[error("the request was cancelled")]
    Cancelled,
    /// The token is not accepted.
    #[error("the token is not accepted{}", sentence(body))]
    Unauthorized {
        /// The server's own words.
        body: Box<ErrorBody>,
    },
    /// The server refused or failed.
    #[error("the server answered {status}{}", sentence(body))]
    Status {
        /// The HTTP status.
        status: u16,
        /// The server's own words.
        body: Box<ErrorBody>,
    },
    /// The server sent the client elsewhere. A token is not carried to another address.
    #[error("the server redirects to {to}")]
    Redirected {
        /// Where to.
        to: String,
    },
    /// What came back is no answer of ESU.
    #[error("the answer, with status {status}, is not one of the ESU API: {reason}")]
    Malformed {
        /// The HTTP status.
        status: u16,
        /// What is wrong with it.
        reason: String,
    },
    /// The request cannot be written.
    #[error("the request cannot be sent: {0}")]
    Request(String),
}

impl ClientError {
    /// The HTTP status, where the server refused or failed.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Status { status, .. } => Some(*status),
            Self::Unauthorized { .. } => Some(401),
            _ => None,
        }
    }

    /// The server's own words, where it refused or failed.
    pub fn body(&self) -> Option<&ErrorBody> {
        match self {
            Self::Status { body, .. } | Self::Unauthorized { body } => Some(body),
            _ => None,
        }
    }

    /// Whether the object is not there, or not to be seen.
    pub fn is_not_found(&self) -> bool {
        self.status() == Some(404)
    }

    /// Whether the server gave this reason.
    pub fn has_alias(&self, alias: Alias) -> bool {
        self.body().is_some_and(|body| body.error_alias.contains(&alias))
    }
}

fn sentence(body: &ErrorBody) -> String {
    let texts = body.detail.iter().chain(&body.details).chain(&body.non_field_errors);
    let texts: Vec<&str> = texts.map(String::as_str).collect();
    if texts.is_empty() { String::new() } else { format!(": {}", texts.join(" ")) }
}

/// Reads a refusal. A server newer than this client may give reasons and forms that it does not know: they are left
/// out, the rest is kept.
pub(crate) fn body_of(json: &Value) -> ErrorBody {
    if let Ok(body) = serde_json::from_value(json.clone()) {
        return body;
    }
    let mut known = json.clone();
    if let Some(object) = known.as_object_mut() {
        object.retain(|name, value| understood(name, value));
    }
    serde_json::from_value(known).unwrap_or_default()
}

fn understood(name: &str, value: &mut Value) -> bool {
    match name {
        "error_alias" => {
            let Some(aliases) = value.as_array_mut() else { return false };
            aliases.retain(|alias| serde_json::from_value::<Alias>(alias.clone()).is_ok());
            true
        }
        "detail" => value.is_string(),
        "changed_by" => serde_json::from_value::<Option<schemas::error::ChangedBy>>(value.clone()).is_ok(),
        "request_id" => value.as_str().is_some_and(|text| text.len() == 36),
        _ => {
            if let Value::String(text) = value {
                *value = Value::from(vec![text.clone()]);
            }
            value.as_array().is_some_and(|texts| texts.iter().all(Value::is_string))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_known_of_a_refusal_is_kept() {
        let body = body_of(&json!({
            "detail": "no", "error_alias": ["code_taken", "from_the_future"], "code": "taken",
            "limits": {"vcpu": 5}, "name": ["too long"], "request_id": "x",
        }));
        assert_eq!(body.detail.as_deref(), Some("no"));
        assert_eq!(body.error_alias, [Alias::CodeTaken]);
        assert_eq!(body.fields.keys().collect::<Vec<_>>(), ["code", "name"]);
    }
}
