//! The demo provider, and a workspace in which the real Terraform runs it.

#![allow(dead_code, reason = "each test crate uses a part")]

use std::{
    env, fs,
    path::PathBuf,
    process::{Command, Output},
};

use tempfile::TempDir;
use testkit::terraform::Version;

/// The demo provider's program, which Cargo builds before the tests.
pub(crate) fn demo() -> PathBuf {
    let tests = env::current_exe().expect("the test's own path");
    let profile = tests.ancestors().nth(2).expect("target/<profile>/deps/<test>");
    let demo = profile.join("examples").join("demo");
    assert!(demo.exists(), "build it first: cargo build -p tfplugin --example demo");
    demo
}

/// A folder with a configuration, a state, and the demo provider's things.
pub(crate) struct Workspace {
    folder: TempDir,
    version: Version,
}

impl Workspace {
    pub(crate) fn new() -> Self {
        Self::of(Version::default())
    }

    /// A folder for another release of Terraform.
    pub(crate) fn of(version: Version) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for part in ["bin", "things", "config"] {
            fs::create_dir(folder.path().join(part)).expect("a folder");
        }
        let binary = folder.path().join("bin").join("terraform-provider-demo");
        std::os::unix::fs::symlink(demo(), binary).expect("a link");
        let overrides = format!(
            "provider_installation {{\n  dev_overrides {{ \"example/demo\" = {:?} }}\n  direct {{}}\n}}\n",
            folder.path().join("bin")
        );
        fs::write(folder.path().join("terraform.rc"), overrides).expect("a file");
        Self { folder, version }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn thing(&self, name: &str) -> PathBuf {
        self.path("things").join(format!("{name}.json"))
    }

    /// Replaces the configuration, the provider's block apart.
    pub(crate) fn configure(&self, configuration: &str) {
        let head = format!(
            "terraform {{\n  required_providers {{\n    demo = {{ source = \"example/demo\" }}\n  }}\n}}\n\
             provider \"demo\" {{\n  folder = {:?}\n}}\n",
            self.path("things")
        );
        fs::write(self.path("config").join("main.tf"), format!("{head}{configuration}")).expect("a file");
    }

    pub(crate) fn terraform(&self, arguments: &[&str]) -> Run {
        Run::from(&self.command(arguments).output().expect("terraform is on the path"))
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.version.command();
        command
            .arg(format!("-chdir={}", self.path("config").display()))
            .args(arguments)
            .env("TF_CLI_CONFIG_FILE", self.path("terraform.rc"))
            .env("CHECKPOINT_DISABLE", "1")
            .env("TF_IN_AUTOMATION", "1")
            .env_remove("TF_LOG");
        command
    }

    /// Writes a file beside the configuration.
    pub(crate) fn write(&self, name: &str, content: &str) {
        fs::write(self.path("config").join(name), content).expect("a file");
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path("config").join(name)).unwrap_or_default()
    }

    pub(crate) fn apply(&self) -> Run {
        self.terraform(&["apply", "-auto-approve", "-no-color", "-input=false"])
    }

    pub(crate) fn plan(&self) -> Run {
        self.terraform(&["plan", "-no-color", "-input=false", "-detailed-exitcode"])
    }

    pub(crate) fn state(&self) -> String {
        fs::read_to_string(self.path("config").join("terraform.tfstate")).unwrap_or_default()
    }

    pub(crate) fn output(&self, name: &str) -> String {
        self.terraform(&["output", "-json", name]).succeeds().text.trim().to_owned()
    }
}

/// What one run of Terraform said, and how it ended. Line breaks of its boxes are undone.
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) text: String,
}

impl From<&Output> for Run {
    fn from(output: &Output) -> Self {
        let text = [&output.stdout[..], &output.stderr[..]].concat();
        let text = String::from_utf8_lossy(&text).replace("\n│ ", " ").replace("│", "");
        Self { code: output.status.code(), text }
    }
}

impl Run {
    pub(crate) fn succeeds(self) -> Self {
        assert_eq!(self.code, Some(0), "{}", self.text);
        self
    }

    pub(crate) fn fails(self) -> Self {
        assert_eq!(self.code, Some(1), "{}", self.text);
        self
    }

    /// A plan with changes.
    pub(crate) fn changes(self) -> Self {
        assert_eq!(self.code, Some(2), "{}", self.text);
        self
    }

    pub(crate) fn says(self, text: &str) -> Self {
        assert!(self.text.contains(text), "{text:?} is not in:\n{}", self.text);
        self
    }

    pub(crate) fn hides(self, text: &str) -> Self {
        assert!(!self.text.contains(text), "{text:?} is in:\n{}", self.text);
        self
    }
}
