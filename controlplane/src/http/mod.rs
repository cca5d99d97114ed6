//! HTTP: parse, call the application, return its view. No rules and no queries here.

mod batch;
mod call;
mod error;
mod lines;
mod metrics;
mod mount;
mod noun;
mod ops;
mod validate;

use crate::app::App;
use axum::Router;
use metrics::Metrics;
use mount::mount;
use schemas::{endpoint, endpoint::Endpoint};
use std::sync::Arc;
use validate::Validators;

/// The longest body of a request, in bytes.
const BODY_LIMIT: usize = 1 << 20;

/// The longest batch, in bytes.
const BATCH_LIMIT: usize = 8 << 20;

/// What every request shares.
#[derive(Clone)]
pub(crate) struct State {
    app: App,
    validators: Arc<Validators>,
    metrics: Arc<Metrics>,
}

impl State {
    /// The longest body that an endpoint takes, in bytes.
    fn body_limit<E: Endpoint>(&self) -> usize {
        let long = [endpoint::observation::Create::ID, endpoint::batch::Run::ID];
        if long.contains(&E::ID) { BATCH_LIMIT } else { BODY_LIMIT }
    }
}

/// The whole API.
pub fn router(app: App) -> Router {
    macro_rules! mounted {
        ($($noun:ident::$name:ident),* $(,)?) => {{
            let mut router = Router::new();
            $(router = mount::<endpoint::$noun::$name>(router);)*
            router
        }};
    }
    let routes: Router<State> = schemas::for_each_endpoint!(mounted);
    let state = State { app, validators: Arc::default(), metrics: Arc::default() };
    routes
        .merge(ops::routes())
        .fallback(ops::no_such_path)
        .method_not_allowed_fallback(ops::no_such_method)
        .with_state(state)
}
