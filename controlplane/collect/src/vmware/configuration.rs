//! What a machine's configuration holds beside its measures: disks, interfaces, owner.

use crate::{Disk, Nic, Owner};
use std::collections::{BTreeMap, HashSet};
use uuid::Uuid;
use vsphere_soap::{Element, Malformed, Object};

/// The properties that a configuration is read from.
pub(super) const PATHS: [&str; 3] = ["config.hardware.device", "config.extraConfig", "config.bootOptions"];

/// The option that tells whose a machine is.
pub(super) const OWNER_OPTION: &str = "esu.project";

/// A configuration, as far as it counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Configuration {
    pub(super) disks: Vec<Disk>,
    pub(super) nics: Vec<Nic>,
    /// The interfaces' keys, in the order of `nics`: what traffic is told by.
    pub(super) nic_keys: Vec<String>,
    /// The files that its disks are in.
    pub(super) files: Vec<String>,
    pub(super) owner: Owner,
}

impl Configuration {
    /// Reads the configuration of the machine `uuid`. `port_groups` are the names of distributed ones by their ids.
    ///
    /// # Errors
    /// What cannot be read, in words.
    pub(super) fn read(
        uuid: Uuid,
        object: &Object,
        port_groups: &BTreeMap<String, String>,
    ) -> Result<Self, String> {
        if let Some((path, fault)) = object.missing.iter().find(|(path, _)| path != "config.bootOptions") {
            return Err(format!("{path} cannot be read: {fault}"));
        }
        let devices = object.values.get("config.hardware.device").ok_or("it has no devices")?;
        let read = |error: Malformed| error.to_string();
        let (mut disks, mut files) = (Vec::new(), Vec::new());
        for device in devices.children.iter().filter(|device| device.kind.as_deref() == Some("VirtualDisk")) {
            disks.push(Attached::read(uuid, device).map_err(read)?);
            files.extend(disk_files(device).map(str::to_owned));
        }
        let (mut nics, mut nic_keys) = (Vec::new(), Vec::new());
        for device in devices.children.iter().filter(|device| device.child("macAddress").is_some()) {
            nics.push(Nic {
                mac: device.text_of("macAddress").unwrap_or_default().to_lowercase(),
                device: None,
                network: network(device, port_groups),
            });
            nic_keys.push(device.needed("key").map_err(read)?.text.clone());
        }
        let first = object.values.get("config.bootOptions").and_then(boot_disks);
        Ok(Self {
            disks: in_boot_order(disks, &first.unwrap_or_default()),
            nics,
            nic_keys,
            files,
            owner: owner(object.values.get("config.extraConfig")),
        })
    }

    /// The distributed port groups that interfaces of an object are in.
    pub(super) fn port_groups(object: &Object) -> impl Iterator<Item = &str> {
        let devices = object.values.get("config.hardware.device").into_iter();
        devices.flat_map(|devices| &devices.children).filter_map(port_group)
    }
}

/// The files that a disk is in: its own, and those that it is told as the difference to. None of what is no disk.
pub(super) fn disk_files(device: &Element) -> impl Iterator<Item = &str> {
    let backing = device.child("backing").filter(|_| device.kind.as_deref() == Some("VirtualDisk"));
    let backings = std::iter::successors(backing, |backing| backing.child("parent"));
    backings.filter_map(|backing| backing.text_of("fileName")).filter(|file| !file.is_empty())
}

/// A disk, and where it is attached.
struct Attached {
    disk: Disk,
    key: i64,
    place: (i64, i64, i64),
}

impl Attached {
    fn read(machine: Uuid, device: &Element) -> Result<Self, Malformed> {
        let key = whole(device.needed("key")?)?;
        let backing = device.child("backing");
        let file = backing.and_then(|backing| backing.text_of("fileName"));
        let (pool, path) = file.and_then(place).unzip();
        let own = backing.and_then(|backing| backing.text_of("uuid")).filter(|uuid| !uuid.is_empty());
        let capacity_bytes = match device.child("capacityInBytes") {
            Some(bytes) => whole(bytes)?,
            None => whole(device.needed("capacityInKB")?)?.saturating_mul(1024),
        };
        let capacity = u64::try_from(capacity_bytes)
            .map_err(|_| Malformed::Content(format!("a disk of {capacity_bytes} bytes")))?;
        let label = device.child("deviceInfo").and_then(|info| info.text_of("label"));
        let number =
            |name| device.child(name).map(whole).transpose().map(|number| number.unwrap_or(i64::MAX));
        Ok(Self {
            disk: Disk {
                key: own.map_or_else(|| attached_key(machine, key), str::to_lowercase),
                target: label.map_or_else(|| format!("disk {key}"), str::to_owned),
                capacity_mib: Some(capacity.div_ceil(1 << 20)),
                pool,
                path,
                boot_order: None,
                system: false,
            },
            key,
            place: (number("controllerKey")?, number("unitNumber")?, key),
        })
    }
}

/// What a disk without an id of its own is known by, and one whose id another disk has too: snapshots and moves change
/// its file, but not where it is attached.
fn attached_key(machine: Uuid, device: impl std::fmt::Display) -> String {
    format!("{machine}/{device}")
}

/// Gives each disk of an inventory a key of its own: files that were copied carry the same id.
pub(super) fn told_apart(machine: Uuid, disks: &mut [Disk], taken: &mut HashSet<String>) {
    for disk in disks {
        if !taken.insert(disk.key.clone()) {
            disk.key = attached_key(machine, &disk.target);
            taken.insert(disk.key.clone());
        }
    }
}

fn whole(element: &Element) -> Result<i64, Malformed> {
    let refuse = || Malformed::Content(format!("<{}> is no number", element.name));
    element.text.trim().parse().map_err(|_| refuse())
}

/// Datastore and path of `[datastore] folder/file`.
fn place(file: &str) -> Option<(String, String)> {
    let (datastore, rest) = file.strip_prefix('[')?.split_once(']')?;
    Some((datastore.to_owned(), format!("/vmfs/volumes/{datastore}/{}", rest.trim())))
}

/// The keys of the disks that are booted from, in order.
fn boot_disks(options: &Element) -> Option<Vec<i64>> {
    let devices = options.all("bootOrder").filter_map(|device| device.child("deviceKey"));
    let disks = options
        .all("bootOrder")
        .filter(|device| device.kind.as_deref() == Some("VirtualMachineBootOptionsBootableDiskDevice"));
    (disks.count() > 0).then(|| devices.filter_map(|key| whole(key).ok()).collect())
}

/// The disks in the order of their places, with the one that is the system's: first in the boot order, else first.
fn in_boot_order(mut disks: Vec<Attached>, boot: &[i64]) -> Vec<Disk> {
    disks.sort_by_key(|attached| attached.place);
    for attached in &mut disks {
        let order = boot.iter().position(|key| *key == attached.key);
        attached.disk.boot_order = order.and_then(|order| u32::try_from(order + 1).ok());
    }
    let system = disks
        .iter()
        .enumerate()
        .min_by_key(|(at, attached)| (attached.disk.boot_order.unwrap_or(u32::MAX), *at));
    let system = system.map(|(at, _)| at);
    let disks = disks.into_iter().enumerate();
    disks.map(|(at, attached)| Disk { system: Some(at) == system, ..attached.disk }).collect()
}

fn port_group(device: &Element) -> Option<&str> {
    device.child("backing")?.child("port")?.text_of("portgroupKey")
}

/// The network as people name it.
fn network(device: &Element, port_groups: &BTreeMap<String, String>) -> Option<String> {
    if let Some(group) = port_group(device) {
        return Some(port_groups.get(group).map_or(group, String::as_str).to_owned());
    }
    let backing = device.child("backing")?;
    let name = backing.text_of("deviceName").or_else(|| backing.text_of("opaqueNetworkId"));
    name.filter(|name| !name.is_empty()).map(str::to_owned)
}

/// Whose a machine is, by its options or by those that a change sets. Of an option that is told twice the last counts,
/// and an empty one is none.
pub(super) fn owner(options: Option<&Element>) -> Owner {
    let options = options.into_iter().flat_map(|options| &options.children);
    stated_owner(options).unwrap_or(Owner::Untagged)
}

/// The owner that options state; none where they do not say.
pub(super) fn stated_owner<'a>(options: impl Iterator<Item = &'a Element>) -> Option<Owner> {
    let ours = options.filter(|option| option.text_of("key") == Some(OWNER_OPTION));
    let tag = ours.last()?.text_of("value").unwrap_or_default();
    Some(if tag.trim().is_empty() { Owner::Untagged } else { Owner::parse(tag) })
}

#[cfg(test)]
mod tests {
    use super::{super::shape::Glance, *};
    use proptest::{collection, prelude::*};
    use vsphere_soap::{Limits, parse};

    const MACHINE: Uuid = Uuid::from_u128(7);

    fn object(devices: &str, rest: &str) -> Object {
        let text = format!(
            "<objects xmlns:xsi=\"i\"><obj type=\"VirtualMachine\">1</obj><propSet><name>config.hardware.device</name>\
             <val>{devices}</val></propSet>{rest}</objects>"
        );
        Object::read(&parse(&text, Limits::default()).unwrap()).unwrap()
    }

    fn disk(key: u32, controller: u32, unit: u32, backing: &str) -> String {
        format!(
            "<VirtualDevice xsi:type=\"VirtualDisk\"><key>{key}</key><deviceInfo><label>Hard disk {key}</label></deviceInfo>\
             <backing><fileName>[fast] web/{key}-000002.vmdk</fileName>{backing}</backing>\
             <controllerKey>{controller}</controllerKey><unitNumber>{unit}</unitNumber>\
             <capacityInKB>1025</capacityInKB></VirtualDevice>"
        )
    }

    fn read(devices: &str, rest: &str) -> Result<Configuration, String> {
        let names = [("dvportgroup-9".to_owned(), "uplink".to_owned())].into();
        Configuration::read(MACHINE, &object(devices, rest), &names)
    }

    #[test]
    fn a_disk_is_known_by_its_id_or_its_place_and_never_by_its_file() {
        let devices = disk(2001, 1000, 1, "") + &disk(2000, 1000, 0, "<uuid>6000C29A-1</uuid>");
        let disks = read(&devices, "").unwrap().disks;
        let keys: Vec<&str> = disks.iter().map(|disk| disk.key.as_str()).collect();
        assert_eq!(keys, ["6000c29a-1", &format!("{MACHINE}/2001")]);
        assert_eq!((disks[0].pool.as_deref(), disks[0].capacity_mib), (Some("fast"), Some(2)));
        assert_eq!(disks[0].path.as_deref(), Some("/vmfs/volumes/fast/web/2000-000002.vmdk"));
        assert_eq!(disks.iter().map(|disk| disk.system).collect::<Vec<_>>(), [true, false]);
        let mut taken: HashSet<String> = ["6000c29a-1".to_owned()].into();
        let mut copied = disks;
        told_apart(MACHINE, &mut copied, &mut taken);
        assert_eq!(copied[0].key, format!("{MACHINE}/Hard disk 2000"));
    }

    #[test]
    fn the_files_of_disks_are_their_own_and_those_that_they_differ_from() {
        let parent = "<parent><fileName>[fast] base/base.vmdk</fileName></parent>";
        let image = "<VirtualDevice xsi:type=\"VirtualCdrom\"><key>3000</key><backing><fileName>[iso] a.iso</fileName>\
                     </backing></VirtualDevice>";
        let files = read(&(disk(2000, 1000, 0, parent) + image), "").unwrap().files;
        assert_eq!(files, ["[fast] web/2000-000002.vmdk", "[fast] base/base.vmdk"]);
    }

    proptest! {
        /// Whatever stands where a number, a name or an id should be, it is read or refused.
        #[test]
        fn whatever_a_machine_says_is_read_or_refused(
            texts in collection::vec(prop_oneof!["\\PC{0,20}", "-?[0-9]{1,20}", "\\[[a-z]?\\]? ?/?[a-z]{0,3}"], 10),
            kind in prop::sample::select(&["VirtualDisk", "VirtualVmxnet3", "VirtualCdrom", "ParaVirtualSCSIController"]),
        ) {
            let texts: Vec<String> = texts
                .iter()
                .map(|text| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"))
                .collect();
            let [key, label, file, uuid, controller, unit, size, mac, network, owner] = &texts[..] else { return Ok(()) };
            let device = format!(
                "<VirtualDevice xsi:type=\"{kind}\"><key>{key}</key><deviceInfo><label>{label}</label></deviceInfo><backing>\
                 <fileName>{file}</fileName><uuid>{uuid}</uuid><deviceName>{network}</deviceName></backing>\
                 <controllerKey>{controller}</controllerKey><unitNumber>{unit}</unitNumber>\
                 <capacityInKB>{size}</capacityInKB><macAddress>{mac}</macAddress></VirtualDevice>"
            );
            let rest = format!(
                "<propSet><name>config.extraConfig</name><val><OptionValue><key>esu.project</key><value>{owner}</value>\
                 </OptionValue></val></propSet><propSet><name>config.hardware.memoryMB</name><val>{size}</val></propSet>"
            );
            let machine = object(&(device + &disk(2000, 1000, 0, "")), &rest);
            if let Ok(read) = Configuration::read(MACHINE, &machine, &BTreeMap::default()) {
                prop_assert!(read.disks.iter().filter(|disk| disk.system).count() <= 1);
                let _ = Glance::read(&machine).shape(&read);
            }
        }
    }

    #[test]
    fn the_first_disk_of_the_boot_order_is_the_systems() {
        let devices = disk(2000, 1000, 0, "") + &disk(3000, 200, 0, "") + &disk(2001, 1000, 1, "");
        let system = |rest: &str| {
            let disks = read(&devices, rest).unwrap().disks;
            disks.into_iter().find(|disk| disk.system).unwrap().target
        };
        assert_eq!(system(""), "Hard disk 3000", "the lowest controller's");
        let boot = "<propSet><name>config.bootOptions</name><val><bootOrder \
                    xsi:type=\"VirtualMachineBootOptionsBootableDiskDevice\"><deviceKey>2001</deviceKey></bootOrder></val></propSet>";
        assert_eq!(system(boot), "Hard disk 2001");
    }

    #[test]
    fn interfaces_are_in_networks_as_people_name_them() {
        let nic = |key: u32, backing: &str| {
            format!(
                "<VirtualDevice xsi:type=\"VirtualVmxnet3\"><key>{key}</key><backing>{backing}</backing><macAddress>00:0C:29:00:00:0{key}</macAddress></VirtualDevice>"
            )
        };
        let devices = nic(1, "<deviceName>VM Network</deviceName>")
            + &nic(2, "<port><portgroupKey>dvportgroup-9</portgroupKey></port>")
            + &nic(3, "<port><portgroupKey>dvportgroup-7</portgroupKey></port>");
        let configuration = read(&devices, "").unwrap();
        let networks: Vec<&str> =
            configuration.nics.iter().filter_map(|nic| nic.network.as_deref()).collect();
        assert_eq!(networks, ["VM Network", "uplink", "dvportgroup-7"]);
        assert_eq!(
            (configuration.nics[0].mac.as_str(), configuration.nic_keys),
            ("00:0c:29:00:00:01", vec!["1".into(), "2".into(), "3".into()])
        );
    }

    #[test]
    fn the_owner_is_the_last_option_that_says_so() {
        let options = |values: &[&str]| {
            let options: String = values
                .iter()
                .map(|value| {
                    format!("<OptionValue><key>esu.project</key><value>{value}</value></OptionValue>")
                })
                .collect();
            read("", &format!("<propSet><name>config.extraConfig</name><val>{options}</val></propSet>"))
                .unwrap()
                .owner
        };
        assert_eq!(options(&[]), Owner::Untagged);
        assert_eq!(options(&["a/b/c", "a/b/d"]), Owner::parse("a/b/d"));
        assert_eq!(options(&["a/b/c", ""]), Owner::Untagged);
        assert_eq!(options(&["a/b"]), Owner::Malformed("a/b".into()));
    }

    #[test]
    fn what_cannot_be_read_is_not_taken_for_nothing() {
        let denied = "<missingSet><path>config.extraConfig</path><fault><fault xsi:type=\"NoPermission\"/></fault></missingSet>";
        assert_eq!(read("", denied).unwrap_err(), "config.extraConfig cannot be read: NoPermission");
        let broken = "<VirtualDevice xsi:type=\"VirtualDisk\"><key>2000</key><capacityInKB>-1</capacityInKB></VirtualDevice>";
        assert!(read(broken, "").unwrap_err().contains("a disk of"));
        assert!(read("<VirtualDevice xsi:type=\"VirtualDisk\"><key>x</key></VirtualDevice>", "").is_err());
    }
}
