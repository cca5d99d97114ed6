//! The API that benchmarks ask: the real one, over a database of its own that goes away.

use super::super::{CommandError, Common, serve};
use crate::app::App;
use schemas::time::Instant;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use std::{io, net::SocketAddr};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
};

/// A server without background work.
pub(super) struct Api {
    pub(super) app: App,
    address: SocketAddr,
    token: SecretString,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<io::Result<()>>,
    /// Where the database is; dropped last.
    _directory: TempDir,
}

impl Api {
    /// Serves an empty database, on a clock that stands still where `clock` tells its time.
    pub(super) async fn open(clock: Option<Instant>) -> Result<Self, CommandError> {
        let directory = tempfile::tempdir()?;
        let common = Common {
            database: format!("sqlite:{}", directory.path().join("esu.db").display()),
            secret_key_file: directory.path().join("esu.key"),
        };
        let app = common.app(clock).await?;
        let token = app.bootstrap("admin").await?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel::<()>();
        let until = async move { drop(stopped.await) };
        let serving =
            tokio::spawn(serve::api(listener, app.clone(), crate::http::Settings::default(), until));
        Ok(Self { app, address, token, stop, serving, _directory: directory })
    }

    /// A connection of the administrator's.
    pub(super) async fn connect(&self) -> Result<Connection, CommandError> {
        Connection::open(self.address, self.token.expose_secret()).await
    }

    /// Ends the server, once its connections are closed.
    pub(super) async fn close(self) -> Result<(), CommandError> {
        drop(self.stop);
        Ok(self.serving.await??)
    }
}

/// A connection that is kept alive: HTTP as far as this server speaks it, so that the client costs next to nothing.
pub(super) struct Connection {
    stream: BufReader<TcpStream>,
    token: String,
}

impl Connection {
    async fn open(address: SocketAddr, token: &str) -> Result<Self, CommandError> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream: BufReader::new(stream), token: token.to_owned() })
    }

    /// Declares the client `bench/first`, with a plan that has these prices.
    pub(super) async fn declare_client(&mut self, services: &Value) -> Result<(), CommandError> {
        let plan = json!({ "partner": "bench", "code": "gold", "name": "Gold", "services": services });
        let client = json!({
            "partner": "bench", "code": "first", "name": "First", "tariff_plan": "gold", "payment_model": "postpay",
        });
        self.call("POST", "/v1/partner", r#"{"code":"bench","name":"Bench"}"#).await?;
        self.call("POST", "/v1/tariff_plan", &plan.to_string()).await?;
        self.call("POST", "/v1/client", &client.to_string()).await?;
        Ok(())
    }

    /// Sends a request and answers the body of a success.
    pub(super) async fn call(
        &mut self,
        method: &str,
        path: &str,
        body: &str,
    ) -> Result<String, CommandError> {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            self.token,
            body.len()
        );
        self.stream.get_mut().write_all(request.as_bytes()).await?;
        let (mut status, mut length) = (String::new(), 0);
        self.stream.read_line(&mut status).await?;
        let mut line = String::new();
        while self.stream.read_line(&mut line).await? > 2 {
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse()?;
            }
            line.clear();
        }
        let mut answer = vec![0; length];
        self.stream.read_exact(&mut answer).await?;
        let answer = String::from_utf8(answer)?;
        if status.starts_with("HTTP/1.1 2") {
            return Ok(answer);
        }
        Err(format!("{method} {path}: {} {answer}", status.trim()).into())
    }
}
