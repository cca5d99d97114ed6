//! When the hypervisor is not there, goes away, or is something else.

use crate::hypervisor::{Hypervisor, Measures, SOON, seen, wait_for, wait_for_gap};
use crate::lab::{Daemon, Lab};
use collect::kvm::{Kvm, Options};
use collect::{Backend, ChangeKind, Error};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

const SMALL: Measures = Measures { vcpu: 1, memory_mib: 128, disk_gib: 1 };

fn at(address: &str) -> Kvm {
    Kvm::new(address, Options::default()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_daemons_restart_is_a_gap_and_then_all_is_as_before() {
    let lab = Lab::new(Arc::new(Daemon::start()), "qemu");
    let backend = lab.kvm();
    let uuid = lab.define("survives", SMALL, "acme/first/default");
    let before = backend.inventory(SOON).await.unwrap();
    let mut changes = backend.changes(SOON).await.unwrap();
    lab.daemon.run("libvirt_restart \"$dir\"");
    let reason = wait_for_gap(&mut changes).await;
    assert_eq!(reason, "the connection ended: the daemon closed it");
    let after = backend.inventory(SOON).await.unwrap();
    assert!(after.epoch > before.epoch);
    assert_eq!(after.machines.len(), 1);
    assert!(after.machines[0].continues(&before.machines[0]), "the machine ran on");
    let mut changes = backend.changes(SOON).await.unwrap();
    lab.stop("survives");
    let stopped = wait_for(&mut changes, &ChangeKind::Stopped(uuid)).await;
    assert_eq!(stopped.epoch, after.epoch);
    assert!(seen(&backend, uuid).await.is_some());

    lab.daemon.run("libvirt_stop \"$dir\"");
    wait_for_gap(&mut changes).await;
    let gone = backend.inventory(SOON).await.unwrap_err();
    assert!(matches!(&gone, Error::Unreachable { .. }) && gone.retryable(), "{gone}");
    let gone = gone.to_string();
    let (_, rest) = lab.uri.split_once("://").unwrap();
    let (host, _) = rest.split_once('/').unwrap();
    assert_eq!(gone, format!("{}: cannot connect to {host} (Connection refused (os error 111))", lab.uri));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_missing_socket_is_named() {
    let said =
        at("qemu+unix:///system?socket=/nowhere/libvirt-sock").inventory(SOON).await.unwrap_err().to_string();
    assert!(said.contains("cannot connect to /nowhere/libvirt-sock (No such file or directory"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_local_socket_is_as_good_as_the_port() {
    let lab = Lab::shared("qemu");
    let socket = lab.daemon.dir().join("run/libvirt-sock");
    let local = at(&format!("qemu+unix:///system?socket={}", socket.display()));
    assert!(local.inventory(SOON).await.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_address_that_cannot_be_is_told_with_those_that_can() {
    let error = Kvm::new("qemu+ssh://kvm1/system", Options::default()).unwrap_err();
    assert!(!error.retryable());
    let said = error.to_string();
    assert!(
        said.contains("\"ssh\" is not one of unix, tcp and tls")
            && said.contains("qemu+tls://host:port/system"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn one_who_never_answers_is_given_up_in_time() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("qemu+tcp://{}/system", silent.local_addr().unwrap());
    let backend = at(&address);
    for _ in 0..2 {
        let error = backend.inventory(Duration::from_millis(200)).await.unwrap_err();
        assert_eq!(error.to_string(), format!("{address}: no inventory within 200 ms"));
        assert!(error.retryable());
    }
}

/// A way to the daemon that can be blocked, and then lets pass only who comes later.
async fn way_to(daemon: String) -> (String, watch::Sender<bool>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let here = listener.local_addr().unwrap().to_string();
    let (block, blocked) = watch::channel(false);
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let (daemon, mut blocked) = (daemon.clone(), blocked.clone());
            blocked.mark_unchanged();
            tokio::spawn(async move {
                let mut server = TcpStream::connect(daemon).await.unwrap();
                tokio::select! {
                    _ = tokio::io::copy_bidirectional(&mut client, &mut server) => {}
                    _ = blocked.changed() => std::future::pending::<()>().await,
                }
            });
        }
    });
    (here, block)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_connection_that_fell_silent_is_replaced() {
    let lab = Lab::shared("test");
    let uuid = lab.define("silent", SMALL, "");
    let (_, rest) = lab.uri.split_once("://").unwrap();
    let (way, block) = way_to(rest.split_once('/').unwrap().0.to_owned()).await;
    let backend = at(&format!("test+tcp://{way}/default"));
    let before = backend.inventory(SOON).await.unwrap();
    let mut changes = backend.changes(SOON).await.unwrap();
    block.send(true).unwrap();
    let error = backend.inventory(Duration::from_millis(300)).await.unwrap_err();
    assert!(matches!(error, Error::Timeout { .. }), "{error}");
    wait_for_gap(&mut changes).await;
    let after = backend.inventory(SOON).await.unwrap();
    assert!(after.epoch > before.epoch);
    assert!(after.machines.iter().any(|machine| machine.uuid == uuid));
    lab.destroy("silent");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn one_who_speaks_another_protocol_is_found_out() {
    let other = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("qemu+tcp://{}/system", other.local_addr().unwrap());
    let serve = async {
        let (mut stream, _) = other.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        std::future::pending::<()>().await;
    };
    let backend = at(&address);
    let error = tokio::select! {
        result = backend.inventory(SOON) => result.unwrap_err(),
        () = serve => unreachable!(),
    };
    assert!(error.to_string().contains("this is not libvirt's protocol"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_daemon_that_wants_to_know_who_asks_is_refused_in_words() {
    let daemon = Daemon::start();
    // The daemon offers SASL alone.
    let port: u16 = std::fs::read_to_string(daemon.dir().join("port")).unwrap().trim().parse().unwrap();
    daemon.run(
        "sed -i 's/auth_tcp = .*/auth_tcp = \"sasl\"/' \"$dir/etc/libvirtd.conf\"; \
         _shell_kill \"$dir/test-driver.pid\" virsh TERM; _shell_kill \"$dir/libvirtd.pid\" libvirtd TERM; \
         _libvirt_spawn \"$dir\"; for i in $(seq 100); do [ -s \"$dir/libvirtd.pid\" ] && break; sleep 0.1; done; sleep 1",
    );
    let error = at(&format!("qemu+tcp://127.0.0.1:{port}/system")).inventory(SOON).await.unwrap_err();
    assert!(matches!(error, Error::Denied { .. }) && !error.retryable(), "{error}");
    assert!(error.to_string().contains("the daemon asks for SASL"), "{error}");
}
