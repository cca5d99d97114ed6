//! What a request got.

use crate::{
    error::{self, ClientError},
    lines,
};
use http::{HeaderMap, StatusCode};
use serde_json::Value;
use std::time::Duration;
use uuid::Uuid;

/// The answer to a request that the server carried out.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The body; null where there is none.
    pub body: Value,
    /// Whether the server had carried out the request before, under the same idempotency key.
    pub replayed: bool,
    /// How long the client waited between attempts because the server asked for it or failed.
    pub waited: Duration,
}

/// One attempt's status, headers and bytes.
pub(crate) struct Received {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
    /// Under which id the audit log has the request.
    pub(crate) request_id: Uuid,
}

impl Received {
    /// The body of a success, or why there is none.
    pub(crate) fn into_body(self) -> Result<Value, ClientError> {
        if self.status.is_redirection() {
            let to = self.headers.get(http::header::LOCATION).and_then(|value| value.to_str().ok());
            return Err(ClientError::Redirected { to: to.unwrap_or("somewhere else").to_owned() });
        }
        judge(self.status, self.json())
    }

    fn json(&self) -> Result<Value, String> {
        if self.bytes.is_empty() {
            return Ok(Value::Null);
        }
        let kind = self.headers.get(http::header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        if kind.is_some_and(|kind| kind.starts_with(lines::MEDIA_TYPE)) {
            return lines::read(&self.bytes);
        }
        serde_json::from_slice(&self.bytes).map_err(|error| format!("its body is not JSON ({error})"))
    }
}

/// What a status and a body mean: the body of a success, or why there is none.
pub(crate) fn judge(code: StatusCode, body: Result<Value, String>) -> Result<Value, ClientError> {
    let status = code.as_u16();
    if code.is_success() {
        return body.map_err(|reason| ClientError::Malformed { status, reason });
    }
    let refusal = body.as_ref().ok().filter(|body| body.is_object()).map(error::body_of);
    match (code, refusal) {
        (StatusCode::UNAUTHORIZED, refusal) => {
            Err(ClientError::Unauthorized { body: Box::new(refusal.unwrap_or_default()) })
        }
        (_, Some(refusal)) => Err(ClientError::Status { status, body: Box::new(refusal) }),
        // A proxy before the server that has none to pass on, or enough of this client, says so in its own way.
        (code, None) if code.is_server_error() || code == StatusCode::TOO_MANY_REQUESTS => {
            Err(ClientError::Status { status, body: Box::default() })
        }
        // Anything else that is not the server's form comes from elsewhere. A 404 above all must not be taken for an
        // object that is gone.
        _ => Err(ClientError::Malformed {
            status,
            reason: "its body is not an error of the ESU API".to_owned(),
        }),
    }
}
