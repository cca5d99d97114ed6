//! HTTP: parse, call the application, return its view. No rules and no queries here.

mod batch;
mod call;
mod error;
mod lines;
pub mod local;
mod metrics;
mod mount;
mod noun;
mod ops;
mod rate;
mod unread;
mod validate;

use crate::app::App;
use axum::{Router, middleware};
use metrics::Metrics;
use mount::mount;
use rate::Rate;
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
    rate: Arc<Rate>,
}

impl State {
    fn new(app: App, requests_per_second: u32) -> Self {
        let rate = Arc::new(Rate::new(requests_per_second));
        Self { app, validators: Arc::default(), metrics: Arc::default(), rate }
    }

    /// The longest body that an endpoint takes, in bytes.
    fn body_limit<E: Endpoint>(&self) -> usize {
        let long = [endpoint::observation::Create::ID, endpoint::batch::Run::ID];
        if long.contains(&E::ID) { BATCH_LIMIT } else { BODY_LIMIT }
    }
}

/// The whole API, for so many requests a second of each token; 0 is no limit.
pub fn router(app: App, requests_per_second: u32) -> Router {
    macro_rules! mounted {
        ($($noun:ident::$name:ident),* $(,)?) => {{
            let mut router = Router::new();
            $(router = mount::<endpoint::$noun::$name>(router);)*
            router
        }};
    }
    let routes: Router<State> = schemas::for_each_endpoint!(mounted);
    let state = State::new(app, requests_per_second);
    routes
        .merge(ops::routes())
        .fallback(ops::no_such_path)
        .method_not_allowed_fallback(ops::no_such_method)
        .layer(middleware::from_fn(unread::drop_unread))
        .with_state(state)
}
