//! Many clients at once: a body of any length, which is not held in memory.

use crate::{
    app::{
        Act, Error, IdempotencyKey, Operation,
        client::{self, MAX_ERRORS},
    },
    http::{
        State,
        call::check_key,
        lines::{Answer, Bounds, Received},
        mount::{self, Calling, Served},
    },
};
use axum::{
    extract,
    response::{IntoResponse, Response},
    routing::{MethodRouter, on},
};
use http::{HeaderValue, header};
use schemas::{
    endpoint::{
        Endpoint,
        clients::{Create, MAX_LINE_LENGTH, MAX_LINES},
    },
    resource::clients::ClientLine,
};
use std::time::Duration;

/// What a body may be.
const BOUNDS: Bounds = Bounds { lines: MAX_LINES, length: MAX_LINE_LENGTH, errors: MAX_ERRORS };

impl Served for Create {
    const TIMEOUT: Duration = Duration::from_secs(600);

    fn route() -> MethodRouter<State> {
        on(mount::method::<Self>(), serve)
    }

    fn member() -> Option<Box<dyn crate::http::batch::Batched>> {
        None
    }
}

async fn serve(extract::State(state): extract::State<State>, request: extract::Request) -> Response {
    let mut call = Calling::new(request.headers());
    let outcome = run(&state, request, &mut call).await;
    mount::finished(&state, Create::ID, &call, outcome)
}

async fn run(state: &State, request: extract::Request, call: &mut Calling) -> Result<Response, Error> {
    let (mut parts, body) = request.into_parts();
    let request = mount::request(state, &parts, call).await?;
    let (sent, dry_run) = mount::sent::<Create>(&mut parts).await?;
    let partner = sent.path.get("id").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
    if let Some(query) = sent.uri.query() {
        return Err(Error::BadRequest(format!("no parameter but dry_run is accepted here, not \"{query}\"")));
    }
    // Before the body is read: whoever may not send it need not.
    let mut reading = Operation::reading(state.app.clone(), request.clone()).await?;
    reading.enter(Act::of::<Create>());
    reading.partner(&partner).await?;
    drop(reading);
    let mut received = Received::<ClientLine>::receive(body, &BOUNDS, &state.validators).await?;
    let key = match sent.idempotency_key {
        Some(key) => {
            check_key(&key)?;
            Some(IdempotencyKey { key, hash: received.hash(&sent.uri.to_string()) })
        }
        None => None,
    };
    let mut op = Operation::writing(state.app.clone(), request, dry_run).await?;
    op.enter(Act::of::<Create>());
    let mut answer = Answer::new();
    let mut write = |receipt: &_| answer.write(receipt);
    let known = match key {
        Some(key) => op.claim(key).await?,
        None => None,
    };
    let is_replayed = known.is_some();
    let mut lines = received.lines()?;
    match known {
        Some(row) => client::receipts_of(&mut op, &partner, row.created_at, &mut lines, &mut write).await?,
        None => {
            client::create_many(&mut op, &partner, &mut lines, &mut write).await?;
            // The answer is not kept: it is read again from what was created.
            op.answered(Create::STATUS.as_u16(), "").await?;
        }
    }
    drop(lines);
    mount::end(op).await?;
    let kind = [(header::CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"))];
    let mut response = (Create::STATUS, kind, answer.into_body()?).into_response();
    mount::mark(&mut response, is_replayed, dry_run);
    Ok(response)
}
