//! A private libvirtd with machines of one of its drivers, for the server's own collector.

use std::{
    path::Path,
    process::{Command, Stdio},
};
use tempfile::TempDir;

const LIBRARY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/lib/libvirtd.sh");

/// The daemon, with all that belongs to it in a temporary folder. It ends with this value.
pub(crate) struct Libvirt {
    dir: TempDir,
    pub(crate) uri: String,
}

impl Libvirt {
    /// With the machines of a driver: `qemu`, which has real ones, or `test`.
    pub(crate) fn start(driver: &str) -> Self {
        let mut daemon = Self { dir: TempDir::new().unwrap(), uri: String::new() };
        daemon.run("libvirt_start \"$dir\"");
        daemon.uri = daemon.run(&format!("libvirt_uri \"$dir\" {driver}")).trim().to_owned();
        daemon
    }

    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Sends a signal to the process of a file in `$dir`: `libvirtd.pid`, or `run/qemu/NAME.pid` of a machine.
    pub(crate) fn kill(&self, signal: &str, pid_file: &str) {
        self.run(&format!("kill -{signal} \"$(cat \"$dir/{pid_file}\")\""));
    }

    /// Calls a function of the library that does something with a machine.
    pub(crate) fn machine(&self, function: &str, arguments: &str) {
        self.run(&format!("{function} \"$dir\" '{}' {arguments}", self.uri));
    }

    /// Runs a line of shell with the library loaded and `$dir` set; gives what it printed.
    pub(crate) fn run(&self, line: &str) -> String {
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
