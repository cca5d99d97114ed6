//! Which Terraform.

use std::{path::Path, process::Command};

/// A release of Terraform that tests run with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Version {
    /// 1.11, the oldest that is supported: `terraform` on the path.
    #[default]
    V1_11,
    /// 1.15, which knows identities, list resources and actions. It is installed on first use, outside of the
    /// repository, which needs `python3` with `pip`.
    V1_15,
}

impl Version {
    /// Both, the oldest first.
    pub const ALL: [Self; 2] = [Self::V1_11, Self::V1_15];

    /// The command, without arguments.
    #[must_use]
    pub fn command(self) -> Command {
        match self {
            Self::V1_11 => Command::new("terraform"),
            Self::V1_15 => {
                let mut command = Command::new("python3");
                command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("terraform_1_15.py"));
                command
            }
        }
    }
}
