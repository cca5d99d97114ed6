//! The one place where a refusal becomes an answer, and where it is logged.

use super::rate;
use crate::app::Error;
use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use schemas::error::{Alias, ErrorBody};
use uuid::Uuid;

/// The answer to a request that failed.
pub(crate) fn response(error: Error, request_id: Uuid, operation: &'static str) -> Response {
    let retry_after_s = match error {
        Error::TooMany { retry_after_s } => Some(retry_after_s),
        _ => None,
    };
    let (status, body) = refusal(error, request_id, operation);
    let mut answer = (status, Json(body)).into_response();
    if let Some(seconds) = retry_after_s {
        rate::retry_after(&mut answer, seconds);
    }
    if status == StatusCode::SERVICE_UNAVAILABLE {
        answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    if status == StatusCode::UNAUTHORIZED {
        answer.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    answer
}

/// The status and the body of a refusal, which is logged here.
pub(crate) fn refusal(error: Error, request_id: Uuid, operation: &'static str) -> (StatusCode, ErrorBody) {
    let status = status(&error);
    if status.is_server_error() {
        tracing::error!(%request_id, operation, %status, error = %chain(&error), "request failed");
    } else {
        tracing::debug!(%request_id, operation, %status, %error, "request refused");
    }
    (status, body(error, request_id))
}

fn status(error: &Error) -> StatusCode {
    match error {
        Error::Unauthorized(_) => StatusCode::UNAUTHORIZED,
        Error::NotFound | Error::NoSuchPage(_) => StatusCode::NOT_FOUND,
        Error::Forbidden(_) => StatusCode::FORBIDDEN,
        Error::Fields(_) | Error::BadRequest(_) | Error::Ambiguous(_) => StatusCode::BAD_REQUEST,
        Error::Conflict { .. } => StatusCode::CONFLICT,
        Error::VersionMismatch(_) | Error::AlreadySet(_) => StatusCode::PRECONDITION_FAILED,
        Error::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
        Error::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

fn body(error: Error, request_id: Uuid) -> ErrorBody {
    let mut body = ErrorBody { request_id: Some(request_id), ..ErrorBody::default() };
    let text = error.to_string();
    match error {
        Error::Fields(mut fields) => {
            for name in ErrorBody::OWN {
                let messages = fields.remove(name).unwrap_or_default();
                body.non_field_errors.extend(messages.iter().map(|message| format!("{name}: {message}")));
            }
            body.fields = fields;
        }
        Error::BadRequest(_) | Error::NoSuchPage(_) => body.non_field_errors = vec![text],
        Error::Ambiguous(_) => {
            body.error_alias = vec![Alias::AmbiguousCode];
            body.non_field_errors = vec![text];
        }
        Error::Conflict { alias, detail, fields } => {
            body.error_alias = vec![alias];
            body.details = vec![detail.clone()];
            body.non_field_errors = vec![detail];
            body.fields = fields;
        }
        Error::VersionMismatch(changed_by) => {
            body.error_alias = vec![Alias::VersionMismatch];
            body.detail = Some(text);
            body.changed_by = Some(changed_by);
        }
        Error::AlreadySet(_) => {
            body.error_alias = vec![Alias::AlreadySet];
            body.detail = Some(text);
        }
        Error::TooMany { .. } => {
            body.error_alias = vec![Alias::RateLimited];
            body.detail = Some(text);
        }
        Error::Internal(_) => body.detail = Some("Something went wrong on our side.".to_owned()),
        Error::Unauthorized(_) | Error::NotFound | Error::Forbidden(_) | Error::Unavailable(_) => {
            body.detail = Some(text);
        }
    }
    body
}

/// An error with everything that led to it.
fn chain(error: &Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
