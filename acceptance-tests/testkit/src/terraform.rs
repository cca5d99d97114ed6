//! The real Terraform in a folder of its own, with the provider installed from a filesystem mirror, as users do it.

mod version;

use serde_json::Value;
use std::{
    fs, io,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
};
use tempfile::TempDir;

pub use version::Version;

/// How many Terraforms run at once: each starts processes of its own.
const AT_ONCE: usize = 3;

/// Where the provider is published.
const ADDRESS: &str = "registry.terraform.io/esu/esu";

/// The head of every configuration.
const HEAD: &str = "terraform {\n  required_providers {\n    esu = { source = \"esu/esu\" }\n  }\n}\n";

/// How to get the programs.
const BUILD: &str = "cargo build --release -p controlplane -p provider";

static RUNNING: Mutex<usize> = Mutex::new(0);
static ENDED: Condvar = Condvar::new();

/// Why Terraform cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum TerraformError {
    /// A file or a process failed.
    #[error("{0}: {1}")]
    Io(&'static str, io::Error),
    /// A program was not built.
    #[error("{0} is missing; run: {BUILD} (or set ESU_BIN_DIR to the folder of the programs)")]
    NotBuilt(PathBuf),
    /// The provider does not say its version as expected.
    #[error("the provider's version is \"{0}\"")]
    Version(String),
}

/// The programs under test, as they were built.
#[derive(Clone, Debug)]
pub struct Programs {
    /// The server.
    pub controlplane: PathBuf,
    /// The provider.
    pub provider: PathBuf,
}

impl Programs {
    /// The programs in `ESU_BIN_DIR`; without it, those built beside the tests, release before debug.
    ///
    /// # Errors
    /// When there are none; the text says how to build them.
    pub fn find() -> Result<Self, TerraformError> {
        if let Some(folder) = std::env::var_os("ESU_BIN_DIR") {
            return Self::within(Path::new(&folder));
        }
        let test = std::env::current_exe().map_err(failed("the test's own path"))?;
        // A test lies in `<target>/<profile>/deps`.
        let target = test.ancestors().nth(3).unwrap_or(Path::new("target"));
        let release = Self::within(&target.join("release"));
        release.or_else(|missing| Self::within(&target.join("debug")).map_err(|_| missing))
    }

    fn within(folder: &Path) -> Result<Self, TerraformError> {
        let program = |name: &str| {
            let path = folder.join(name);
            if path.is_file() { Ok(path) } else { Err(TerraformError::NotBuilt(path)) }
        };
        Ok(Self { controlplane: program("controlplane")?, provider: program("terraform-provider-esu")? })
    }

    /// The provider's version, as it says itself.
    ///
    /// # Errors
    /// When it does not run.
    pub fn provider_version(&self) -> Result<String, TerraformError> {
        let output =
            Command::new(&self.provider).arg("--version").output().map_err(failed("the provider"))?;
        let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        match text.rsplit_once(' ') {
            Some((_, version)) if output.status.success() => Ok(version.to_owned()),
            _ => Err(TerraformError::Version(text)),
        }
    }
}

/// What a run of Terraform gave.
#[derive(Clone, Debug)]
pub struct Run {
    /// The exit code; -1 where a signal ended it.
    pub code: i32,
    /// The standard output.
    pub out: String,
    /// The standard error.
    pub err: String,
}

/// What Terraform said to the user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// `error` or `warning`.
    pub severity: String,
    /// The first line.
    pub summary: String,
    /// The rest.
    pub detail: String,
    /// The resource that it is about.
    pub address: String,
    /// The lines of the configuration that it points to.
    pub code: String,
}

impl Run {
    /// This run, which must have this exit code.
    #[track_caller]
    #[must_use]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}", self.brief());
        self
    }

    /// What it said, without the messages of a run that went well.
    pub fn brief(&self) -> String {
        let plain = self.out.lines().filter(|line| !line.starts_with('{'));
        let plain: Vec<&str> = plain.chain(self.err.lines()).collect();
        let told: Vec<String> = self.said().iter().map(|said| format!("{said:#?}")).collect();
        let counts = self.counts();
        format!("import, add, change, remove: {counts:?}\n{}\n{}", told.join("\n"), plain.join("\n"))
    }

    /// The standard output as one JSON value; null where it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or(Value::Null)
    }

    /// The messages of a run with `-json`.
    pub fn messages(&self) -> Vec<Value> {
        self.out.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// The errors and warnings of a run with `-json`.
    pub fn said(&self) -> Vec<Said> {
        let single = self.json();
        let listed = single.get("diagnostics").and_then(Value::as_array).cloned().unwrap_or_default();
        let messages = self.messages();
        let streamed = messages.iter().filter_map(|message| message.get("diagnostic").cloned());
        listed.into_iter().chain(streamed).map(|found| said(&found)).collect()
    }

    /// The errors alone.
    pub fn errors(&self) -> Vec<Said> {
        self.said().into_iter().filter(|found| found.severity == "error").collect()
    }

    /// The last summary of changes: how many to import, add, change and remove.
    pub fn counts(&self) -> [i64; 4] {
        let messages = self.messages();
        let last = messages.iter().rev().find_map(|message| message.get("changes"));
        let count =
            |name: &str| last.and_then(|changes| changes.get(name)).and_then(Value::as_i64).unwrap_or(0);
        ["import", "add", "change", "remove"].map(count)
    }

    /// The planned changes: address and action, such as `update`.
    pub fn planned(&self) -> Vec<(String, String)> {
        self.changes("planned_change")
    }

    /// What was found changed outside: address and action.
    pub fn drift(&self) -> Vec<(String, String)> {
        self.changes("resource_drift")
    }

    fn changes(&self, kind: &str) -> Vec<(String, String)> {
        let messages = self.messages();
        let wanted = messages.iter().filter(|message| message.get("type") == Some(&kind.into()));
        wanted
            .map(|message| {
                let address = text(message, "/change/resource/addr");
                (address, text(message, "/change/action"))
            })
            .collect()
    }
}

fn said(found: &Value) -> Said {
    Said {
        severity: text(found, "/severity"),
        summary: text(found, "/summary"),
        detail: text(found, "/detail"),
        address: text(found, "/address"),
        code: text(found, "/snippet/code"),
    }
}

fn text(value: &Value, path: &str) -> String {
    value.pointer(path).and_then(Value::as_str).unwrap_or_default().trim().to_owned()
}

/// A folder with a configuration and its state. It goes away with this value.
#[derive(Debug)]
pub struct Workspace {
    folder: TempDir,
    environment: Vec<(String, String)>,
    version: Version,
}

impl Workspace {
    /// A folder for a configuration that is about the server at `endpoint`, as the account of `token`.
    ///
    /// # Errors
    /// When there is no room for temporary files.
    pub fn new(programs: &Programs, endpoint: &str, token: &str) -> Result<Self, TerraformError> {
        let folder = TempDir::with_prefix("esu-terraform-").map_err(failed("a temporary directory"))?;
        let version = programs.provider_version()?;
        let mirror = folder.path().join("mirror");
        let installed = mirror.join(ADDRESS).join(&version).join(platform());
        fs::create_dir_all(&installed).map_err(failed("the mirror"))?;
        let program = installed.join(format!("terraform-provider-esu_v{version}"));
        // A link where the file system allows it: the program is large, and there are many workspaces.
        fs::hard_link(&programs.provider, &program)
            .or_else(|_| fs::copy(&programs.provider, &program).map(drop))
            .map_err(failed("the mirror"))?;
        let settings = format!(
            "disable_checkpoint = true\nprovider_installation {{\n  filesystem_mirror {{\n    path = \"{}\"\n  }}\n}}\n",
            mirror.display()
        );
        fs::write(folder.path().join("terraform.rc"), settings).map_err(failed("terraform.rc"))?;
        fs::write(folder.path().join("head.tf"), HEAD).map_err(failed("head.tf"))?;
        let environment = vec![
            ("ESU_ENDPOINT".to_owned(), endpoint.to_owned()),
            ("ESU_TOKEN".to_owned(), token.to_owned()),
        ];
        Ok(Self { folder, environment, version: Version::default() })
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Uses another release of Terraform.
    #[must_use]
    pub fn with_version(mut self, version: Version) -> Self {
        self.version = version;
        self
    }

    /// Adds an environment variable.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.retain(|(given, _)| given != name);
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Removes an environment variable.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.environment.retain(|(given, _)| given != name);
        self
    }

    /// Writes the configuration anew.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn configure(&self, configuration: &str) -> Result<(), TerraformError> {
        self.write("main.tf", configuration)
    }

    /// Writes a file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, name: &str, content: &str) -> Result<(), TerraformError> {
        fs::write(self.path().join(name), content).map_err(failed("a file of the configuration"))
    }

    /// Removes a file, if it is there.
    pub fn remove(&self, name: &str) {
        // What is not there need not be removed.
        let _ = fs::remove_file(self.path().join(name));
    }

    /// A command of Terraform in this folder, with nothing of ESU in its environment but what it was given.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.version.command();
        command.args(arguments).current_dir(self.path());
        for name in ["ESU_ENDPOINT", "ESU_TOKEN", "ESU_PARTNER", "TF_LOG", "TF_CLI_ARGS", "TF_DATA_DIR"] {
            command.env_remove(name);
        }
        command.env("TF_CLI_CONFIG_FILE", self.path().join("terraform.rc"));
        command.env("CHECKPOINT_DISABLE", "1").env("TF_IN_AUTOMATION", "1").env("TF_INPUT", "0");
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs a command to its end.
    #[track_caller]
    pub fn run(&self, arguments: &[&str]) -> Run {
        let _turn = Turn::take();
        match self.command(arguments).stdin(Stdio::null()).output() {
            Ok(output) => Run {
                code: output.status.code().unwrap_or(-1),
                out: String::from_utf8_lossy(&output.stdout).into_owned(),
                err: String::from_utf8_lossy(&output.stderr).into_owned(),
            },
            Err(error) => Run { code: -1, out: String::new(), err: format!("terraform: {error}") },
        }
    }

    /// Starts a command and leaves it running.
    ///
    /// # Errors
    /// When Terraform is not there.
    pub fn spawn(&self, arguments: &[&str]) -> Result<Child, TerraformError> {
        let mut command = self.command(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().map_err(failed("terraform"))
    }

    /// Installs the provider, which must succeed.
    #[track_caller]
    pub fn init(&self) {
        let _ = self.run(&["init", "-no-color"]).expect(0);
    }

    /// `terraform validate`, which asks no server.
    #[track_caller]
    pub fn validate(&self) -> Run {
        self.run(&["validate", "-json"])
    }

    /// `terraform plan`: exit code 0 for no changes, 2 for some, 1 for errors. The plan is kept in `plan`.
    #[track_caller]
    pub fn plan(&self, more: &[&str]) -> Run {
        self.run(&[&["plan", "-json", "-detailed-exitcode", "-out=plan"], more].concat())
    }

    /// `terraform apply` of the configuration.
    #[track_caller]
    pub fn apply(&self, more: &[&str]) -> Run {
        self.run(&[&["apply", "-json", "-auto-approve"], more].concat())
    }

    /// `terraform destroy`.
    #[track_caller]
    pub fn destroy(&self, more: &[&str]) -> Run {
        self.run(&[&["destroy", "-json", "-auto-approve"], more].concat())
    }

    /// `terraform import`.
    #[track_caller]
    pub fn import(&self, address: &str, id: &str) -> Run {
        self.run(&["import", "-no-color", address, id])
    }

    /// The state, as `terraform show -json` tells it.
    #[track_caller]
    pub fn state(&self) -> Value {
        self.run(&["show", "-json"]).expect(0).json()
    }

    /// The kept plan, as `terraform show -json` tells it.
    #[track_caller]
    pub fn kept_plan(&self) -> Value {
        self.run(&["show", "-json", "plan"]).expect(0).json()
    }

    /// The resources of the state by address: their values.
    #[track_caller]
    pub fn values(&self) -> Vec<(String, Value)> {
        let state = self.state();
        let resources = state.pointer("/values/root_module/resources").and_then(Value::as_array);
        let resources = resources.into_iter().flatten();
        resources.map(|resource| (text(resource, "/address"), resource["values"].clone())).collect()
    }

    /// Asserts that a plan finds nothing to do.
    #[track_caller]
    pub fn expect_empty_plan(&self) {
        let plan = self.plan(&[]);
        if plan.code != 0 {
            let kept =
                if plan.code == 2 { self.run(&["show", "-no-color", "plan"]).out } else { plan.brief() };
            assert_eq!(plan.code, 0, "the plan is not empty:\n{kept}");
        }
    }
}

/// The right to run one Terraform.
struct Turn;

impl Turn {
    fn take() -> Self {
        let mut running = running();
        while *running >= AT_ONCE {
            running = ENDED.wait(running).unwrap_or_else(PoisonError::into_inner);
        }
        *running += 1;
        Self
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        *running() -= 1;
        ENDED.notify_one();
    }
}

fn running() -> MutexGuard<'static, usize> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The platform, as Terraform names it.
fn platform() -> String {
    let os = if cfg!(target_os = "macos") { "darwin" } else { std::env::consts::OS };
    let arch = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    format!("{os}_{arch}")
}

fn failed(what: &'static str) -> impl Fn(io::Error) -> TerraformError {
    move |error| TerraformError::Io(what, error)
}
