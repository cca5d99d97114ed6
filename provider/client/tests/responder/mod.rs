//! A server that answers as it is told, to show the client what goes wrong.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// What the server does with one request.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// Answers with a status, further header lines and a body.
    Answer(u16, &'static str, String),
    /// Reads the request and closes the connection.
    HangUp,
    /// Reads the request and never answers.
    Silence,
}

/// An answer without further headers.
pub(crate) fn answer(status: u16, body: &str) -> Reply {
    Reply::Answer(status, "", body.to_owned())
}

/// The server, with what it was sent.
pub(crate) struct Responder {
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Responder {
    /// Starts a server that gives these replies in turn, then the last one for ever.
    pub(crate) async fn start(replies: Vec<Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let record = Arc::clone(&seen);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (replies, record) = (replies.clone(), Arc::clone(&record));
                tokio::spawn(async move { serve(stream, &replies, &record).await });
            }
        });
        Self { url, seen }
    }

    /// The requests until now: head and body as they came.
    pub(crate) fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

async fn serve(mut stream: TcpStream, replies: &[Reply], record: &Mutex<Vec<String>>) {
    while let Some(request) = read(&mut stream).await {
        let number = {
            let mut seen = record.lock().unwrap();
            seen.push(request);
            seen.len() - 1
        };
        match replies.get(number).or(replies.last()).cloned() {
            Some(Reply::Answer(status, headers, body)) => {
                let length = body.len();
                let text = format!("HTTP/1.1 {status} X\r\ncontent-length: {length}\r\n{headers}\r\n{body}");
                stream.write_all(text.as_bytes()).await.unwrap();
            }
            Some(Reply::Silence) => tokio::time::sleep(Duration::from_secs(600)).await,
            Some(Reply::HangUp) | None => return,
        }
    }
}

async fn read(stream: &mut TcpStream) -> Option<String> {
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
