//! A server that answers as it is told, to show the client what goes wrong.

#![allow(dead_code, reason = "each test program uses its part")]

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::{TlsAcceptor, rustls::ServerConfig};

/// What the server does with one request.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// Answers with a status, further header lines and a body.
    Answer(u16, &'static str, String),
    /// Does so after a time.
    Later(Duration, Box<Reply>),
    /// Reads the request and closes the connection.
    HangUp,
    /// Reads the request and never answers.
    Silence,
}

/// An answer without further headers.
pub(crate) fn answer(status: u16, body: &str) -> Reply {
    Reply::Answer(status, "", body.to_owned())
}

/// An answer that takes its time, so that requests meet.
pub(crate) fn slow(reply: Reply) -> Reply {
    Reply::Later(Duration::from_millis(20), Box::new(reply))
}

/// The server, with what it was sent.
pub(crate) struct Responder {
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<String>>>,
}

/// What the server does with the request of this number.
type Rule = dyn Fn(usize, &str) -> Reply + Send + Sync;

impl Responder {
    /// Starts a server that gives these replies in turn, then the last one for ever.
    pub(crate) async fn start(replies: Vec<Reply>) -> Self {
        Self::serving(move |number, _| replies.get(number).or(replies.last()).cloned().unwrap()).await
    }

    /// Starts a server that answers by a rule.
    pub(crate) async fn serving(rule: impl Fn(usize, &str) -> Reply + Send + Sync + 'static) -> Self {
        Self::listen(None, rule).await
    }

    /// Starts a server that does so through TLS.
    pub(crate) async fn serving_tls(
        tls: ServerConfig,
        rule: impl Fn(usize, &str) -> Reply + Send + Sync + 'static,
    ) -> Self {
        Self::listen(Some(TlsAcceptor::from(Arc::new(tls))), rule).await
    }

    async fn listen(
        tls: Option<TlsAcceptor>,
        rule: impl Fn(usize, &str) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (record, rule): (_, Arc<Rule>) = (Arc::clone(&seen), Arc::new(rule));
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (rule, record, tls) = (Arc::clone(&rule), Arc::clone(&record), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        None => serve(stream, &*rule, &record).await,
                        // A client that does not trust the server, or is not trusted, ends it here.
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(stream).await {
                                serve(stream, &*rule, &record).await;
                            }
                        }
                    }
                });
            }
        });
        Self { url, seen }
    }

    /// The requests until now: head and body as they came.
    pub(crate) fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }

    /// How many requests begin like this.
    pub(crate) fn count(&self, beginning: &str) -> usize {
        self.seen().iter().filter(|request| request.starts_with(beginning)).count()
    }
}

/// The body of a request.
pub(crate) fn body_of(request: &str) -> serde_json::Value {
    let (_, body) = request.split_once("\r\n\r\n").unwrap();
    serde_json::from_str(body).unwrap()
}

/// The path of a request, with its query.
pub(crate) fn path_of(request: &str) -> &str {
    request.split(' ').nth(1).unwrap()
}

async fn serve(mut stream: impl AsyncRead + AsyncWrite + Unpin, rule: &Rule, record: &Mutex<Vec<String>>) {
    while let Some(request) = read(&mut stream).await {
        let number = {
            let mut seen = record.lock().unwrap();
            seen.push(request.clone());
            seen.len() - 1
        };
        let mut reply = rule(number, &request);
        while let Reply::Later(delay, next) = reply {
            tokio::time::sleep(delay).await;
            reply = *next;
        }
        match reply {
            Reply::Answer(status, headers, body) => {
                let length = body.len();
                let text = format!("HTTP/1.1 {status} X\r\ncontent-length: {length}\r\n{headers}\r\n{body}");
                // The client may have given up.
                if stream.write_all(text.as_bytes()).await.is_err() {
                    return;
                }
            }
            Reply::Silence => tokio::time::sleep(Duration::from_secs(600)).await,
            Reply::HangUp | Reply::Later(..) => return,
        }
    }
}

async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut text = Vec::new();
    let mut part = [0; 4096];
    loop {
        let count = stream.read(&mut part).await.ok().filter(|count| *count > 0)?;
        text.extend_from_slice(&part[..count]);
        let request = String::from_utf8_lossy(&text).into_owned();
        let Some((head, body)) = request.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
            return Some(request);
        }
    }
}

/// A proxy that connects whoever asks to one server, with what it was asked.
pub(crate) struct Proxy {
    pub(crate) url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    /// Starts a proxy before the server at this address.
    pub(crate) async fn start(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let record = Arc::clone(&asked);
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let (server, record) = (server.clone(), Arc::clone(&record));
                tokio::spawn(async move {
                    let Some(request) = read(&mut stream).await else { return };
                    record.lock().unwrap().push(request.lines().next().unwrap().to_owned());
                    let mut server = TcpStream::connect(server).await.unwrap();
                    if request.starts_with("CONNECT ") {
                        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
                    } else {
                        server.write_all(request.as_bytes()).await.unwrap();
                    }
                    // Either side may close first.
                    let _ = tokio::io::copy_bidirectional(&mut stream, &mut server).await;
                });
            }
        });
        Self { url, asked }
    }

    /// The first lines of the requests until now.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}
