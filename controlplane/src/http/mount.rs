//! How an endpoint is served: who calls, with what, in which transaction; then the rule; then the answer.

use super::{State, error};
use crate::app::{Actor, App, Error, Operation, Request};
use axum::{
    Router,
    body::{Body, Bytes},
    extract::{self, FromRequestParts, RawPathParams},
    response::{IntoResponse, Response},
    routing::{MethodFilter, on},
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header, request::Parts};
use schemas::endpoint::{Endpoint, Scope};
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// What an endpoint does: parse, call the application, return its view.
#[async_trait::async_trait]
pub(crate) trait Handle: Endpoint {
    /// Looks whether the caller sees the object at all. It is asked where the caller's role does not reach the endpoint:
    /// what it does not see is not found, and only what it sees is forbidden.
    async fn sees(_: &mut Operation, _: &Self::Path, _: &Self::Query) -> Result<(), Error> {
        Ok(())
    }

    /// Serves one call.
    async fn handle(
        op: &mut Operation,
        path: Self::Path,
        query: Self::Query,
        body: Self::Body,
    ) -> Result<Self::Answer, Error>;
}

/// The header by which a call is found in the logs.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The header by which a repetition of a call is known.
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// The header that says that an answer is repeated.
const IDEMPOTENT_REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
/// The longest idempotency key.
const MAX_KEY_LENGTH: usize = 255;
/// The longest name of a calling program that is kept.
const MAX_AGENT_LENGTH: usize = 255;

/// Adds an endpoint to the routes.
pub(crate) fn mount<E: Handle>(router: Router<State>) -> Router<State> {
    let method = MethodFilter::try_from(E::METHOD).unwrap_or(MethodFilter::GET);
    router.route(E::PATH, on(method, serve::<E>))
}

async fn serve<E: Handle>(
    extract::State(state): extract::State<State>,
    request: extract::Request,
) -> Response {
    let (mut parts, body) = request.into_parts();
    let request_id = request_id(&parts.headers);
    let outcome = run::<E>(&state, &mut parts, body, request_id).await;
    let mut response = outcome.unwrap_or_else(|refusal| error::response(refusal, request_id, E::ID));
    state.metrics.request(E::ID, response.status());
    if let Ok(id) = HeaderValue::from_str(&request_id.to_string()) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

async fn run<E: Handle>(
    state: &State,
    parts: &mut Parts,
    body: Body,
    request_id: Uuid,
) -> Result<Response, Error> {
    let actor = authenticate(&state.app, &parts.headers).await?;
    let agent = agent(&parts.headers);
    let mut request = Request { actor, request_id, agent, if_match: None, idempotency: None };
    let path: E::Path = path_parameters(parts).await?;
    let query: E::Query = query_parameters(parts)?;
    if !request.actor.may_call(E::SCOPE) {
        let mut op = Operation::reading(state.app.clone(), request).await?;
        E::sees(&mut op, &path, &query).await?;
        let text = match E::SCOPE {
            Scope::Platform => "Only platform administrators may do this.",
            Scope::Partner | Scope::Account => "Your account has no role that allows this.",
        };
        return Err(Error::Forbidden(text.to_owned()));
    }
    let bytes = read_body(body, state.body_limit::<E>()).await?;
    let body: E::Body = state.validators.body::<E>(&bytes)?;
    request.if_match = if_match(&parts.headers)?;
    request.idempotency = idempotency::<E>(parts, &bytes)?;
    if E::METHOD == Method::GET {
        let mut op = Operation::reading(state.app.clone(), request).await?;
        let answer = E::handle(&mut op, path, query, body).await?;
        return answered(StatusCode::OK, &encode::<E>(&answer)?);
    }
    match Operation::writing(state.app.clone(), request).await? {
        crate::app::Begun::Replayed(row) => {
            let status = u16::try_from(row.status).ok().and_then(|code| StatusCode::from_u16(code).ok());
            let mut response = answered(status.unwrap_or(StatusCode::OK), &row.answer)?;
            response.headers_mut().insert(IDEMPOTENT_REPLAYED, HeaderValue::from_static("true"));
            Ok(response)
        }
        crate::app::Begun::New(mut op) => {
            let answer = E::handle(&mut op, path, query, body).await?;
            let text = encode::<E>(&answer)?;
            let status = success::<E>(&text);
            let kept = text.clone();
            // A task of its own: when the caller goes away now, the commit and what follows it still happen.
            let commit = tokio::spawn(async move { op.commit(status.as_u16(), &kept).await });
            commit.await.map_err(|error| Error::internal("commit", error))??;
            answered(status, &text)
        }
    }
}

/// The status of a call that succeeded.
fn success<E: Endpoint>(text: &str) -> StatusCode {
    match (E::METHOD, text) {
        (_, "null") => StatusCode::NO_CONTENT,
        (Method::POST, _) => StatusCode::CREATED,
        _ => StatusCode::OK,
    }
}

fn encode<E: Endpoint>(answer: &E::Answer) -> Result<String, Error> {
    serde_json::to_string(answer).map_err(|error| Error::internal("answer", error))
}

/// An answer with its body, and the object's version as `ETag`.
fn answered(status: StatusCode, text: &str) -> Result<Response, Error> {
    if status == StatusCode::NO_CONTENT {
        return Ok(status.into_response());
    }
    let mut response =
        (status, [(header::CONTENT_TYPE, "application/json")], text.to_owned()).into_response();
    #[derive(serde::Deserialize)]
    struct Versioned {
        version: Option<i64>,
    }
    let version = serde_json::from_str::<Versioned>(text).ok().and_then(|object| object.version);
    if let Some(version) = version {
        let etag =
            HeaderValue::from_str(&format!("\"{version}\"")).map_err(|e| Error::internal("etag", e))?;
        response.headers_mut().insert(header::ETAG, etag);
    }
    Ok(response)
}

async fn authenticate(app: &App, headers: &HeaderMap) -> Result<Actor, Error> {
    let token = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .ok_or(Error::Unauthorized("Send a token: Authorization: Bearer esu_..."))?;
    app.authenticate(&SecretString::from(token.trim())).await
}

fn request_id(headers: &HeaderMap) -> Uuid {
    let sent = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok());
    sent.and_then(|text| text.parse().ok()).unwrap_or_else(Uuid::new_v4)
}

fn agent(headers: &HeaderMap) -> String {
    let text = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or("unknown");
    text.chars().take(MAX_AGENT_LENGTH).collect()
}

fn if_match(headers: &HeaderMap) -> Result<Option<i64>, Error> {
    let Some(value) = headers.get(header::IF_MATCH) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(None);
    }
    text.trim_start_matches("W/").trim_matches('"').parse().map(Some).map_err(|_| {
        Error::BadRequest("If-Match takes the value of the object's ETag, such as \"3\"".to_owned())
    })
}

/// The idempotency key of a creation, with the hash of everything that makes the request what it is.
fn idempotency<E: Endpoint>(parts: &Parts, body: &[u8]) -> Result<Option<(String, [u8; 32])>, Error> {
    let Some(value) = parts.headers.get(IDEMPOTENCY_KEY).filter(|_| E::METHOD == Method::POST) else {
        return Ok(None);
    };
    let key = value.to_str().unwrap_or_default();
    if key.is_empty() || key.len() > MAX_KEY_LENGTH {
        return Err(Error::BadRequest("Idempotency-Key takes 1 to 255 ASCII characters".to_owned()));
    }
    let target = parts.uri.path_and_query().map_or("", |target| target.as_str());
    let mut hash = Sha256::new();
    hash.update(target.as_bytes());
    hash.update([0]);
    hash.update(body);
    Ok(Some((key.to_owned(), hash.finalize().into())))
}

async fn read_body(body: Body, limit: usize) -> Result<Bytes, Error> {
    axum::body::to_bytes(body, limit)
        .await
        .map_err(|_| Error::BadRequest(format!("the body is longer than {limit} bytes, or was cut off")))
}

async fn path_parameters<T: DeserializeOwned>(parts: &mut Parts) -> Result<T, Error> {
    let raw = RawPathParams::from_request_parts(parts, &())
        .await
        .map_err(|rejection| Error::BadRequest(rejection.body_text()))?;
    let fields: Map<String, Value> =
        raw.iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
    serde_json::from_value(Value::Object(fields)).map_err(|error| Error::internal("path", error))
}

fn query_parameters<T: DeserializeOwned>(parts: &Parts) -> Result<T, Error> {
    extract::Query::<T>::try_from_uri(&parts.uri)
        .map(|extract::Query(query)| query)
        .map_err(|rejection| Error::BadRequest(rejection.body_text()))
}
