//! A private libvirtd with machines of its driver `test`, for the server's own collector.

use std::process::{Command, Stdio};
use tempfile::TempDir;

const LIBRARY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/lib/libvirtd.sh");

/// The daemon, with all that belongs to it in a temporary folder. It ends with this value.
pub(crate) struct Libvirt {
    dir: TempDir,
    pub(crate) uri: String,
}

impl Libvirt {
    pub(crate) fn start() -> Self {
        let mut daemon = Self { dir: TempDir::new().unwrap(), uri: String::new() };
        daemon.run("libvirt_start \"$dir\"");
        daemon.uri = daemon.run("libvirt_uri \"$dir\" test").trim().to_owned();
        daemon
    }

    /// Calls a function of the library that does something with a machine.
    pub(crate) fn machine(&self, function: &str, arguments: &str) {
        self.run(&format!("{function} \"$dir\" '{}' {arguments}", self.uri));
    }

    /// Runs a line of shell with the library loaded and `$dir` set; gives what it printed.
    fn run(&self, line: &str) -> String {
        let dir = self.dir.path().display();
        let line = format!("set -euo pipefail; dir={dir}; . {LIBRARY}; {line}");
        let output = Command::new("bash").args(["-c", &line]).stdin(Stdio::null()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "{said}\nis libvirt there? bash -c '. examples/lib/libvirtd.sh; libvirt_install'"
        );
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

impl Drop for Libvirt {
    fn drop(&mut self) {
        self.run("libvirt_stop \"$dir\"");
    }
}
