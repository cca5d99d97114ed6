//! Databases for tests: each test gets an empty one of its own, and none needs a server that someone else runs.
//!
//! PostgreSQL is a private cluster, one for each test process: in a directory of its own, on a Unix socket, without
//! fsync. It ends, and its directory with it, when the process ends, however it ends.

use std::{
    fs,
    io::Write,
    os::unix::fs::{MetadataExt, PermissionsExt, chown},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    thread::sleep,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// How to get what is missing.
const INSTALL: &str = "apt-get install -y --no-install-recommends postgresql";

/// How long the cluster may take to start on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs the server until its standard input ends, which it does with the test process, then clears up.
const SUPERVISE: &str = r#"
directory=$1
shift
"$@" >"$directory/log" 2>&1 </dev/null &
server=$!
cat >/dev/null
kill -QUIT "$server"
wait "$server"
rm -rf "$directory"
"#;

/// Why there is no database.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct DatabaseError(String);

/// An empty database of one test.
#[derive(Debug)]
pub struct TestDatabase {
    url: String,
    _directory: Option<TempDir>,
}

/// Statements for a file of SQLite, by the shell that every machine with Python has.
const EXECUTE: &str =
    "import sqlite3, sys; sqlite3.connect(sys.argv[1], timeout=10).executescript(sys.argv[2])";

/// Prints everything that a file of SQLite holds.
const DUMP: &str =
    "import sqlite3, sys\nfor line in sqlite3.connect(sys.argv[1], timeout=10).iterdump(): print(line)";

impl TestDatabase {
    /// An empty SQLite file; it goes away with this value.
    ///
    /// # Errors
    /// When there is no room for temporary files.
    pub fn sqlite() -> Result<Self, DatabaseError> {
        let directory = TempDir::with_prefix("esu-sqlite-").map_err(failed("a temporary directory"))?;
        let url = format!("sqlite:{}", directory.path().join("esu.db").display());
        Ok(Self { url, _directory: Some(directory) })
    }

    /// An empty PostgreSQL database; it goes away with the test process.
    ///
    /// # Errors
    /// When PostgreSQL is not installed (the text says how to), or does not start.
    pub fn postgres() -> Result<Self, DatabaseError> {
        static CLUSTER: OnceLock<Result<Cluster, DatabaseError>> = OnceLock::new();
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let cluster = CLUSTER.get_or_init(Cluster::start).as_ref().map_err(Clone::clone)?;
        let name = format!("test_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let mut create = Command::new(cluster.programs.join("createdb"));
        create.arg("-h").arg(&cluster.directory).args(["-U", "postgres", &name]);
        run(create, "createdb")?;
        let url = format!("postgres:///{name}?host={}&user=postgres", cluster.directory.display());
        Ok(Self { url, _directory: None })
    }

    /// Its URL, as the server is given it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Runs statements past the program: what an accident or somebody with a password does.
    ///
    /// # Errors
    /// When the database refuses them.
    pub fn execute(&self, statements: &str) -> Result<(), DatabaseError> {
        if let Some(path) = self.url.strip_prefix("sqlite:") {
            let mut python = Command::new("python3");
            python.args(["-c", EXECUTE, path, statements]);
            return run(python, "python3").map(drop);
        }
        let mut psql = Command::new(find_programs()?.join("psql"));
        psql.args(["-q", "-v", "ON_ERROR_STOP=1", "-c", statements, "-d"]);
        psql.arg(self.url.replacen("postgres://", "postgresql://", 1));
        run(psql, "psql").map(drop)
    }

    /// Everything that it holds, as text: for what must not be in it.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn dump(&self) -> Result<String, DatabaseError> {
        if let Some(path) = self.url.strip_prefix("sqlite:") {
            let mut python = Command::new("python3");
            python.args(["-c", DUMP, path]);
            return run(python, "python3");
        }
        let mut pg_dump = Command::new(find_programs()?.join("pg_dump"));
        pg_dump.args(["--inserts", "-d"]).arg(self.url.replacen("postgres://", "postgresql://", 1));
        run(pg_dump, "pg_dump")
    }
}

/// A private PostgreSQL cluster.
struct Cluster {
    programs: PathBuf,
    directory: PathBuf,
    /// Held open for as long as the process lives.
    _supervisor: (Child, Option<ChildStdin>),
}

impl Cluster {
    fn start() -> Result<Self, DatabaseError> {
        let programs = find_programs()?;
        // The supervisor removes it, so that it goes away also after a crash.
        let directory = TempDir::with_prefix("esu-pg-").map_err(failed("a temporary directory"))?.keep();
        let user = Unprivileged::of(&directory)?;
        let data = directory.join("data");

        let mut init = user.command(programs.join("initdb"));
        init.arg("-D").arg(&data);
        init.args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]);
        run(init, "initdb")?;

        let mut server = user.command("sh");
        server.args(["-c", SUPERVISE, "supervise"]).arg(&directory);
        server.arg(programs.join("postgres")).arg("-D").arg(&data).arg("-k").arg(&directory);
        for setting in [
            "listen_addresses=",
            "fsync=off",
            "synchronous_commit=off",
            "full_page_writes=off",
            "max_connections=300",
            "shared_buffers=64MB",
            "autovacuum=off",
        ] {
            server.args(["-c", setting]);
        }
        server.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut supervisor = server.spawn().map_err(failed("sh"))?;
        let stdin = supervisor.stdin.take();
        let cluster = Self { programs, directory, _supervisor: (supervisor, stdin) };
        cluster.wait()?;
        Ok(cluster)
    }

    /// Waits until the server answers.
    fn wait(&self) -> Result<(), DatabaseError> {
        let begun = Instant::now();
        loop {
            let mut ready = Command::new(self.programs.join("pg_isready"));
            ready.arg("-q").arg("-h").arg(&self.directory).args(["-U", "postgres"]);
            if ready.status().map_err(failed("pg_isready"))?.success() {
                return Ok(());
            }
            if begun.elapsed() > PATIENCE {
                let log = fs::read_to_string(self.directory.join("log")).unwrap_or_default();
                return Err(DatabaseError(format!("PostgreSQL does not start:\n{log}")));
            }
            sleep(Duration::from_millis(20));
        }
    }
}

/// Who runs the server: PostgreSQL refuses to be run by root.
struct Unprivileged {
    /// The user and group to become.
    ids: Option<(u32, u32)>,
}

impl Unprivileged {
    /// The present user, or `postgres` where that is root, who is then given `directory`.
    fn of(directory: &Path) -> Result<Self, DatabaseError> {
        let owner = fs::metadata(directory).map_err(failed("a temporary directory"))?.uid();
        if owner != 0 {
            return Ok(Self { ids: None });
        }
        let number = |flag: &str| -> Result<u32, DatabaseError> {
            let output = Command::new("id").args([flag, "postgres"]).output().map_err(failed("id"))?;
            let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
            text.parse().map_err(|_| DatabaseError(format!("there is no user postgres; run: {INSTALL}")))
        };
        let (user, group) = (number("-u")?, number("-g")?);
        chown(directory, Some(user), Some(group)).map_err(failed("chown"))?;
        fs::set_permissions(directory, fs::Permissions::from_mode(0o755)).map_err(failed("chmod"))?;
        Ok(Self { ids: Some((user, group)) })
    }

    fn command(&self, program: impl AsRef<Path>) -> Command {
        let program = program.as_ref();
        let Some((user, group)) = self.ids else { return Command::new(program) };
        let mut command = Command::new("setpriv");
        command
            .arg(format!("--reuid={user}"))
            .arg(format!("--regid={group}"))
            .arg("--clear-groups")
            .arg(program);
        // The tests' own directory need not be readable to that user.
        command.current_dir("/");
        command
    }
}

/// The directory of PostgreSQL's programs: Debian's newest, or that of the one in the path.
fn find_programs() -> Result<PathBuf, DatabaseError> {
    let mut found: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .filter(|(_, path)| path.join("initdb").is_file())
        .collect();
    found.sort();
    if let Some((_, path)) = found.pop() {
        return Ok(path);
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .find(|directory| directory.join("initdb").is_file() && directory.join("postgres").is_file())
        .ok_or_else(|| DatabaseError(format!("PostgreSQL is not installed; run: {INSTALL}")))
}

/// Runs a program; what it printed.
fn run(mut command: Command, name: &str) -> Result<String, DatabaseError> {
    let output = command.output().map_err(failed(name))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let mut text = output.stdout;
    text.write_all(&output.stderr).map_err(failed(name))?;
    Err(DatabaseError(format!("{name} failed: {}", String::from_utf8_lossy(&text))))
}

fn failed(what: &str) -> impl Fn(std::io::Error) -> DatabaseError {
    move |error| DatabaseError(format!("{what}: {error}"))
}
