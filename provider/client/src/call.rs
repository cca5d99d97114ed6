//! Calling the server.

use crate::{
    answer::Answer,
    batch::Batcher,
    collection::Collections,
    config::{Config, ConfigError},
    endpoint::Endpoint,
    error::ClientError,
    repeat::{Refused, Route},
    transport::{Prepared, Transport},
    url::url_of,
};
use http::Method;
use schemas::{
    endpoint::{self, Endpoint as _, idempotency},
    registry::EndpointInfo,
};
use serde::Serialize;
use serde_json::Value;
use std::{fmt, sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

/// What a single call adds to the client's settings.
#[derive(Clone, Debug, Default)]
pub struct CallOptions {
    /// Makes repeating a POST safe: the server carries it out once.
    pub idempotency_key: Option<String>,
    /// Refuses the write unless the object still has this version.
    pub if_match: Option<i64>,
    /// Refuses the write where something is there already.
    pub if_none_match: bool,
    /// How long the call may take with all repetitions; 20 minutes without it.
    pub deadline: Option<Duration>,
    /// How often it is repeated at most, instead of the client's own number.
    pub max_retries: Option<u32>,
    /// Ends waiting, and reading; a write that is on its way is finished.
    pub cancellation: Option<CancellationToken>,
}

/// A client of one server with one token.
pub struct Client {
    transport: Arc<Transport>,
    partner: Option<String>,
    /// What sends writes together and reads by lists, where that is wanted.
    batcher: Option<Arc<Batcher>>,
    collections: Option<Arc<Collections>>,
}

impl Client {
    /// A client with these settings. Nothing is sent yet.
    ///
    /// # Errors
    /// A setting that no request can be sent with.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        let transport = Arc::new(Transport::new(&config)?);
        let batcher = config.batch.then(|| Arc::new(Batcher::new(Arc::clone(&transport))));
        let collections = || Arc::new(Collections::new(Arc::clone(&transport), config.partner.clone()));
        let collections = config.batch.then(collections);
        Ok(Self { transport, partner: config.partner, batcher, collections })
    }

    /// Code of the partner in which codes are looked up where nothing else is said.
    pub fn partner(&self) -> Option<&str> {
        self.partner.as_deref()
    }

    /// The server.
    pub fn endpoint(&self) -> &Endpoint {
        self.transport.endpoint()
    }

    /// Calls an endpoint.
    ///
    /// # Errors
    /// Why there is no answer.
    pub async fn call<E: endpoint::Endpoint>(
        &self,
        path: &E::Path,
        query: &E::Query,
        body: &E::Body,
        options: &CallOptions,
    ) -> Result<E::Answer, ClientError> {
        let (params, query, body) = (json(path)?, json(query)?, json(body)?);
        let body = Some(body).filter(|body| !body.is_null());
        let answer = self.request(&E::METHOD, E::PATH, &params, &query, body.as_ref(), options).await?;
        // Through a JSON value: numbers of flattened structs stay exact only that way.
        serde_json::from_value(answer.body)
            .map_err(|error| ClientError::Malformed { status: 200, reason: error.to_string() })
    }

    /// Calls an endpoint that is known as data, with parameters, query and body as JSON.
    ///
    /// # Errors
    /// Why there is no answer.
    pub async fn send(
        &self,
        endpoint: &EndpointInfo,
        params: &Value,
        query: &Value,
        body: Option<&Value>,
        options: &CallOptions,
    ) -> Result<Answer, ClientError> {
        self.request(&endpoint.method, endpoint.path, params, query, body, options).await
    }

    /// Calls an endpoint whose body and answer are lines of JSON. The answer's body is an array of them.
    ///
    /// # Errors
    /// Why there is no answer.
    pub async fn send_lines(
        &self,
        endpoint: &EndpointInfo,
        params: &Value,
        lines: Vec<Value>,
        options: &CallOptions,
    ) -> Result<Answer, ClientError> {
        let (method, path) = (&endpoint.method, endpoint.path);
        let lines = Value::Array(lines);
        let request = self.prepare(method, path, params, &Value::Null, Some(&lines), options)?;
        let request = Prepared { is_lines: true, ..request };
        self.tell_collections(&request);
        let route = Route::Alone(&self.transport);
        route.repeat(&Arc::new(request), options).await.map_err(|refused| refused.error)
    }

    async fn request(
        &self,
        method: &Method,
        path: &str,
        params: &Value,
        query: &Value,
        body: Option<&Value>,
        options: &CallOptions,
    ) -> Result<Answer, ClientError> {
        let request = self.prepare(method, path, params, query, body, options)?;
        self.tell_collections(&request);
        let route = Route::Alone(&self.transport);
        route.repeat(&Arc::new(request), options).await.map_err(|refused| refused.error)
    }

    /// Sends a write, with others that are sent now where that is wanted.
    pub(crate) async fn write(
        &self,
        endpoint: &EndpointInfo,
        params: &Value,
        query: &Value,
        body: Option<&Value>,
        options: &CallOptions,
    ) -> Result<Answer, Refused> {
        let prepared = self.prepare(&endpoint.method, endpoint.path, params, query, body, options);
        let request = prepared.map_err(|error| Refused { error, unanswered: Vec::new() })?;
        self.tell_collections(&request);
        let route = match &self.batcher {
            Some(batcher) => batcher.route(),
            None => Route::Alone(&self.transport),
        };
        route.repeat(&Arc::new(request), options).await
    }

    /// The collections that reads may be answered from.
    pub(crate) fn collections(&self) -> Option<&Arc<Collections>> {
        self.collections.as_ref()
    }

    fn prepare(
        &self,
        method: &Method,
        path: &str,
        params: &Value,
        query: &Value,
        body: Option<&Value>,
        options: &CallOptions,
    ) -> Result<Prepared, ClientError> {
        Ok(Prepared {
            method: method.clone(),
            url: url_of(self.endpoint(), path, params, query)?,
            body: body.cloned(),
            is_lines: false,
            idempotency_key: options.idempotency_key.clone(),
            if_match: options.if_match,
            if_none_match: options.if_none_match,
        })
    }

    /// What was listed may not hold any more once something is written.
    fn tell_collections(&self, request: &Prepared) {
        let is_rehearsal =
            request.url.query_pairs().any(|(name, value)| name == "dry_run" && value == "true");
        // The register of idempotency keys is no collection of objects.
        let is_bookkeeping = request.url.path().ends_with(idempotency::Forget::PATH);
        if request.method != Method::GET
            && !is_rehearsal
            && !is_bookkeeping
            && let Some(collections) = &self.collections
        {
            collections.forget();
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("endpoint", self.endpoint()).finish_non_exhaustive()
    }
}

fn json<T: Serialize>(value: &T) -> Result<Value, ClientError> {
    serde_json::to_value(value).map_err(|error| unwritable(&error))
}

fn unwritable(error: &serde_json::Error) -> ClientError {
    ClientError::Request(error.to_string())
}
