//! Sending requests: one attempt, and the loop around it.

use crate::{
    answer::{Answer, Received},
    config::{Config, ConfigError, Setting},
    endpoint::Endpoint,
    error::ClientError,
    pace::Pace,
    retry, tls,
    url::url_of,
};
use http::{HeaderValue, Method, header};
use reqwest::Url;
use schemas::{endpoint, registry::EndpointInfo};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::Value;
use std::{error::Error, fmt, time::Duration};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

/// How long opening a connection may take; a server that is there answers at once.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a request and its repetitions may take where the caller says nothing.
const DEADLINE: Duration = Duration::from_secs(20 * 60);
/// The largest body that is read.
const MAX_BODY: usize = 64 << 20;

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
    http: reqwest::Client,
    endpoint: Endpoint,
    token: SecretString,
    partner: Option<String>,
    request_timeout: Duration,
    max_retries: u32,
    pace: Pace,
}

/// A request, ready to be sent as often as needed.
struct Prepared {
    method: Method,
    url: Url,
    body: Option<Vec<u8>>,
    idempotency_key: Option<String>,
    if_match: Option<i64>,
    if_none_match: bool,
}

/// Why an attempt failed.
struct Failure {
    error: ClientError,
    /// Whether the server may have the request.
    sent: bool,
    asked_wait: Option<Duration>,
}

impl Client {
    /// A client with these settings. Nothing is sent yet.
    ///
    /// # Errors
    /// A setting that no request can be sent with.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        let token = config.token.expose_secret();
        if token.is_empty() || HeaderValue::from_str(token).is_err() {
            return Err(ConfigError::new(
                Setting::Token,
                "it is empty, or holds characters that no token has",
            ));
        }
        let http = reqwest::Client::builder()
            .use_preconfigured_tls(tls::settings(&config)?)
            // A redirect would carry the token to an address that the user did not name.
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT.min(config.request_timeout))
            .timeout(config.request_timeout)
            .tcp_nodelay(true)
            .user_agent(&config.user_agent)
            .build()
            .map_err(|error| ConfigError::new(Setting::Endpoint, chain(&error)))?;
        Ok(Self {
            http,
            endpoint: config.endpoint,
            token: config.token,
            partner: config.partner,
            request_timeout: config.request_timeout,
            max_retries: config.max_retries,
            pace: Pace::new(config.requests_per_second),
        })
    }

    /// Code of the partner in which codes are looked up where nothing else is said.
    pub fn partner(&self) -> Option<&str> {
        self.partner.as_deref()
    }

    /// The server.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
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

    async fn request(
        &self,
        method: &Method,
        path: &str,
        params: &Value,
        query: &Value,
        body: Option<&Value>,
        options: &CallOptions,
    ) -> Result<Answer, ClientError> {
        let prepared = Prepared {
            method: method.clone(),
            url: url_of(&self.endpoint, path, params, query)?,
            body: body.map(serde_json::to_vec).transpose().map_err(|error| unwritable(&error))?,
            idempotency_key: options.idempotency_key.clone(),
            if_match: options.if_match,
            if_none_match: options.if_none_match,
        };
        self.repeat(&prepared, options).await
    }

    /// Sends a request until it is answered, or another attempt makes no sense.
    async fn repeat(&self, request: &Prepared, options: &CallOptions) -> Result<Answer, ClientError> {
        let deadline = Instant::now() + options.deadline.unwrap_or(DEADLINE);
        let max_retries = options.max_retries.unwrap_or(self.max_retries);
        let idempotent = retry::is_idempotent(&request.method, request.idempotency_key.is_some());
        let mut waited = Duration::ZERO;
        let mut attempt = 0;
        loop {
            wait_until(self.pace.take_slot(), options).await?;
            let failure = match self.attempt(request, deadline, options).await {
                Ok(answer) => return Ok(Answer { waited, ..answer }),
                Err(failure) => failure,
            };
            attempt += 1;
            let wait = retry::wait(attempt, failure.asked_wait);
            let worth_it = retry::is_worth_it(&failure.error, idempotent, failure.sent);
            if !worth_it || attempt > max_retries || Instant::now() + wait >= deadline {
                return Err(failure.error);
            }
            wait_until(Instant::now() + wait, options).await?;
            waited += wait;
        }
    }

    async fn attempt(
        &self,
        request: &Prepared,
        deadline: Instant,
        options: &CallOptions,
    ) -> Result<Answer, Failure> {
        let left = deadline.saturating_duration_since(Instant::now());
        let exchange = self.exchange(request, left.min(self.request_timeout));
        let cancelled = || Failure { error: ClientError::Cancelled, sent: true, asked_wait: None };
        // What a write that is cut off did, nobody knows: it is waited for.
        let received = match options.cancellation.as_ref().filter(|_| request.method == Method::GET) {
            Some(token) => token.run_until_cancelled(exchange).await.ok_or_else(cancelled)?,
            None => exchange.await,
        };
        let received = received?;
        let asked_wait = retry::asked_wait(&received.headers);
        let replayed = received.headers.contains_key("idempotent-replayed");
        match received.into_body() {
            Ok(body) => Ok(Answer { body, replayed, waited: Duration::ZERO }),
            Err(error) => Err(Failure { error, sent: true, asked_wait }),
        }
    }

    async fn exchange(&self, request: &Prepared, timeout: Duration) -> Result<Received, Failure> {
        let mut builder = self
            .http
            .request(request.method.clone(), request.url.clone())
            .bearer_auth(self.token.expose_secret())
            .header(header::ACCEPT, "application/json")
            .timeout(timeout);
        if let Some(key) = &request.idempotency_key {
            builder = builder.header("Idempotency-Key", key);
        }
        if let Some(version) = request.if_match {
            builder = builder.header(header::IF_MATCH, format!("\"{version}\""));
        }
        if request.if_none_match {
            builder = builder.header(header::IF_NONE_MATCH, "*");
        }
        if let Some(body) = &request.body {
            builder = builder.header(header::CONTENT_TYPE, "application/json").body(body.clone());
        }
        let mut response = builder.send().await.map_err(|error| self.failure(&error))?;
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.failure(&error))? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > MAX_BODY {
                let reason = format!("its body is longer than {} MiB", MAX_BODY >> 20);
                let error = ClientError::Malformed { status: response.status().as_u16(), reason };
                return Err(Failure { error, sent: true, asked_wait: None });
            }
        }
        let headers = std::mem::take(response.headers_mut());
        Ok(Received { status: response.status(), headers, bytes })
    }

    fn failure(&self, error: &reqwest::Error) -> Failure {
        let endpoint = self.endpoint.to_string();
        let sent = !error.is_connect() && !error.is_builder();
        let error = if error.is_timeout() && sent {
            ClientError::Timeout { endpoint, after: self.request_timeout }
        } else {
            ClientError::Unreachable { endpoint, reason: chain(error) }
        };
        Failure { error, sent, asked_wait: None }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

async fn wait_until(instant: Instant, options: &CallOptions) -> Result<(), ClientError> {
    match &options.cancellation {
        Some(token) => token.run_until_cancelled(sleep_until(instant)).await.ok_or(ClientError::Cancelled),
        None => {
            sleep_until(instant).await;
            Ok(())
        }
    }
}

fn json<T: Serialize>(value: &T) -> Result<Value, ClientError> {
    serde_json::to_value(value).map_err(|error| unwritable(&error))
}

fn unwritable(error: &serde_json::Error) -> ClientError {
    ClientError::Request(error.to_string())
}

/// Every cause of an error, without the URL, whose query is nobody's business.
fn chain(error: &reqwest::Error) -> String {
    let mut texts: Vec<String> = Vec::new();
    let mut source = error.source();
    while let Some(cause) = source {
        let text = cause.to_string();
        if !texts.iter().any(|known| known.contains(&text)) {
            texts.push(text);
        }
        source = cause.source();
    }
    if texts.is_empty() { "the request failed".to_owned() } else { texts.join(": ") }
}
