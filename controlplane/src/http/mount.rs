//! How an endpoint is served: who calls, with what, in which transaction; then the rule; then the answer.

use super::{
    State,
    batch::{Batched, Member},
    call::{Done, Payload, Sent, perform, refusal, without_dry_run},
    error,
    rate::Allowance,
};
use crate::app::{Act, Actor, App, Error, Operation, Request};
use axum::{
    Router,
    body::{Body, Bytes},
    extract::{self, FromRequestParts, RawPathParams},
    response::{IntoResponse, Response},
    routing::{MethodFilter, MethodRouter, on},
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header, request::Parts};
use schemas::endpoint::{Endpoint, Scope, batch};
use secrecy::SecretString;
use serde_json::Value;
use std::time::{Duration, Instant};
use tower_http::timeout::TimeoutLayer;
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
        state: &State,
        op: &mut Operation,
        path: Self::Path,
        query: Self::Query,
        body: Self::Body,
    ) -> Result<Self::Answer, Error>;
}

/// How an endpoint is reached.
pub(crate) trait Served: Endpoint {
    /// How long a request may take.
    const TIMEOUT: Duration = Duration::from_secs(60);

    /// The route of its path.
    fn route() -> MethodRouter<State>;

    /// The same in a batch, for what can be in one.
    fn member() -> Option<Box<dyn Batched>>;
}

impl<E: Handle> Served for E {
    fn route() -> MethodRouter<State> {
        on(method::<E>(), serve::<E>)
    }

    fn member() -> Option<Box<dyn Batched>> {
        let is_member = E::ID != batch::Run::ID && E::SCOPE != Scope::Nobody;
        is_member.then(|| Box::new(Member::<E>::default()) as Box<dyn Batched>)
    }
}

/// The header by which a call is found in the logs.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The header by which a repetition of a call is known.
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// The header that says that an answer is repeated.
const IDEMPOTENT_REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
/// The header that says that nothing was done.
const DRY_RUN: HeaderName = HeaderName::from_static("esu-dry-run");
/// The longest name of a calling program that is kept.
const MAX_AGENT_LENGTH: usize = 255;

/// An endpoint's method, as routes have it.
pub(crate) fn method<E: Endpoint>() -> MethodFilter {
    MethodFilter::try_from(E::METHOD).unwrap_or(MethodFilter::GET)
}

/// Adds an endpoint to the routes.
pub(crate) fn mount<E: Served>(router: Router<State>) -> Router<State> {
    let timeout = TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, E::TIMEOUT);
    router.route(E::PATH, E::route().layer(timeout))
}

async fn serve<E: Handle>(
    extract::State(state): extract::State<State>,
    request: extract::Request,
) -> Response {
    let (mut parts, body) = request.into_parts();
    let mut call = Calling::new(&parts.headers);
    let outcome = run::<E>(&state, &mut parts, body, &mut call).await;
    finished(&state, E::ID, &call, outcome)
}

/// What is known of a call however it ends.
pub(crate) struct Calling {
    request_id: Uuid,
    allowance: Option<Allowance>,
}

impl Calling {
    pub(crate) fn new(headers: &HeaderMap) -> Self {
        Self { request_id: request_id(headers), allowance: None }
    }

    pub(crate) fn request_id(&self) -> Uuid {
        self.request_id
    }
}

/// The answer, counted and with the request's id.
pub(crate) fn finished(
    state: &State,
    operation: &'static str,
    call: &Calling,
    outcome: Result<Response, Error>,
) -> Response {
    let mut response = outcome.unwrap_or_else(|refusal| error::response(refusal, call.request_id, operation));
    if let Some(allowance) = &call.allowance {
        allowance.tell(&mut response);
    }
    state.metrics.request(operation, response.status());
    if let Ok(id) = HeaderValue::from_str(&call.request_id.to_string()) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

async fn run<E: Handle>(
    state: &State,
    parts: &mut Parts,
    body: Body,
    call: &mut Calling,
) -> Result<Response, Error> {
    let request = match E::SCOPE {
        Scope::Nobody => App::nobodys_request(call.request_id, agent(&parts.headers), state.address(parts)),
        _ => request(state, parts, call).await?,
    };
    let (sent, dry_run) = sent::<E>(parts).await?;
    let target = sent.target::<E>()?;
    if !request.actor.may_call(Act::of::<E>()) {
        let mut op = Operation::reading(state.app.clone(), request).await?;
        return Err(refusal(&mut op, target).await);
    }
    let (address, link) = (request.address, sent.link());
    let bytes = read_body(body, state.body_limit::<E>()).await?;
    let prepared = sent.prepare(state, target, Payload::Bytes(bytes))?;
    if E::METHOD == Method::GET {
        let mut op = Operation::reading(state.app.clone(), request).await?;
        return answered(&perform(state, &mut op, prepared).await?);
    }
    if E::SCOPE == Scope::Nobody {
        state.app.count_open(link.as_deref(), address).await?;
    }
    let mut op = Operation::writing(state.app.clone(), request, dry_run).await?;
    let done = perform(state, &mut op, prepared).await?;
    let mut response = answered(&done)?;
    mark(&mut response, done.replayed, dry_run);
    end(op).await?;
    Ok(response)
}

/// Ends a writing call in a task of its own: when the caller goes away now, the commit and what follows it still happen.
pub(crate) async fn end(op: Operation) -> Result<(), Error> {
    let ended = tokio::spawn(op.end());
    ended.await.map_err(|error| Error::internal("commit", error))?
}

/// Who calls, by which token and program, if it does not call too often.
pub(crate) async fn request(state: &State, parts: &Parts, call: &mut Calling) -> Result<Request, Error> {
    let headers = &parts.headers;
    let actor = authenticate(&state.app, headers).await?;
    let (allowance, admitted) = state.rate.admit(actor.token_id, Instant::now());
    call.allowance = allowance;
    admitted?;
    let (agent, address) = (agent(headers), state.address(parts));
    Ok(Request { actor, request_id: call.request_id, agent, address })
}

/// A call as it came, and whether it is a dry run.
pub(crate) async fn sent<E: Endpoint>(parts: &mut Parts) -> Result<(Sent, bool), Error> {
    let raw = RawPathParams::from_request_parts(parts, &())
        .await
        .map_err(|rejection| Error::BadRequest(rejection.body_text()))?;
    let path = raw.iter().map(|(name, value)| (name.to_owned(), Value::from(value))).collect();
    let (uri, dry_run) =
        if E::METHOD == Method::GET { (parts.uri.clone(), false) } else { without_dry_run(&parts.uri)? };
    let text =
        |name: HeaderName| parts.headers.get(name).map(|value| value.to_str().unwrap_or_default().to_owned());
    let sent = Sent {
        path,
        uri,
        if_match: text(header::IF_MATCH),
        if_none_match: text(header::IF_NONE_MATCH).filter(|_| E::METHOD != Method::GET),
        idempotency_key: text(IDEMPOTENCY_KEY),
    };
    Ok((sent, dry_run))
}

/// An answer with its body, and the object's version as `ETag`.
fn answered(done: &Done) -> Result<Response, Error> {
    let mut response = if done.text.is_empty() {
        done.status.into_response()
    } else {
        (done.status, [(header::CONTENT_TYPE, "application/json")], done.text.clone()).into_response()
    };
    if let Some(etag) = done.etag() {
        let etag = HeaderValue::from_str(&etag).map_err(|error| Error::internal("etag", error))?;
        response.headers_mut().insert(header::ETAG, etag);
    }
    Ok(response)
}

/// Says of an answer that it is that of an earlier call, or of a call that was only tried.
pub(crate) fn mark(response: &mut Response, is_replayed: bool, is_dry_run: bool) {
    for (name, is_so) in [(IDEMPOTENT_REPLAYED, is_replayed), (DRY_RUN, is_dry_run)] {
        if is_so {
            response.headers_mut().insert(name, HeaderValue::from_static("true"));
        }
    }
}

async fn authenticate(app: &App, headers: &HeaderMap) -> Result<Actor, Error> {
    let token = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .ok_or(Error::Unauthorized("Send a token: Authorization: Bearer esu_..."))?;
    app.authenticate(&SecretString::from(token.trim())).await
}

/// The id by which a call is found in the logs: the caller's, or a new one.
fn request_id(headers: &HeaderMap) -> Uuid {
    let sent = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok());
    sent.and_then(|text| text.parse().ok()).unwrap_or_else(Uuid::new_v4)
}

/// The program that calls.
pub(crate) fn agent(headers: &HeaderMap) -> String {
    let text = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or("unknown");
    text.chars().take(MAX_AGENT_LENGTH).collect()
}

/// The body of a request.
pub(crate) async fn read_body(body: Body, limit: usize) -> Result<Bytes, Error> {
    axum::body::to_bytes(body, limit)
        .await
        .map_err(|_| Error::BadRequest(format!("the body is longer than {limit} bytes, or was cut off")))
}
