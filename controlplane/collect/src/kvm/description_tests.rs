//! Descriptions as libvirt writes them, and as it would never.

use super::*;
use uuid::Uuid;

fn parse(inside: &str) -> Result<Description, String> {
    let domain = Domain { name: "web".into(), uuid: Uuid::from_u128(1), id: None };
    Description::parse(&format!("<domain type='kvm'>{inside}</domain>"), &domain)
}

fn with(inside: &str) -> Description {
    parse(&format!("<memory unit='KiB'>1024</memory><vcpu>1</vcpu>{inside}")).unwrap()
}

fn disks(inside: &str) -> Vec<(Disk, Source)> {
    with(&format!("<devices>{inside}</devices>")).disks
}

#[test]
fn sizes_are_those_in_use_not_the_maxima() {
    let is = |memory: &str, kib, vcpu: &str, count| {
        let description = parse(&format!("{memory}{vcpu}")).unwrap();
        assert_eq!((description.memory_kib, description.vcpu), (kib, count), "{memory} {vcpu}");
    };
    is("<memory>2048</memory>", 2048, "<vcpu placement='static' current='2'>8</vcpu>", 2);
    is(
        "<memory unit='GiB'>4</memory><currentMemory unit='MiB'>100</currentMemory>",
        102_400,
        "<vcpu>8</vcpu>",
        8,
    );
    is("<memory unit='b'>1025</memory>", 2, "<vcpu> 3 </vcpu>", 3);
    is("<memory unit='MB'>1</memory>", 977, "<vcpu>1</vcpu>", 1);
}

#[test]
fn what_cannot_be_read_is_said() {
    for (inside, said) in [
        ("<memory>1</memory>", "no vcpu"),
        ("<vcpu>1</vcpu>", "no memory"),
        ("<memory>1</memory><vcpu>many</vcpu>", "\"many\" vcpu"),
        ("<memory unit='PiB'>1</memory><vcpu>1</vcpu>", "\"PiB\""),
        ("<memory unit='TiB'>99999999999</memory><vcpu>1</vcpu>", "99999999999"),
        ("<memory>", "not XML"),
    ] {
        let error = parse(inside).unwrap_err();
        assert!(error.contains(said), "{error}");
    }
}

#[test]
fn every_kind_of_disk_has_a_key_and_what_is_no_disk_is_left_out() {
    let found = disks(
        "<disk device='cdrom'><source file='/iso'/><target dev='hda'/></disk>
         <disk device='floppy'><target dev='fda'/></disk>
         <disk type='volume' device='disk'><source pool='p' volume='v' index='1'/><target dev='vdb'/></disk>
         <disk type='file'><source file='/srv/a'/><target dev='vda'/></disk>
         <disk type='block' device='lun'><source dev='/dev/x'/><target dev='sda'/></disk>
         <disk type='network' device='disk'><source protocol='rbd' name='fast/img'/><target dev='vdc'/></disk>
         <disk type='nvme' device='disk'><source type='pci'/><target dev='vdd'/></disk>
         <disk device='disk'><target dev='vde'/></disk>",
    );
    let seen: Vec<_> = found.iter().map(|(disk, _)| (disk.key.as_str(), disk.pool.as_deref())).collect();
    let own = "00000000-0000-0000-0000-000000000001/vdd";
    assert_eq!(
        seen,
        [("p/v", Some("p")), ("/srv/a", None), ("/dev/x", None), ("rbd:fast/img", Some("fast")), (own, None)]
    );
    assert_eq!(found[0].1, Source::Volume { pool: "p".into(), volume: "v".into() });
    assert_eq!(found[1].0.path.as_deref(), Some("/srv/a"));
    assert!(found.iter().skip(1).all(|(_, source)| *source == Source::Domain));
}

#[test]
fn the_system_disk_boots_first_or_is_the_lowest() {
    let system = |inside: &str| {
        let found = disks(inside);
        let system: Vec<_> =
            found.iter().filter(|(disk, _)| disk.system).map(|(disk, _)| disk.key.clone()).collect();
        assert_eq!(system.len(), 1);
        system[0].clone()
    };
    let one = |target: &str, boot: &str| {
        format!("<disk><source file='/{target}'/><target dev='{target}'/>{boot}</disk>")
    };
    assert_eq!(system(&(one("vdaa", "") + &one("vdb", "") + &one("vdc", ""))), "/vdb");
    assert_eq!(system(&(one("vda", "") + &one("vdb", "<boot order='1'/>"))), "/vdb");
    assert_eq!(system(&(one("vdb", "<boot order='2'/>") + &one("vda", ""))), "/vda");
    assert!(disks("").is_empty());
}

#[test]
fn an_interface_has_an_address_and_may_have_a_device_and_a_network() {
    let nics = with(
        "<devices>
           <interface type='bridge'><mac address='52:54:00:AA:00:01'/><source bridge='br0'/><target dev='vnet3'/></interface>
           <interface type='network'><mac address='52:54:00:aa:00:02'/><source network='public' bridge='virbr0'/></interface>
           <interface type='user'><mac address='52:54:00:aa:00:03'/></interface>
         </devices>",
    )
    .nics;
    let nic = |mac: &str, device: Option<&str>, network: Option<&str>| Nic {
        mac: mac.into(),
        device: device.map(Into::into),
        network: network.map(Into::into),
    };
    assert_eq!(
        nics,
        [
            nic("52:54:00:aa:00:01", Some("vnet3"), Some("br0")),
            nic("52:54:00:aa:00:02", None, Some("public")),
            nic("52:54:00:aa:00:03", None, None)
        ]
    );
}

#[test]
fn the_owner_is_known_by_the_namespace_whatever_the_prefix() {
    let tagged = Owner::parse("acme/first/default");
    let owner = |inside: &str| with(&format!("<metadata>{inside}</metadata>")).owner;
    assert_eq!(owner("<x:owner xmlns:x='urn:esu:owner:1'>acme/first/default</x:owner>"), tagged);
    assert_eq!(owner("<owner xmlns='urn:esu:owner:1'> acme/first/default\n</owner>"), tagged);
    assert_eq!(owner("<owner xmlns='urn:other'>acme/first/default</owner>"), Owner::Untagged);
    assert_eq!(owner("<owner xmlns='urn:esu:owner:1'/>"), Owner::Malformed(String::new()));
    assert_eq!(with("").owner, Owner::Untagged);
    let twice = "<owner xmlns='urn:esu:owner:1'>a/b/c</owner>".repeat(2);
    assert!(matches!(owner(&twice), Owner::Malformed(text) if text.contains("more than one")));
    let long = format!("<owner xmlns='urn:esu:owner:1'>{}</owner>", "a".repeat(10_000)).repeat(2);
    assert!(matches!(owner(&long), Owner::Malformed(text) if text.len() < 1000));
}

#[test]
fn the_operating_system_is_what_the_tools_noted() {
    let description = with(
        "<metadata><l:libosinfo xmlns:l='http://libosinfo.org/xmlns/libvirt/domain/1.0'>
           <l:os id='http://microsoft.com/win/2k22'/></l:libosinfo></metadata>",
    );
    assert_eq!(description.guest_os.as_deref(), Some("http://microsoft.com/win/2k22"));
}

#[test]
fn depth_harms_nobody() {
    assert!(parse(&"<a>".repeat(200_000)).is_err());
    let nested = "<a>".repeat(50_000) + &"</a>".repeat(50_000);
    let _ = parse(&format!("<memory>1</memory><vcpu>1</vcpu><metadata>{nested}</metadata>"));
}
