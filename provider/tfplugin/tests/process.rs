//! The provider as a process: how it starts and how it ends.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod support;

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use support::demo;

const COOKIE: &str = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";
const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\nAQID\n-----END CERTIFICATE-----\n";

/// A provider that has announced itself.
struct Started {
    process: Child,
    line: String,
    _folder: tempfile::TempDir,
}

impl Started {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut process = Command::new(demo())
            .env("TF_PLUGIN_MAGIC_COOKIE", COOKIE)
            .env("PLUGIN_PROTOCOL_VERSIONS", "5,6")
            .env("PLUGIN_CLIENT_CERT", CERTIFICATE)
            .env("PLUGIN_UNIX_SOCKET_DIR", folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert!(line.contains(folder.path().to_str().unwrap()), "{line}");
        Self { process, line, _folder: folder }
    }

    fn socket(&self) -> PathBuf {
        self.line.split('|').nth(3).unwrap().into()
    }

    fn signal(&self, name: &str) {
        let pid = self.process.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
    }

    /// Whether it ends by itself within a time.
    fn ends_within(&mut self, time: Duration) -> bool {
        let start = Instant::now();
        while start.elapsed() < time {
            if self.process.try_wait().unwrap().is_some() {
                return true;
            }
            sleep(Duration::from_millis(10));
        }
        false
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn started_by_hand_it_explains_itself() {
    let output = Command::new(demo()).env_remove("TF_PLUGIN_MAGIC_COOKIE").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    assert!(String::from_utf8_lossy(&output.stderr).contains("this program is a Terraform provider"));
}

#[test]
fn a_host_of_another_protocol_is_refused() {
    let output = Command::new(demo())
        .env("TF_PLUGIN_MAGIC_COOKIE", COOKIE)
        .env("PLUGIN_PROTOCOL_VERSIONS", "5")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("this provider speaks 6"));
}

#[test]
fn it_announces_a_socket_that_nobody_else_can_reach() {
    use std::os::unix::fs::PermissionsExt;
    let started = Started::new();
    let parts: Vec<&str> = started.line.trim().split('|').collect();
    assert_eq!((parts.len(), &parts[..3], parts[4]), (6, &["1", "6", "unix"][..], "grpc"));
    let folder = started.socket().parent().map(Path::to_owned).unwrap();
    assert_eq!(folder.metadata().unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn an_interrupt_is_the_hosts_business_and_a_termination_is_obeyed() {
    let mut started = Started::new();
    let socket = started.socket();
    started.signal("INT");
    assert!(!started.ends_within(Duration::from_millis(300)));
    started.signal("TERM");
    assert!(started.ends_within(Duration::from_secs(5)));
    assert!(!socket.exists() && !socket.parent().unwrap().exists());
}

#[test]
fn it_ends_when_its_host_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let script = format!("{:?} & read line", demo());
    let mut host = Command::new("sh")
        .args(["-c", &script])
        .env("TF_PLUGIN_MAGIC_COOKIE", COOKIE)
        .env("PLUGIN_PROTOCOL_VERSIONS", "6")
        .env("PLUGIN_CLIENT_CERT", CERTIFICATE)
        .env("PLUGIN_UNIX_SOCKET_DIR", folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut out = BufReader::new(host.stdout.take().unwrap());
    out.read_line(&mut line).unwrap();
    host.kill().unwrap();
    host.wait().unwrap();
    // The pipe ends when the last process that holds it does.
    let ended = std::thread::spawn(move || out.read_line(&mut String::new()));
    let start = Instant::now();
    while !ended.is_finished() && start.elapsed() < Duration::from_secs(10) {
        sleep(Duration::from_millis(50));
    }
    assert!(ended.is_finished());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
