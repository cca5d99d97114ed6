//! What starting costs: measured and shown with `--nocapture`, and judged by nobody, since machines differ.

use acceptance_tests::world::{On, World};
use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
    time::Instant,
};

/// What Terraform shows a provider, so that it knows whom it talks to.
const COOKIE: &str = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";

/// A certificate in form, which the provider trusts when a connection comes, and none comes here.
const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\nAQID\n-----END CERTIFICATE-----\n";

/// How often the provider is started.
const STARTS: u32 = 20;

#[test]
fn starting_is_measured() {
    let begun = Instant::now();
    let world = World::new(On::Sqlite, None);
    println!("control plane: ready, with its first administrator, after {} ms", begun.elapsed().as_millis());
    let folder = world.workspace("");
    let (mut micros, mut most_kib) = (0, 0);
    for _ in 0..STARTS {
        let begun = Instant::now();
        let mut provider = Command::new(&world.programs.provider)
            .env("TF_PLUGIN_MAGIC_COOKIE", COOKIE)
            .env("PLUGIN_PROTOCOL_VERSIONS", "5,6")
            .env("PLUGIN_CLIENT_CERT", CERTIFICATE)
            .env("PLUGIN_UNIX_SOCKET_DIR", folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(provider.stdout.take().unwrap()).read_line(&mut line).unwrap();
        micros += begun.elapsed().as_micros();
        assert!(line.starts_with("1|6|unix|"), "{line}");
        let status = std::fs::read_to_string(format!("/proc/{}/status", provider.id())).unwrap_or_default();
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib: u32 =
            resident.and_then(|text| text.split_whitespace().next()?.parse().ok()).unwrap_or_default();
        most_kib = most_kib.max(kib);
        provider.kill().unwrap();
        let _ = provider.wait().unwrap();
    }
    println!(
        "provider: handshake after {} us on average, {most_kib} KiB resident",
        micros / u128::from(STARTS)
    );
}
