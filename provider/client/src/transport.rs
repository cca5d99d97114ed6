//! One attempt of one request.

use crate::{
    answer::{Answer, Received},
    config::{Config, ConfigError, Setting},
    endpoint::Endpoint,
    error::ClientError,
    lines,
    pace::Pace,
    retry, tls,
};
use http::{HeaderName, HeaderValue, Method, header};
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use std::{error::Error, time::Duration};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// How long opening a connection may take; a server that is there answers at once.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// The largest body that is read.
const MAX_BODY: usize = 64 << 20;
/// By which header the audit log knows a request.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What sends requests to one server with one token.
pub(crate) struct Transport {
    http: reqwest::Client,
    endpoint: Endpoint,
    token: SecretString,
    request_timeout: Duration,
    max_retries: u32,
    pace: Pace,
}

/// A request, ready to be sent as often as needed.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) body: Option<Value>,
    /// Whether the body is an array whose elements are sent as lines.
    pub(crate) is_lines: bool,
    pub(crate) idempotency_key: Option<String>,
    pub(crate) if_match: Option<i64>,
    pub(crate) if_none_match: bool,
}

/// When an attempt has to end.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    /// When the whole call has to end.
    pub(crate) deadline: Instant,
    /// Ends waiting, and reading; a write that is on its way is finished.
    pub(crate) cancellation: Option<CancellationToken>,
    /// How often the request was sent before.
    pub(crate) repetitions: u32,
}

/// Why an attempt failed.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) error: ClientError,
    /// Whether the server may have the request.
    pub(crate) sent: bool,
    /// How long the server asks to wait.
    pub(crate) asked_wait: Option<Duration>,
    /// How long to wait, where that is decided for several requests at once.
    pub(crate) wait: Option<Duration>,
    /// Under which id the audit log has it, where the server did it.
    pub(crate) request_id: Uuid,
}

impl Failure {
    /// A failure before anything was sent.
    pub(crate) fn unsent(error: ClientError) -> Self {
        Self { error, sent: false, asked_wait: None, wait: None, request_id: Uuid::nil() }
    }

    /// A failure of what may have arrived.
    pub(crate) fn sent(error: ClientError, request_id: Uuid) -> Self {
        Self { error, sent: true, asked_wait: None, wait: None, request_id }
    }
}

impl Limits {
    /// Waits until then; an error when the caller gives up first.
    pub(crate) async fn wait_until(&self, instant: Instant) -> Result<(), ClientError> {
        match &self.cancellation {
            Some(token) => {
                token.run_until_cancelled(sleep_until(instant)).await.ok_or(ClientError::Cancelled)
            }
            None => {
                sleep_until(instant).await;
                Ok(())
            }
        }
    }
}

impl Transport {
    pub(crate) fn new(config: &Config) -> Result<Self, ConfigError> {
        let token = config.token.expose_secret();
        if token.is_empty() || HeaderValue::from_str(token).is_err() {
            return Err(ConfigError::new(
                Setting::Token,
                "it is empty, or holds characters that no token has",
            ));
        }
        // Proxies are those of the environment: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY.
        let http = reqwest::Client::builder()
            .use_preconfigured_tls(tls::settings(config)?)
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
            endpoint: config.endpoint.clone(),
            token: config.token.clone(),
            request_timeout: config.request_timeout,
            max_retries: config.max_retries,
            pace: Pace::new(config.requests_per_second),
        })
    }

    pub(crate) fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// How long one attempt may take.
    pub(crate) fn request_timeout(&self) -> Duration {
        self.request_timeout
    }

    /// How often a request is repeated at most.
    pub(crate) fn max_retries(&self) -> u32 {
        self.max_retries
    }

    /// Sends a request once and reads its answer.
    pub(crate) async fn attempt(&self, request: &Prepared, limits: &Limits) -> Result<Answer, Failure> {
        let received = self.exchange(request, limits).await?;
        let (asked_wait, request_id) = (retry::asked_wait(&received.headers), received.request_id);
        let replayed = received.headers.contains_key("idempotent-replayed");
        match received.into_body() {
            Ok(body) => Ok(Answer { body, replayed, waited: Duration::ZERO }),
            Err(error) => Err(Failure { asked_wait, ..Failure::sent(error, request_id) }),
        }
    }

    /// Waits for the request's turn, sends it, and reads what comes back.
    async fn exchange(&self, request: &Prepared, limits: &Limits) -> Result<Received, Failure> {
        let turn = self.pace.take_slot();
        if turn >= limits.deadline {
            return Err(Failure::unsent(self.out_of_time()));
        }
        limits.wait_until(turn).await.map_err(Failure::unsent)?;
        let left = limits.deadline.saturating_duration_since(Instant::now());
        let request_id = Uuid::new_v4();
        let exchange = self.send(request, left.min(self.request_timeout), request_id);
        // What a write that is cut off did, nobody knows: it is waited for.
        match limits.cancellation.as_ref().filter(|_| request.method == Method::GET) {
            Some(token) => token
                .run_until_cancelled(exchange)
                .await
                .unwrap_or_else(|| Err(Failure::sent(ClientError::Cancelled, request_id))),
            None => exchange.await,
        }
    }

    async fn send(&self, request: &Prepared, timeout: Duration, id: Uuid) -> Result<Received, Failure> {
        let mut builder = self
            .http
            .request(request.method.clone(), request.url.clone())
            .bearer_auth(self.token.expose_secret())
            .header(header::ACCEPT, "application/json")
            .header(REQUEST_ID, id.to_string())
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
        builder = match &request.body {
            Some(Value::Array(lines)) if request.is_lines => {
                builder.header(header::CONTENT_TYPE, lines::MEDIA_TYPE).body(lines::write(lines))
            }
            Some(body) => builder.header(header::CONTENT_TYPE, "application/json").body(body.to_string()),
            None => builder,
        };
        let mut response = builder.send().await.map_err(|error| self.failure(&error, timeout, id))?;
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.failure(&error, timeout, id))? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > MAX_BODY {
                let reason = format!("its body is longer than {} MiB", MAX_BODY >> 20);
                let error = ClientError::Malformed { status: response.status().as_u16(), reason };
                return Err(Failure::sent(error, id));
            }
        }
        let headers = std::mem::take(response.headers_mut());
        Ok(Received { status: response.status(), headers, bytes, request_id: id })
    }

    /// The error of a call whose time is over.
    pub(crate) fn out_of_time(&self) -> ClientError {
        ClientError::Timeout { endpoint: self.endpoint.to_string(), after: self.request_timeout }
    }

    fn failure(&self, error: &reqwest::Error, timeout: Duration, id: Uuid) -> Failure {
        let endpoint = self.endpoint.to_string();
        let sent = !error.is_connect() && !error.is_builder();
        let error = if error.is_timeout() && sent {
            ClientError::Timeout { endpoint, after: timeout }
        } else {
            ClientError::Unreachable { endpoint, reason: chain(error) }
        };
        Failure { sent, ..Failure::sent(error, id) }
    }
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
