//! What goes wrong between us and an ESXi host or a vCenter.

use crate::hypervisor::{SOON, metered, shape, wait_for_gap};
use crate::vsphere::Simulator;
use collect::{Backend, Error, Metered, Operation, PastKind, Reading, vmware::Trust};
use std::time::{Duration, Instant};

/// The logins that the simulator has, `govc`'s own left out.
fn logins(simulator: &Simulator) -> Vec<String> {
    let sessions = simulator.govc("session.ls");
    let ours = sessions.lines().skip(1).filter(|line| !line.contains("govc/"));
    ours.map(|line| line.split_whitespace().next().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_login_is_kept_renewed_when_it_was_ended_and_logged_out() {
    let simulator = Simulator::start("esxi", "");
    let backend = simulator.vmware("sesame", simulator.trust());
    let first = backend.inventory(SOON).await.unwrap();
    assert_eq!(backend.inventory(SOON).await.unwrap().epoch, first.epoch);
    let mut changes = backend.changes(SOON).await.unwrap();
    let one = logins(&simulator);
    assert_eq!(one.len(), 1, "{one:?}");
    simulator.govc(&format!("session.rm {}", one[0]));
    let renewed = backend.inventory(SOON).await.unwrap();
    assert!(renewed.epoch > first.epoch);
    // What is waited for already is told no more, by a call that is held: the next one says so.
    simulator.run("esxi_define \"$dir\" wakes 1 64 1");
    let reason = wait_for_gap(&mut changes).await;
    assert!(reason.contains("WaitForUpdatesEx"), "{reason}");
    assert_eq!(logins(&simulator).len(), 1);
    backend.close(SOON).await;
    assert_eq!(logins(&simulator), Vec::<String>::new());
    drop(simulator.vmware("sesame", simulator.trust()));
    let dropped = simulator.vmware("sesame", simulator.trust());
    dropped.inventory(SOON).await.unwrap();
    drop(dropped);
    let end = Instant::now() + SOON;
    while !logins(&simulator).is_empty() {
        assert!(Instant::now() < end, "a login stays behind");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn who_is_not_trusted_and_who_is_not_let_in_are_told_apart_without_the_password() {
    let simulator = Simulator::start("esxi", "");
    let told = |result: Result<_, Error>| result.map(|_: collect::Snapshot| ()).unwrap_err();
    let denied = told(simulator.vmware("wrong-one", simulator.trust()).inventory(SOON).await);
    assert!(matches!(&denied, Error::Denied { .. }) && !denied.retryable(), "{denied}");
    assert!(!format!("{denied:?}").contains("wrong-one"));
    let other = told(simulator.vmware("sesame", Trust::Thumbprint([7; 32])).inventory(SOON).await);
    let thumbprint = simulator.run("vcsim_thumbprint \"$dir\"");
    assert!(other.to_string().contains(thumbprint.trim()), "{other}");
    let unknown = told(simulator.vmware("sesame", Trust::System).inventory(SOON).await);
    assert!(unknown.to_string().to_lowercase().contains("certificate"), "{unknown}");
    // Its own certificate as an authority: it is for its address.
    let pem = std::fs::read_to_string(simulator.dir().join("tls.crt")).unwrap();
    simulator.vmware("sesame", Trust::authority(&pem).unwrap()).inventory(SOON).await.unwrap();
}

#[tokio::test]
async fn a_slow_endpoint_is_an_error_in_time_and_one_that_was_restarted_is_asked_again() {
    let simulator = Simulator::start("esxi", "-method-delay RetrievePropertiesEx:3000");
    let backend = simulator.vmware("sesame", simulator.trust());
    let begun = Instant::now();
    let late = backend.inventory(Duration::from_millis(700)).await.unwrap_err();
    assert!(matches!(late, Error::Timeout { .. }), "{late}");
    assert!(begun.elapsed() < Duration::from_secs(2));
    simulator.end();
    let gone = backend.inventory(SOON).await.unwrap_err();
    assert!(matches!(&gone, Error::Unreachable { .. }) && gone.retryable(), "{gone}");
    simulator.begin("");
    simulator.run("esxi_define \"$dir\" after 1 64 1");
    assert_eq!(backend.inventory(SOON).await.unwrap().machines.len(), 1);
}

#[tokio::test]
async fn a_vcenter_tells_what_happened_and_an_esxi_host_that_cannot_says_nothing() {
    let simulator = Simulator::start("vcenter", "");
    simulator.run("esxi_define \"$dir\" past 1 64 1; sleep 1.1");
    let backend = simulator.vmware("sesame", simulator.trust());
    let begun = Instant::now();
    simulator.run("esxi_stop \"$dir\" past; esxi_resize \"$dir\" past 3 128; esxi_start \"$dir\" past; esxi_owner \"$dir\" past a/b/c");
    let snapshot = backend.inventory(SOON).await.unwrap();
    let past = backend.history(begun.elapsed(), SOON).await.unwrap().expect("the log reaches back");
    let uuid = snapshot.machines[0].uuid;
    assert!(past.iter().all(|past| past.machine == Some(uuid) && past.name == "past"));
    assert!(past.is_sorted_by(|one, next| one.ago >= next.ago));
    let kinds: Vec<&PastKind> = past.iter().map(|past| &past.kind).collect();
    let [PastKind::Stopped, PastKind::Reconfigured(size), PastKind::Started, PastKind::Reconfigured(owner)] =
        kinds[..]
    else {
        panic!("{kinds:?}")
    };
    assert_eq!(
        (size.vcpu, size.memory_mib, size.owner.clone(), size.is_partial),
        (Some(3), Some(128), None, false)
    );
    assert_eq!(owner.owner, Some(collect::Owner::parse("a/b/c")));
    let longer = backend.history(Duration::from_secs(3600), SOON).await.unwrap();
    assert_eq!(longer, None, "it was not there an hour ago");
    let host = Simulator::start("esxi", "");
    assert_eq!(
        host.vmware("sesame", host.trust()).history(Duration::from_secs(1), SOON).await.unwrap(),
        None
    );
}

#[tokio::test]
async fn a_disk_that_another_machine_has_too_stays_when_a_machine_is_deleted() {
    let simulator = Simulator::start("esxi", "");
    let has = |path: &str| simulator.govc("datastore.ls -ds LocalDS_0 -R").contains(path);
    simulator.run(
        "esxi_define \"$dir\" stays 1 64 1; esxi_define \"$dir\" goes 1 64 1; g() { vcsim_govc \"$dir\" \"$@\" >/dev/null; }; \
         for name in own shared; do g datastore.mkdir -ds LocalDS_0 $name; g vm.disk.create -vm goes -name $name/root -size 1G; done; \
         g vm.disk.attach -vm stays -disk shared/root.vmdk -link=false",
    );
    assert!(has("own:\nroot") && has("shared:\nroot"));
    let backend = simulator.vmware("sesame", simulator.trust());
    let before = backend.inventory(SOON).await.unwrap();
    let goes = before.machines.iter().find(|machine| machine.name == "goes").unwrap();
    backend.apply(&Operation::Delete(goes.uuid), SOON).await.unwrap();
    let after = backend.inventory(SOON).await.unwrap();
    let [stays] = &after.machines[..] else { panic!("{after:?}") };
    assert_eq!((stays.name.as_str(), shape(stays).disks.len()), ("stays", 2));
    assert!(has("shared:\nroot") && !has("own:\nroot"));
}

#[tokio::test]
async fn traffic_is_told_in_windows_of_twenty_seconds() {
    let simulator = Simulator::start("esxi", "");
    simulator.run(
        "esxi_define \"$dir\" talks 1 64 1; esxi_define \"$dir\" silent 1 64 1; esxi_stop \"$dir\" silent",
    );
    let backend = simulator.vmware("sesame", simulator.trust());
    let snapshot = backend.inventory(SOON).await.unwrap();
    let uuids: Vec<_> = snapshot.machines.iter().map(|machine| machine.uuid).collect();
    let counters = backend.counters(&metered(&uuids), SOON).await.unwrap();
    let talks = snapshot.machines.iter().find(|machine| machine.name == "talks").unwrap();
    assert_eq!(counters.iter().map(|one| one.uuid).collect::<Vec<_>>(), [talks.uuid]);
    let nic = &shape(talks).nics[0];
    assert_eq!(nic.network.as_deref(), Some("VM Network"));
    let traffic = counters[0].traffic.as_ref().unwrap();
    assert_eq!(traffic.len(), 180, "an hour");
    let mut ends = Vec::new();
    for reading in traffic {
        let Reading::Window { until, length } = reading.reading else { panic!("{reading:?}") };
        assert_eq!((length, &reading.mac), (Duration::from_secs(20), &nic.mac));
        assert_eq!(reading.received_bytes % (20 * 1024), 0);
        ends.push(until);
    }
    assert!(ends.is_sorted());
    // What is counted already is not told again; of one that is off, what it used before is.
    let newest = *ends.last().unwrap();
    let since = |ago: i64| {
        let since = Some(newest - jiff::SignedDuration::from_secs(ago));
        uuids.iter().map(|machine| Metered { machine: *machine, since }).collect::<Vec<_>>()
    };
    let counters = backend.counters(&since(600), SOON).await.unwrap();
    assert_eq!(counters.len(), 2);
    for one in &counters {
        let windows = one.traffic.as_ref().unwrap().len();
        assert!((30..=33).contains(&windows), "{windows} windows in ten minutes");
    }
    let counters = backend.counters(&since(4000), SOON).await.unwrap();
    assert_eq!(counters.iter().map(|one| one.uuid).collect::<Vec<_>>(), [talks.uuid], "no host keeps that");
    // A host's clock was wrong: what was counted up to a time to come is no reason to ask for nothing.
    let counters = backend.counters(&since(-3600), SOON).await.unwrap();
    assert!(counters.iter().all(|one| one.traffic.as_ref().is_ok_and(|windows| windows.len() == 180)));
    assert_eq!(counters.len(), 2);
}

#[tokio::test]
async fn ten_thousand_machines_are_a_complete_inventory() {
    let simulator = Simulator::start("vcenter", "-cluster 2 -host 4 -vm 5000");
    let backend = simulator.vmware_now_and_then();
    // Whatever else this machine does meanwhile.
    let long = Duration::from_secs(300);
    let snapshot = backend.inventory(long).await.unwrap();
    assert_eq!(snapshot.machines.len(), 10_000);
    assert!(
        snapshot.machines.iter().all(|machine| machine.shape.is_ok()) && snapshot.unidentified.is_empty()
    );
    let one = &snapshot.machines[5_000];
    assert_eq!(shape(one).disks.len(), 1);
    let again = backend.inventory(long).await.unwrap();
    assert!(again.machines.iter().any(|machine| machine == one));
}
