//! Operations on login sessions.

use super::handle;
use crate::{
    app::{Error, Request, login_session as app},
    http::{
        State,
        call::Payload,
        mount::{self, Calling, Served},
    },
};
use axum::{
    extract,
    response::{IntoResponse, Response},
    routing::{MethodRouter, on},
};
use schemas::endpoint::{Endpoint, login_session as endpoint};

handle!(endpoint::List, |op, path, query, ()| app::list(op, &path.id, &query).await);
handle!(endpoint::Delete, |op, path, _, ()| app::delete(op, &path.id, &path.number).await);
handle!(endpoint::Impersonate, |op, path, _, ()| app::impersonate(op, &path.id).await);

/// A login is counted and its password compared before anything is written: a transaction would be held meanwhile.
impl Served for endpoint::Create {
    fn route() -> MethodRouter<State> {
        on(mount::method::<Self>(), serve)
    }

    fn member() -> Option<Box<dyn crate::http::batch::Batched>> {
        None
    }
}

async fn serve(extract::State(state): extract::State<State>, request: extract::Request) -> Response {
    let call = Calling::new(request.headers());
    let outcome = run(&state, request, &call).await;
    mount::finished(&state, endpoint::Create::ID, &call, outcome)
}

async fn run(state: &State, request: extract::Request, call: &Calling) -> Result<Response, Error> {
    let (mut parts, body) = request.into_parts();
    let (sent, dry_run) = mount::sent::<endpoint::Create>(&mut parts).await?;
    if let Some(query) = sent.uri.query() {
        return Err(Error::BadRequest(format!("no parameter but dry_run is accepted here, not \"{query}\"")));
    }
    let bytes = mount::read_body(body, state.body_limit::<endpoint::Create>()).await?;
    let (spec, _) = state.validators.body::<endpoint::Create>(Payload::Bytes(bytes))?;
    let address = state.address(&parts);
    state.app.count_attempt(&spec.login, address).await?;
    let actor = state.app.known_by_password(&spec).await?;
    let (request_id, agent) = (call.request_id(), mount::agent(&parts.headers));
    let request = Request { actor, request_id, agent, address };
    let (op, view) = state.app.log_in(request, &spec, dry_run).await?;
    mount::end(op).await?;
    let mut response = (endpoint::Create::STATUS, axum::Json(view)).into_response();
    mount::mark(&mut response, false, dry_run);
    Ok(response)
}
