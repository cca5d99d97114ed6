//! A mail server for tests: aiosmtpd, which speaks SMTP and keeps what it is given in a folder.

use crate::server::SUPERVISE;
use std::{
    fs,
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// The program.
const PROGRAM: &str = "/usr/bin/aiosmtpd";

/// What links begin with, of a server that is not told where it is reached.
const DEFAULT_URL: &str = "http://127.0.0.1:8080";

/// How to get what is missing.
const INSTALL: &str = "apt-get install -y --no-install-recommends python3-aiosmtpd";

/// How long the server may take to start, and a message to arrive, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Why there is no mail server, or no message.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct MailError(String);

/// A mail server that runs. It is killed when this value goes away.
#[derive(Debug)]
pub struct MailServer {
    address: SocketAddr,
    directory: TempDir,
    _supervisor: Child,
}

impl MailServer {
    /// Starts a server on a free port.
    ///
    /// # Errors
    /// When the program is not installed (the text says how to), or does not start.
    pub fn start() -> Result<Self, MailError> {
        if !Path::new(PROGRAM).exists() {
            return Err(MailError(format!("there is no {PROGRAM}; run: {INSTALL}")));
        }
        let directory = TempDir::with_prefix("esu-mail-").map_err(failed("a temporary directory"))?;
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(failed("a free port"))?;
        let address = free.local_addr().map_err(failed("a free port"))?;
        drop(free);
        let mut shell = Command::new("sh");
        shell.args(["-c", SUPERVISE, "supervise", PROGRAM, "-n", "-l", &address.to_string()]);
        shell.args(["-c", "aiosmtpd.handlers.Mailbox"]).arg(directory.path().join("box"));
        shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let supervisor = shell.spawn().map_err(failed("sh"))?;
        let begun = Instant::now();
        while TcpStream::connect(address).is_err() {
            if begun.elapsed() > PATIENCE {
                return Err(MailError(format!("{PROGRAM} does not start")));
            }
            sleep(Duration::from_millis(20));
        }
        Ok(Self { address, directory, _supervisor: supervisor })
    }

    /// Its URL, as the server is given it.
    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// The messages that came so far, in no order, with long lines put together again.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn messages(&self) -> Result<Vec<String>, MailError> {
        let folder = self.directory.path().join("box/new");
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed("the mailbox")(error)),
        };
        let read = entries.map(|entry| fs::read_to_string(entry?.path()));
        let read = read.map(|text| text.map(|text| text.replace("=\n", "").replace("=3D", "=")));
        read.collect::<Result<_, _>>().map_err(failed("a message"))
    }

    /// The messages that hold a text, once there are so many of them.
    ///
    /// # Errors
    /// When they do not come.
    pub fn wait(&self, text: &str, count: usize) -> Result<Vec<String>, MailError> {
        let begun = Instant::now();
        loop {
            let mut found = self.messages()?;
            found.retain(|message| message.contains(text));
            if found.len() >= count {
                return Ok(found);
            }
            if begun.elapsed() > PATIENCE {
                return Err(MailError(format!("of {count} messages with \"{text}\" came {}", found.len())));
            }
            sleep(Duration::from_millis(50));
        }
    }
}

/// The path that the link in a message leads to; empty where there is none.
pub fn link(message: &str) -> String {
    let (_, rest) = message.split_once(DEFAULT_URL).unwrap_or_default();
    rest.split_whitespace().next().unwrap_or_default().to_owned()
}

fn failed(what: &'static str) -> impl Fn(std::io::Error) -> MailError {
    move |error| MailError(format!("{what}: {error}"))
}
