//! With what a scenario runs: the scenarios together see every pair of Terraform, database and batching.

use acceptance_tests::world::{On, World};
use testkit::terraform::{Version, Workspace};

/// With what a scenario runs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Combination {
    /// Which Terraform.
    pub(crate) version: Version,
    /// Which database.
    pub(crate) on: On,
    /// Whether writes in flight together are sent as one.
    batch: bool,
}

/// Every pair of two settings is in one of them.
const PAIRWISE: [Combination; 4] = [
    Combination { version: Version::V1_11, on: On::Sqlite, batch: true },
    Combination { version: Version::V1_15, on: On::Postgres, batch: true },
    Combination { version: Version::V1_11, on: On::Postgres, batch: false },
    Combination { version: Version::V1_15, on: On::Sqlite, batch: false },
];

impl Combination {
    /// How many there are.
    pub(crate) const COUNT: usize = PAIRWISE.len();

    /// One of them; they come around.
    pub(crate) fn number(number: usize) -> Self {
        PAIRWISE[number % PAIRWISE.len()]
    }

    /// The provider block.
    pub(crate) fn provider(self) -> String {
        format!("provider \"esu\" {{\n  batch = {}\n}}\n", self.batch)
    }

    /// A folder for this Terraform, as the platform's administrator, with the provider installed.
    pub(crate) fn workspace(self, world: &World, configuration: &str) -> Workspace {
        let workspace = world.uninstalled().with_version(self.version);
        workspace.configure(configuration).unwrap();
        workspace.init();
        workspace
    }
}
