//! Calls over HTTP.

use crate::{
    address::Address,
    body::Body,
    error::{Error, Fault},
    trust::Trust,
    xml::{Element, Limits, Malformed, parse},
};
use reqwest::{
    Client, Response, Url,
    header::{CONTENT_TYPE, COOKIE, HeaderValue, SET_COOKIE},
    redirect::Policy,
};
use std::{
    error::Error as _,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// The version of the interface that we speak: what ESXi 6.5 has, later ones have too.
const SOAP_ACTION: &str = "urn:vim25/6.5";

/// The cookie that tells the session.
const SESSION_COOKIE: &str = "vmware_soap_session";

/// How we get to an endpoint.
pub(crate) struct Transport {
    http: Client,
    url: Url,
    endpoint: Arc<str>,
    cookie: Mutex<Option<HeaderValue>>,
}

impl Transport {
    pub(crate) fn new(address: &Address, trust: &Trust) -> Result<Self, Error> {
        let endpoint = address.shown();
        let refuse = |source| Error::Trust { endpoint: Arc::clone(&endpoint), source };
        // The system's authorities are many, and only read where they are asked.
        let trust = if address.is_https() { trust.clone() } else { Trust::Thumbprint([0; 32]) };
        let http = Client::builder()
            .use_preconfigured_tls(trust.settings().map_err(refuse)?)
            .redirect(Policy::none())
            .no_proxy()
            .tcp_nodelay(true)
            .user_agent("esu")
            .build();
        let http = http.map_err(|error| Error::Connection {
            endpoint: Arc::clone(&endpoint),
            call: "TLS",
            reason: chain(&error),
        })?;
        Ok(Self { http, url: address.url(), endpoint, cookie: Mutex::new(None) })
    }

    pub(crate) fn endpoint(&self) -> &Arc<str> {
        &self.endpoint
    }

    /// The error of a call that has no answer in the time that there was.
    pub(crate) fn late(&self, call: &'static str, allowed: Duration) -> Error {
        Error::Timeout { endpoint: Arc::clone(&self.endpoint), call, allowed }
    }

    pub(crate) fn malformed(&self, call: &'static str, source: Malformed) -> Error {
        Error::Malformed { endpoint: Arc::clone(&self.endpoint), call, source }
    }

    /// Calls; what comes back is what is in the element of the answer, and how many bytes were read for it.
    pub(crate) async fn call(
        &self,
        call: &'static str,
        body: &Body,
        limits: Limits,
        deadline: Duration,
    ) -> Result<(Element, usize), Error> {
        let late = |_| self.late(call, deadline);
        let answer =
            tokio::time::timeout(deadline, self.exchange(call, body, limits.bytes)).await.map_err(late)?;
        let (status, text) = answer?;
        let root = match parse(&text, limits) {
            Ok(root) if &*root.name == "Envelope" => root,
            Err(error) if text.contains("Envelope") => return Err(self.malformed(call, error)),
            // Whoever answers in another language is no endpoint, and its status says more.
            _ => {
                let content = format!("HTTP status {status} without a SOAP envelope");
                return Err(self.malformed(call, Malformed::Content(content)));
            }
        };
        let answer = opened(root, call).map_err(|error| self.malformed(call, error))?;
        let answer = answer.map(|answer| (answer, text.len()));
        answer.map_err(|source| Error::Fault { endpoint: Arc::clone(&self.endpoint), call, source })
    }

    async fn exchange(
        &self,
        call: &'static str,
        body: &Body,
        most_bytes: usize,
    ) -> Result<(u16, String), Error> {
        let lost = |error: reqwest::Error| Error::Connection {
            endpoint: Arc::clone(&self.endpoint),
            call,
            reason: chain(&error),
        };
        let request = self
            .http
            .post(self.url.clone())
            .header(CONTENT_TYPE, "text/xml; charset=utf-8")
            .header("SOAPAction", SOAP_ACTION)
            .body(body.envelope(call));
        let cookie = self.cookie.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let request = match cookie {
            Some(cookie) => request.header(COOKIE, cookie),
            None => request,
        };
        let mut response = request.send().await.map_err(lost)?;
        self.keep_cookie(&response);
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(lost)? {
            if bytes.len().saturating_add(chunk.len()) > most_bytes {
                let too_much = Malformed::TooMuch { what: "bytes", limit: most_bytes };
                return Err(self.malformed(call, too_much));
            }
            bytes.extend_from_slice(&chunk);
        }
        let text = String::from_utf8(bytes).map_err(|_| {
            let content = format!("HTTP status {} with what is not UTF-8", response.status().as_u16());
            self.malformed(call, Malformed::Content(content))
        })?;
        Ok((response.status().as_u16(), text))
    }

    /// A session is told with the first answer or with that to the login; what is told last counts.
    fn keep_cookie(&self, response: &Response) {
        let cookies = response.headers().get_all(SET_COOKIE).into_iter().filter_map(|one| one.to_str().ok());
        let pairs = cookies.filter_map(|cookie| cookie.split(';').next());
        let mut ours = pairs.filter(|pair| pair.split('=').next() == Some(SESSION_COOKIE));
        if let Some(mut cookie) = ours.next_back().and_then(|pair| HeaderValue::from_str(pair).ok()) {
            cookie.set_sensitive(true);
            *self.cookie.lock().unwrap_or_else(PoisonError::into_inner) = Some(cookie);
        }
    }
}

/// What is in an envelope: the answer, or the fault.
pub(crate) fn opened(root: Element, call: &str) -> Result<Result<Element, Fault>, Malformed> {
    let body = root.children.into_iter().find(|child| &*child.name == "Body");
    let body = body.ok_or_else(|| Malformed::Content("an envelope without a body".into()))?;
    let inside = body.children.into_iter().next();
    let inside = inside.ok_or_else(|| Malformed::Content("an empty body".into()))?;
    match &*inside.name {
        "Fault" => Ok(Err(fault(&inside))),
        name if name.strip_suffix("Response") == Some(call) => Ok(Ok(inside)),
        name => Err(Malformed::Content(format!("<{name}>, which is no answer to it"))),
    }
}

fn fault(element: &Element) -> Fault {
    let detail = element.child("detail").and_then(|detail| detail.children.first());
    let kind = detail.map(|detail| match &detail.kind {
        Some(kind) => kind.to_string(),
        None => detail.name.trim_end_matches("Fault").to_owned(),
    });
    let message = element.text_of("faultstring").unwrap_or_default().trim().to_owned();
    Fault { kind: kind.unwrap_or_else(|| "no type".to_owned()), message }
}

/// An error with what caused it. The address is in the error that it goes into.
fn chain(error: &reqwest::Error) -> String {
    let mut texts = Vec::new();
    let mut cause = error.source();
    while let Some(next) = cause {
        texts.push(next.to_string());
        cause = next.source();
    }
    texts.dedup();
    if texts.is_empty() { "the request failed".to_owned() } else { texts.join(": ") }
}
