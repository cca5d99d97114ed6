//! The real server as a process of its own, which ends with the test, however the test ends.

use crate::api::Api;
use std::{
    fs,
    fs::File,
    io::Write,
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// How long a server may take to start on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the server logs with the address that it listens on.
const READY: &str = "ready address=";

/// Runs a program until this shell reads a signal for it, or its standard input ends, which it does with the test process.
pub(crate) const SUPERVISE: &str = r#"
"$@" </dev/null &
server=$!
read -r signal || signal=KILL
kill -"$signal" "$server"
wait "$server"
"#;

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// A file or a process failed.
    #[error("{0}: {1}")]
    Io(&'static str, std::io::Error),
    /// The server did not become ready.
    #[error("the server does not start:\n{0}")]
    NotReady(String),
    /// A command of the program failed.
    #[error("controlplane {0}: {1}")]
    Command(String, String),
}

/// How a server is run.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The program, such as `env!("CARGO_BIN_EXE_controlplane")`.
    pub program: PathBuf,
    /// The database's URL.
    pub database: String,
    /// Where the test clock starts; none for the clock that the database says.
    pub test_clock: Option<String>,
    /// How many requests a second each token may send; none for what the program has by itself.
    pub requests_per_second: Option<u32>,
    /// The token of the first administrator, where the database has one already.
    pub token: Option<String>,
    /// What is logged, as `ESU_LOG` says it.
    pub log: String,
    /// The URL of the mail server; none where messages wait.
    pub mail: Option<String>,
}

/// A server that runs. It is killed when this value goes away.
#[derive(Debug)]
pub struct Server {
    setup: Setup,
    directory: TempDir,
    listen: String,
    supervisor: Option<Child>,
    token: String,
}

impl Server {
    /// Starts a server on a free port and makes its first administrator.
    ///
    /// # Errors
    /// When it does not become ready; its log is in the text.
    pub fn start(setup: Setup) -> Result<Self, ServerError> {
        let directory = TempDir::with_prefix("esu-server-").map_err(failed("a temporary directory"))?;
        let listen = "127.0.0.1:0".to_owned();
        let mut server = Self { setup, directory, listen, supervisor: None, token: String::new() };
        server.run()?;
        server.token = match server.setup.token.clone() {
            Some(token) => token,
            None => server.cli(&["admin", "bootstrap"])?,
        };
        Ok(server)
    }

    /// Where it is, such as `http://127.0.0.1:8080`.
    pub fn url(&self) -> String {
        format!("http://{}", self.listen)
    }

    /// The token of the first administrator.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// A caller with the token of the first administrator.
    pub fn admin(&self) -> Api {
        Api::new(&self.url()).with_token(&self.token)
    }

    /// What it logged so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    /// Runs a command of the program on the same database and answers what it printed.
    ///
    /// # Errors
    /// When the command fails; what it says is in the text.
    pub fn cli(&self, arguments: &[&str]) -> Result<String, ServerError> {
        let output = self.command(arguments).output().map_err(failed("controlplane"))?;
        printed(arguments, &output)
    }

    /// A command of the program on the same database.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.setup.program);
        command.args(arguments);
        command.env("ESU_DATABASE", &self.setup.database);
        command.env("ESU_SECRET_KEY_FILE", self.directory.path().join("key"));
        command.env("ESU_LOG", &self.setup.log).env("NO_COLOR", "1");
        command
    }

    /// Kills it with SIGKILL, in the middle of whatever it does.
    pub fn kill_hard(&mut self) {
        self.end("");
    }

    /// Tells it to stop with SIGTERM, and waits until it has.
    pub fn stop(&mut self) {
        self.end("TERM\n");
    }

    fn end(&mut self, signal: &str) {
        if let Some(mut supervisor) = self.supervisor.take() {
            if let Some(mut input) = supervisor.stdin.take() {
                // One that does not read is gone as well; so is one that cannot be waited for.
                let _ = input.write_all(signal.as_bytes());
            }
            let _ = supervisor.wait();
        }
    }

    /// Starts it again at the same address, after killing it where it runs.
    ///
    /// # Errors
    /// When it does not become ready.
    pub fn restart(&mut self) -> Result<(), ServerError> {
        self.kill_hard();
        self.run()
    }

    /// Has it send messages by this mail server from its next start on.
    pub fn use_mail(&mut self, url: &str) {
        self.setup.mail = Some(url.to_owned());
    }

    fn log_path(&self) -> PathBuf {
        self.directory.path().join("log")
    }

    fn run(&mut self) -> Result<(), ServerError> {
        let seen = self.log().len();
        let log = File::options().create(true).append(true).open(self.log_path());
        let log = log.map_err(failed("the server's log"))?;
        let mut arguments = vec!["serve", "--listen", &self.listen];
        if let Some(start) = &self.setup.test_clock {
            arguments.extend(["--test-clock", start]);
        }
        let mut serve = self.command(&arguments);
        if let Some(limit) = self.setup.requests_per_second {
            serve.env("ESU_REQUESTS_PER_SECOND", limit.to_string());
        }
        if let Some(url) = &self.setup.mail {
            serve.env("ESU_SMTP_URL", url);
        }
        let mut shell = Command::new("sh");
        shell.args(["-c", SUPERVISE, "supervise"]).arg(serve.get_program()).args(serve.get_args());
        let variables = serve.get_envs().filter_map(|(name, value)| Some((name, value?)));
        shell.envs(variables).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(log);
        self.supervisor = Some(shell.spawn().map_err(failed("sh"))?);
        self.listen = self.wait(seen)?;
        Ok(())
    }

    /// Waits until it answers; tells where.
    fn wait(&self, seen: usize) -> Result<String, ServerError> {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            let log = self.log();
            let line = log.get(seen..).and_then(|new| new.split_once(READY));
            if let Some((address, _)) = line.and_then(|(_, rest)| rest.split_once('\n'))
                && is_ready(address.trim())
            {
                return Ok(address.trim().to_owned());
            }
            sleep(Duration::from_millis(20));
        }
        Err(ServerError::NotReady(self.log()))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill_hard();
    }
}

/// Whether `/readyz` answers 200.
fn is_ready(address: &str) -> bool {
    use std::io::Read;
    let ask = || -> Option<String> {
        let address: SocketAddr = address.parse().ok()?;
        let mut stream = TcpStream::connect(address).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).ok()?;
        stream.write_all(b"GET /readyz HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n").ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        Some(answer)
    };
    ask().is_some_and(|answer| answer.starts_with("HTTP/1.1 200"))
}

fn printed(arguments: &[&str], output: &Output) -> Result<String, ServerError> {
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(ServerError::Command(arguments.join(" "), text))
}

fn failed(what: &'static str) -> impl Fn(std::io::Error) -> ServerError {
    move |error| ServerError::Io(what, error)
}

impl Setup {
    /// A server of this program over a database, on the machine's clock.
    pub fn new(program: impl AsRef<Path>, database: &str) -> Self {
        let (program, database) = (program.as_ref().to_owned(), database.to_owned());
        let log = "controlplane=debug,info".to_owned();
        let (test_clock, requests_per_second, token, mail) = (None, None, None, None);
        Self { program, database, test_clock, requests_per_second, token, log, mail }
    }

    /// The same with another log.
    #[must_use]
    pub fn with_log(self, log: &str) -> Self {
        Self { log: log.to_owned(), ..self }
    }

    /// The same with so many requests a second for each token.
    #[must_use]
    pub fn with_requests_per_second(self, limit: u32) -> Self {
        Self { requests_per_second: Some(limit), ..self }
    }

    /// The same over a database that has its first administrator already.
    #[must_use]
    pub fn with_token(self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self }
    }

    /// The same on a test clock that starts at `instant`.
    #[must_use]
    pub fn with_test_clock(self, instant: &str) -> Self {
        Self { test_clock: Some(instant.to_owned()), ..self }
    }
}
