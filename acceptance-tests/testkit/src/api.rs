//! A small JSON client: what a test sends, and what it was answered.

use reqwest::{Method, header::HeaderMap};
use serde_json::Value;
use std::time::Duration;

/// How long an answer may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A caller of the API.
#[derive(Clone, Debug)]
pub struct Api {
    base: String,
    token: Option<String>,
    agent: String,
    http: reqwest::Client,
}

/// What was answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status; 0 where there was no answer, because the server was killed for instance.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, null where it is empty or no JSON.
    pub json: Value,
    /// The body as it came, or why there was none.
    pub text: String,
}

/// A request that is put together.
#[derive(Debug)]
pub struct Call(reqwest::RequestBuilder);

impl Api {
    /// A caller without a token of the server at `base`, such as `http://127.0.0.1:8080`.
    pub fn new(base: &str) -> Self {
        // An error means that a provider is installed already, which is all that is wanted.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self { base: base.to_owned(), token: None, agent: "testkit".to_owned(), http: reqwest::Client::new() }
    }

    /// The same with a token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// The same under another program's name.
    #[must_use]
    pub fn with_agent(&self, agent: &str) -> Self {
        Self { agent: agent.to_owned(), ..self.clone() }
    }

    /// Begins a request.
    pub fn call(&self, method: Method, path: &str) -> Call {
        let request = self.http.request(method, format!("{}{path}", self.base)).timeout(PATIENCE);
        let request = request.header("user-agent", &self.agent);
        Call(match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        })
    }

    /// Reads.
    pub async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path).send().await
    }

    /// Creates.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.call(Method::POST, path).json(body).send().await
    }

    /// Creates under an idempotency key.
    pub async fn post_once(&self, path: &str, key: &str, body: &Value) -> Answer {
        self.call(Method::POST, path).header("idempotency-key", key).json(body).send().await
    }

    /// Replaces.
    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        self.call(Method::PUT, path).json(body).send().await
    }

    /// Changes some fields.
    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.call(Method::PATCH, path).json(body).send().await
    }

    /// Deletes.
    pub async fn delete(&self, path: &str) -> Answer {
        self.call(Method::DELETE, path).send().await
    }
}

impl Call {
    /// Adds a header.
    #[must_use]
    pub fn header(self, name: &str, value: &str) -> Self {
        Self(self.0.header(name, value))
    }

    /// Sends JSON.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        self.text(&body.to_string())
    }

    /// Sends a text as it is.
    #[must_use]
    pub fn text(self, body: &str) -> Self {
        Self(self.0.header("content-type", "application/json").body(body.to_owned()))
    }

    /// Sends it and waits for the answer.
    pub async fn send(self) -> Answer {
        match self.0.send().await {
            Ok(response) => {
                let (status, headers) = (response.status().as_u16(), response.headers().clone());
                match response.text().await {
                    Ok(text) => Answer {
                        status,
                        headers,
                        json: serde_json::from_str(&text).unwrap_or(Value::Null),
                        text,
                    },
                    Err(error) => Answer::none(&error),
                }
            }
            Err(error) => Answer::none(&error),
        }
    }
}

impl Answer {
    fn none(error: &reqwest::Error) -> Self {
        Self { status: 0, headers: HeaderMap::new(), json: Value::Null, text: format!("{error:?}") }
    }

    /// A header's text, empty where there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The body of an answer that must have this status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        self.json
    }

    /// The first alias of a refusal that must have this status.
    #[track_caller]
    pub fn alias(self, status: u16) -> String {
        let body = self.expect(status);
        body["error_alias"][0].as_str().unwrap_or_default().to_owned()
    }

    /// The fields of a refusal with 400, sorted.
    #[track_caller]
    pub fn fields(self) -> Vec<String> {
        const OTHERS: [&str; 6] =
            ["detail", "details", "non_field_errors", "error_alias", "request_id", "changed_by"];
        let body = self.expect(400);
        let names = body.as_object().into_iter().flatten().map(|(name, _)| name.clone());
        let mut names: Vec<String> = names.filter(|name| !OTHERS.contains(&name.as_str())).collect();
        names.sort_unstable();
        names
    }
}
