//! Descriptions are edited, and nothing else in them is.

use super::*;
use proptest::prelude::*;

const PLUGGED: &str = "<domain type='kvm'><name>web</name>
  <metadata><esu:owner xmlns:esu='urn:esu:owner:1'>a/b/c</esu:owner></metadata>
  <maxMemory slots='16' unit='KiB'>4194304</maxMemory><memory unit='KiB'>524288</memory>
  <currentMemory unit='KiB'>524288</currentMemory><vcpu placement='static' current='1'>4</vcpu>
  <vcpus><vcpu id='0' enabled='yes'/></vcpus>
  <cpu mode='host-model'><numa><cell id='0' cpus='0-3' memory='262144' unit='KiB'/></numa></cpu>
  <devices><memory model='dimm'><target><size unit='KiB'>262144</size></target></memory><emulator>/q</emulator></devices></domain>";

fn to(vcpu: Option<u32>, memory_mib: Option<u64>) -> Resize {
    Resize { vcpu, memory_mib, ..Resize::default() }
}

#[test]
fn what_is_plugged_in_becomes_what_the_machine_is_born_with() {
    let xml = resized(PLUGGED, &to(Some(6), Some(1024))).unwrap();
    for part in [
        "<vcpu placement='static' current='6'>6</vcpu>",
        "<memory unit='MiB'>1024</memory>",
        "<currentMemory unit='MiB'>1024</currentMemory>",
        "memory='1024' unit='MiB'/>",
        "<devices><emulator>/q</emulator></devices>",
        "<esu:owner xmlns:esu='urn:esu:owner:1'>a/b/c</esu:owner>",
    ] {
        assert!(xml.contains(part), "{part} in {xml}");
    }
    assert!(!xml.contains("vcpus"), "{xml}");
    assert_eq!(resized(PLUGGED, &to(Some(2), None)).unwrap().matches("524288").count(), 2);
    assert_eq!(resized(PLUGGED, &Resize::default()).unwrap(), PLUGGED);
    let refused = resized(PLUGGED, &to(None, Some(4097))).unwrap_err();
    assert_eq!(refused, "the machine has at most 4096 MiB of memory");
}

#[test]
fn a_balloon_has_a_ceiling_that_rises_with_it() {
    let xml = "<domain><memory unit='MiB'>512</memory><vcpu>2</vcpu></domain>";
    assert_eq!(
        resized(xml, &to(None, Some(256))).unwrap(),
        "<domain><memory unit='MiB'>512</memory><currentMemory unit='MiB'>256</currentMemory><vcpu>2</vcpu></domain>"
    );
    assert!(resized(xml, &to(None, Some(1024))).unwrap().contains("<memory unit='MiB'>1024</memory>"));
    assert_eq!(Room::parse(xml), Ok(Room { vcpu_max: 2, memory_max_mib: 512, has_slots: false }));
    assert_eq!(Room::parse(PLUGGED), Ok(Room { vcpu_max: 4, memory_max_mib: 4096, has_slots: true }));
}

#[test]
fn a_host_with_a_processor_that_helps_is_used_so() {
    let of = |types: &str| {
        Host::parse(&format!(
            "<capabilities><host><cpu><arch>x86_64</arch></cpu></host>
             <guest><os_type>hvm</os_type><arch name='i686'><domain type='qemu'/></arch></guest>
             <guest><os_type>hvm</os_type><arch name='x86_64'>{types}</arch></guest></capabilities>"
        ))
    };
    let host = |kind: &str| Ok(Host { domain_type: kind.into(), arch: "x86_64".into() });
    assert_eq!(of("<domain type='qemu'/><domain type='kvm'/>"), host("kvm"));
    assert_eq!(of("<domain type='qemu'/>"), host("qemu"));
    assert!(of("").is_err());
}

#[test]
fn disks_are_named_as_linux_names_them() {
    let names: Vec<String> = [0, 1, 25, 26, 27, 701, 702].into_iter().map(target).collect();
    assert_eq!(names, ["vda", "vdb", "vdz", "vdaa", "vdab", "vdzz", "vdaaa"]);
}

proptest! {
    #[test]
    fn whatever_is_in_a_name_the_description_is_xml_and_says_it(name in "\\PC{1,40}", client in "\\PC{1,20}", vcpu in 1u32..64) {
        let host = Host { domain_type: "qemu".into(), arch: "x86_64".into() };
        let owner = Owner::Tagged { partner: "p".into(), client, project: "d".into() };
        let new = NewMachine {
            uuid: uuid::Uuid::from_u128(7), name: name.clone(), vcpu, vcpu_max: 64, memory_mib: 64, memory_max_mib: 128,
            disks: vec![], owner: owner.clone(),
        };
        let xml = host.machine(&new, &[("a'b".to_owned(), name.clone(), "raw")]);
        let document = document(&xml).unwrap();
        prop_assert_eq!(child(document.root_element(), "name").map(|node| node.text().unwrap_or_default()), Some(&*name));
        prop_assert!(super::document(&owner_tag(&owner).unwrap()).is_ok());
        let resize = to(Some(vcpu), Some(128));
        let edited = resized(&xml, &resize).unwrap();
        prop_assert!(super::document(&edited).is_ok());
        prop_assert_eq!(resized(&edited, &resize).unwrap(), edited);
    }
}
