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
use axum::{Router, extract::ConnectInfo, middleware};
use http::request::Parts;
use metrics::Metrics;
use mount::mount;
use rate::Rate;
use schemas::{endpoint, endpoint::Endpoint};
use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
};
use validate::Validators;

/// The longest body of a request, in bytes.
const BODY_LIMIT: usize = 1 << 20;

/// The header in which a proxy tells who calls it.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// The longest batch, in bytes.
const BATCH_LIMIT: usize = 8 << 20;

/// What every request shares.
#[derive(Clone)]
pub(crate) struct State {
    app: App,
    validators: Arc<Validators>,
    metrics: Arc<Metrics>,
    rate: Arc<Rate>,
    behind_proxy: bool,
}

/// How the API is served.
#[derive(Clone, Copy, Debug, Default)]
pub struct Settings {
    /// How many requests a second each token may send; 0 is no limit.
    pub requests_per_second: u32,
    /// Whether a proxy stands before the server, which tells callers' addresses in `X-Forwarded-For`.
    pub behind_proxy: bool,
}

impl State {
    fn new(app: App, settings: Settings) -> Self {
        let rate = Arc::new(Rate::new(settings.requests_per_second));
        let behind_proxy = settings.behind_proxy;
        Self { app, validators: Arc::default(), metrics: Arc::default(), rate, behind_proxy }
    }

    /// Where a request comes from: what the proxy before us says, which writes behind what it was told itself, or else
    /// the other end of the connection.
    fn address(&self, parts: &Parts) -> IpAddr {
        let told =
            parts.headers.get_all(FORWARDED_FOR).iter().next_back().and_then(|value| value.to_str().ok());
        let told = told.and_then(|text| text.rsplit(',').next()).and_then(|text| text.trim().parse().ok());
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        let address: Option<IpAddr> = if self.behind_proxy { told.or(peer) } else { peer };
        address.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED))
    }

    /// The longest body that an endpoint takes, in bytes.
    fn body_limit<E: Endpoint>(&self) -> usize {
        let long = [endpoint::observation::Create::ID, endpoint::batch::Run::ID];
        if long.contains(&E::ID) { BATCH_LIMIT } else { BODY_LIMIT }
    }
}

/// The whole API.
pub fn router(app: App, settings: Settings) -> Router {
    macro_rules! mounted {
        ($($noun:ident::$name:ident),* $(,)?) => {{
            let mut router = Router::new();
            $(router = mount::<endpoint::$noun::$name>(router);)*
            router
        }};
    }
    let routes: Router<State> = schemas::for_each_endpoint!(mounted);
    let state = State::new(app, settings);
    routes
        .merge(ops::routes())
        .fallback(ops::no_such_path)
        .method_not_allowed_fallback(ops::no_such_method)
        .layer(middleware::from_fn(unread::drop_unread))
        .with_state(state)
}
