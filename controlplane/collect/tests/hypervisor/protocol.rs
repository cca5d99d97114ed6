//! The library's calls, each against `virsh`.

use crate::hypervisor::{Hypervisor, Measures, SOON};
use crate::lab::Lab;
use libvirt_rpc::{Connection, DomainState, StatsGroups, code};

async fn each_call_says_what_virsh_says(driver: &str) {
    let lab = Lab::shared(driver);
    let is = Measures { vcpu: 2, memory_mib: 160, disk_gib: 2 };
    let uuid = lab.define("asked", is, "acme/first/default");
    let connection = Connection::open(&lab.uri.parse().unwrap(), SOON).await.unwrap();

    assert_eq!(connection.hostname(SOON).await.unwrap(), lab.virsh("hostname").trim());
    let version = connection.lib_version(SOON).await.unwrap();
    let dotted = format!("{}.{}.{}", version / 1_000_000, version / 1000 % 1000, version % 1000);
    assert!(lab.virsh("version --daemon").contains(&format!("Running against daemon: {dotted}")), "{dotted}");

    let domains = connection.domains(SOON).await.unwrap();
    let domain = domains.into_iter().find(|domain| domain.uuid == uuid).unwrap();
    assert_eq!(domain.id.unwrap().to_string(), lab.virsh("domid asked").trim());

    let info = connection.domain_info(&domain, SOON).await.unwrap();
    assert_eq!(info.state, DomainState::Running);
    assert_eq!(u64::from(info.vcpu), lab.number("dominfo asked", "CPU(s)"));
    assert_eq!(info.memory_kib, lab.number("dominfo asked", "Used memory"));
    assert_eq!(info.max_memory_kib, lab.number("dominfo asked", "Max memory"));

    assert_eq!(connection.domain_xml(&domain, SOON).await.unwrap().trim(), lab.virsh("dumpxml asked").trim());
    let metadata = connection.domain_metadata(&domain, "urn:esu:owner:1", SOON).await.unwrap();
    assert_eq!(metadata.trim(), lab.virsh("metadata asked urn:esu:owner:1").trim());
    let none = connection.domain_metadata(&domain, "urn:other", SOON).await.unwrap_err();
    assert_eq!(none.remote_code(), Some(code::NO_DOMAIN_METADATA));

    let block = connection.domain_block_info(&domain, "vda", SOON).await.unwrap();
    assert_eq!(block.capacity_bytes, lab.number("domblkinfo asked vda", "Capacity"));
    assert_eq!(block.allocation_bytes, lab.number("domblkinfo asked vda", "Allocation"));
    assert_eq!(block.physical_bytes, lab.number("domblkinfo asked vda", "Physical"));

    let name = if driver == "test" { "default-pool" } else { "images" };
    let pool = connection.pool(name, SOON).await.unwrap();
    let volume = connection.volume(&pool, "asked", SOON).await.unwrap();
    let path = lab.virsh(&format!("vol-path asked --pool {name}"));
    assert_eq!(connection.volume_at(path.trim(), SOON).await.unwrap(), volume);
    let size = connection.volume_info(&volume, SOON).await.unwrap();
    let vol_info = format!("vol-info asked --pool {name} --bytes");
    assert_eq!(size.capacity_bytes, lab.number(&vol_info, "Capacity"));
    assert_eq!(size.allocation_bytes, lab.number(&vol_info, "Allocation"));
    let none = connection.volume(&pool, "nothing", SOON).await.unwrap_err();
    assert_eq!(none.remote_code(), Some(code::NO_STORAGE_VOL));
    let none = connection.pool("nothing", SOON).await.unwrap_err();
    assert_eq!(none.remote_code(), Some(code::NO_STORAGE_POOL));

    let groups = StatsGroups::STATE | StatsGroups::INTERFACE;
    let stats = connection.domain_stats(std::slice::from_ref(&domain), groups, SOON).await.unwrap();
    assert_eq!((stats.len(), &stats[0].domain.uuid), (1, &uuid));
    let said = lab.virsh("domstats asked --state --interface");
    let said: Vec<(&str, &str)> = said.lines().filter_map(|line| line.trim().split_once('=')).collect();
    let values: Vec<(&str, String)> =
        stats[0].values.iter().map(|(k, v)| (k.as_str(), v.to_string())).collect();
    assert!(said.len() >= 2 && said.len() == values.len());
    for (key, value) in values {
        assert!(said.contains(&(key, value.as_str())), "{key}={value} in {said:?}");
    }

    lab.destroy("asked");
    let gone = connection.domain_info(&domain, SOON).await.unwrap_err();
    assert_eq!(gone.remote_code(), Some(code::NO_DOMAIN));
    connection.close(SOON).await.unwrap();
}

#[tokio::test]
async fn each_call_says_what_virsh_says_of_the_test_driver() {
    each_call_says_what_virsh_says("test").await;
}

#[tokio::test]
async fn each_call_says_what_virsh_says_of_qemu() {
    each_call_says_what_virsh_says("qemu").await;
}
