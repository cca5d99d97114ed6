//! One connection to a daemon, shared by all who call through it.

use crate::address::{Address, Transport};
use crate::error::{Error, RemoteError};
use crate::event::{Event, Events};
use crate::packet::{self, Packet};
use crate::tls;
use crate::xdr::{DecodeError, Decoder, Encoder};
use std::collections::{HashMap, hash_map::Entry};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::{io, time::Duration};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::{Notify, broadcast, mpsc, oneshot};

/// Calls that may wait to be written; further ones wait in their own tasks.
const OUTGOING_MAX: usize = 64;
/// Events that may wait for a slow reader before some are missed.
const EVENTS_MAX: usize = 4096;

/// A connection to a daemon. Clones share it; it ends when the last one is dropped, or by itself.
#[derive(Debug, Clone)]
pub struct Connection {
    endpoint: Arc<str>,
    outgoing: mpsc::Sender<Vec<u8>>,
    shared: Arc<Shared>,
}

/// What the callers and the connection's task share.
#[derive(Debug)]
pub(crate) struct Shared {
    state: Mutex<State>,
    ping: Notify,
}

#[derive(Debug)]
struct State {
    next_serial: u32,
    waiting: HashMap<u32, oneshot::Sender<Answer>>,
    /// None once the connection is over, and `ended` says why.
    events: Option<broadcast::Sender<Event>>,
    ended: Option<Arc<str>>,
}

/// The body of a reply, and whether it is an error structure.
#[derive(Debug)]
struct Answer {
    failed: bool,
    body: Vec<u8>,
}

/// Forgets a call that nobody waits for any more, however it ended.
struct Waiting<'a> {
    shared: &'a Shared,
    serial: u32,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.shared.lock().waiting.remove(&self.serial);
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // No code panics while it holds the lock, and each change of the state is complete in itself.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Why the connection is over, or just about to be.
    pub(crate) fn reason(&self) -> Arc<str> {
        self.lock().ended.clone().unwrap_or_else(|| "it is being closed".into())
    }

    fn end(&self, reason: &str) {
        let mut state = self.lock();
        state.ended = Some(reason.into());
        state.events = None;
        state.waiting.clear();
    }

    /// Hands one packet to whom it is for.
    fn deliver(&self, packet: Packet) -> io::Result<()> {
        match packet {
            Packet::Reply { serial, failed, body } => {
                // A reply that nobody waits for came after its deadline.
                if let Some(caller) = self.lock().waiting.remove(&serial) {
                    let _ = caller.send(Answer { failed, body });
                }
            }
            Packet::Event { procedure, body } => {
                let event = Event::decode(procedure, &body)
                    .map_err(|error| io::Error::other(format!("a malformed event {procedure}: {error}")))?;
                if let (Some(event), Some(events)) = (event, &self.lock().events) {
                    let _ = events.send(event);
                }
            }
            Packet::Ping => self.ping.notify_one(),
            Packet::Other => {}
        }
        Ok(())
    }
}

impl Connection {
    /// Connects to the daemon and opens its driver.
    ///
    /// # Errors
    ///
    /// When nobody listens there, when the daemon wants authentication or refuses, or after `deadline`.
    pub async fn open(address: &Address, deadline: Duration) -> Result<Self, Error> {
        let endpoint: Arc<str> = address.to_string().into();
        let opening = async {
            let connection = match address.transport() {
                Transport::Unix(paths) => Self::over(unix(&endpoint, paths).await?, endpoint.clone()),
                Transport::Tcp(host, port) => {
                    Self::over(tcp(&endpoint, host, *port).await?, endpoint.clone())
                }
                Transport::Tls(host, port, identity) => {
                    let stream = tcp(&endpoint, host, *port).await?;
                    Self::over(tls::over(&endpoint, stream, host, identity).await?, endpoint.clone())
                }
            };
            connection.handshake(address.driver_uri(), deadline).await?;
            Ok(connection)
        };
        let late = || Error::Timeout { endpoint: endpoint.clone(), call: "open", allowed: deadline };
        tokio::time::timeout(deadline, opening).await.unwrap_or_else(|_| Err(late()))
    }

    /// Starts the connection's task on a stream.
    fn over(stream: impl AsyncRead + AsyncWrite + Send + 'static, endpoint: Arc<str>) -> Self {
        let (outgoing, queue) = mpsc::channel(OUTGOING_MAX);
        let (events, _) = broadcast::channel(EVENTS_MAX);
        let state = State { next_serial: 0, waiting: HashMap::new(), events: Some(events), ended: None };
        let shared = Arc::new(Shared { state: Mutex::new(state), ping: Notify::new() });
        tokio::spawn(run(stream, queue, shared.clone()));
        Self { endpoint, outgoing, shared }
    }

    /// The address that was connected to.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Why the connection is over; none while it is not.
    #[must_use]
    pub fn ended(&self) -> Option<Arc<str>> {
        self.shared.lock().ended.clone()
    }

    /// What happens from now on, of the kinds asked for with [`Connection::watch`].
    #[must_use]
    pub fn events(&self) -> Events {
        let receiver = match &self.shared.lock().events {
            Some(events) => events.subscribe(),
            None => broadcast::channel(1).1,
        };
        Events { receiver, shared: self.shared.clone() }
    }

    /// Asks and waits; `read` takes the answer apart.
    pub(crate) async fn call<T>(
        &self,
        (procedure, call): (i32, &'static str),
        arguments: Encoder,
        deadline: Duration,
        read: impl FnOnce(&mut Decoder<'_>) -> Result<T, DecodeError>,
    ) -> Result<T, Error> {
        let endpoint = || self.endpoint.clone();
        let arguments = arguments.into_bytes();
        let exchange = self.exchange(procedure, &arguments);
        let answer = tokio::time::timeout(deadline, exchange).await.map_err(|_| Error::Timeout {
            endpoint: endpoint(),
            call,
            allowed: deadline,
        })??;
        let mut decoder = Decoder::new(&answer.body);
        let malformed = |source| Error::Malformed { endpoint: endpoint(), call, source };
        if answer.failed {
            let source = RemoteError::decode(&mut decoder).map_err(malformed)?;
            return Err(Error::Remote { endpoint: endpoint(), call, source });
        }
        read(&mut decoder).map_err(malformed)
    }

    async fn exchange(&self, procedure: i32, body: &[u8]) -> Result<Answer, Error> {
        let (answer, waiting) = oneshot::channel();
        let serial = self.await_answer(answer)?;
        let _forget = Waiting { shared: &self.shared, serial };
        let sent = self.outgoing.send(packet::call(procedure, serial, body)).await;
        match sent {
            Ok(()) => waiting.await.map_err(|_| self.closed()),
            Err(_) => Err(self.closed()),
        }
    }

    /// Registers who waits, under a serial that no other waiting call has.
    fn await_answer(&self, answer: oneshot::Sender<Answer>) -> Result<u32, Error> {
        let mut state = self.shared.lock();
        if state.ended.is_some() {
            drop(state);
            return Err(self.closed());
        }
        loop {
            state.next_serial = state.next_serial.wrapping_add(1);
            let serial = state.next_serial;
            if let Entry::Vacant(free) = state.waiting.entry(serial) {
                free.insert(answer);
                return Ok(serial);
            }
        }
    }

    fn closed(&self) -> Error {
        Error::Closed { endpoint: self.endpoint.clone(), reason: self.shared.reason() }
    }
}

/// The connection's task: reads and writes side by side, since a daemon with full buffers reads no further
/// before its own replies are taken.
async fn run(
    stream: impl AsyncRead + AsyncWrite + Send + 'static,
    queue: mpsc::Receiver<Vec<u8>>,
    shared: Arc<Shared>,
) {
    let (reader, writer) = tokio::io::split(stream);
    let ended = tokio::select! {
        ended = read_all(reader, &shared) => ended,
        ended = write_all(writer, queue, &shared) => ended,
    };
    let reason = match ended {
        Ok(()) => "it was closed here".to_owned(),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => "the daemon closed it".to_owned(),
        Err(error) => error.to_string(),
    };
    shared.end(&reason);
}

async fn read_all(reader: impl AsyncRead + Unpin, shared: &Shared) -> io::Result<()> {
    let mut reader = BufReader::new(reader);
    loop {
        shared.deliver(packet::read(&mut reader).await?)?;
    }
}

async fn write_all(
    mut writer: impl AsyncWrite + Unpin,
    mut queue: mpsc::Receiver<Vec<u8>>,
    shared: &Shared,
) -> io::Result<()> {
    loop {
        let packet = tokio::select! {
            () = shared.ping.notified() => packet::pong(),
            packet = queue.recv() => match packet {
                Some(packet) => packet,
                None => return writer.shutdown().await,
            },
        };
        writer.write_all(&packet).await?;
        writer.flush().await?;
    }
}

async fn unix(endpoint: &Arc<str>, paths: &[std::path::PathBuf]) -> Result<UnixStream, Error> {
    let mut tried = Vec::new();
    for path in paths {
        match UnixStream::connect(path).await {
            Ok(stream) => return Ok(stream),
            Err(error) => tried.push(format!("{} ({error})", path.display())),
        }
    }
    Err(Error::Connect { endpoint: endpoint.clone(), tried: tried.join(", ") })
}

async fn tcp(endpoint: &Arc<str>, host: &str, port: u16) -> Result<TcpStream, Error> {
    let failed = |error: io::Error| {
        let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        Error::Connect { endpoint: endpoint.clone(), tried: format!("{host}:{port} ({error})") }
    };
    let stream = TcpStream::connect((host, port)).await.map_err(failed)?;
    stream.set_nodelay(true).map_err(failed)?;
    Ok(stream)
}

#[cfg(test)]
#[path = "connection_tests.rs"]
mod tests;
