//! A folder in which the real Terraform runs with the provider that was just built.

use serde_json::Value as Json;
use std::{fs, path::Path, process::Command};
use tempfile::TempDir;

/// The head of every configuration.
const HEAD: &str = r#"
terraform {
  required_providers {
    esu = { source = "esu/esu" }
  }
}
"#;

/// What a run of Terraform gave.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) succeeded: bool,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Outcome {
    /// The standard output, as JSON.
    pub(crate) fn json(&self) -> Json {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// The folder.
pub(crate) struct Workspace(TempDir);

impl Workspace {
    /// A folder with a configuration.
    pub(crate) fn new(configuration: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let provider = Path::new(env!("CARGO_BIN_EXE_terraform-provider-esu"));
        let built = provider.parent().unwrap().display();
        let settings = format!(
            "provider_installation {{\n  dev_overrides {{\n    \"registry.terraform.io/esu/esu\" = \"{built}\"\n  \
             }}\n  direct {{}}\n}}\n"
        );
        fs::write(folder.path().join("terraform.rc"), settings).unwrap();
        let workspace = Self(folder);
        workspace.configure(configuration);
        workspace
    }

    /// Writes another configuration.
    pub(crate) fn configure(&self, configuration: &str) {
        fs::write(self.0.path().join("main.tf"), format!("{HEAD}{configuration}")).unwrap();
    }

    /// Runs Terraform, with nothing of ESU in its environment but what is given.
    pub(crate) fn terraform(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Outcome {
        let output = Command::new("terraform")
            .args(arguments)
            .current_dir(self.0.path())
            .env("TF_CLI_CONFIG_FILE", self.0.path().join("terraform.rc"))
            .env("CHECKPOINT_DISABLE", "1")
            .env_remove("ESU_ENDPOINT")
            .env_remove("ESU_TOKEN")
            .env_remove("ESU_PARTNER")
            .envs(environment.iter().copied())
            .output()
            .expect("terraform is on the PATH");
        Outcome {
            succeeded: output.status.success(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The errors of `terraform validate`: the first line of the code that each points to, and its detail.
    pub(crate) fn errors(&self) -> Vec<(String, String)> {
        let report = self.terraform(&["validate", "-json"], &[]).json();
        let text = |diagnostic: &Json, path: &str| {
            diagnostic.pointer(path).and_then(Json::as_str).unwrap_or_default().trim().to_owned()
        };
        let found = report["diagnostics"].as_array().unwrap().iter();
        found
            .filter(|diagnostic| diagnostic["severity"] == "error")
            .map(|diagnostic| (text(diagnostic, "/snippet/code"), text(diagnostic, "/detail")))
            .collect()
    }
}
