//! What a domain's XML says of it.

use super::xml::{child, document, text};
use crate::{Disk, Nic, Owner};
use libvirt_rpc::Domain;
use roxmltree::Node;

/// The namespace of the owner's tag.
pub(super) const OWNER_NAMESPACE: &str = "urn:esu:owner:1";
/// The namespace in which tools note the operating system.
const OS_NAMESPACE: &str = "http://libosinfo.org/xmlns/libvirt/domain/1.0";

/// A domain's description, as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Description {
    pub(super) vcpu: u32,
    pub(super) memory_kib: u64,
    /// Each disk, without its size, and where its size is to be had.
    pub(super) disks: Vec<(Disk, Source)>,
    /// The targets of disks that other machines may have too.
    pub(super) shared: Vec<String>,
    pub(super) nics: Vec<Nic>,
    pub(super) owner: Owner,
    pub(super) guest_os: Option<String>,
}

/// Who knows the size of a disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    /// The storage pool that it is a volume of.
    Volume { pool: String, volume: String },
    /// The domain.
    Domain,
}

impl Description {
    /// Reads the XML of `domain`; the error is a text for people.
    pub(super) fn parse(xml: &str, domain: &Domain) -> Result<Self, String> {
        let document = document(xml).map_err(|error| format!("the description {error}"))?;
        let root = document.root_element();
        let devices = child(root, "devices");
        let of_kind = |kind: &'static str| {
            devices
                .into_iter()
                .flat_map(move |devices| devices.children().filter(move |node| node.has_tag_name(kind)))
        };
        let mut disks: Vec<_> = of_kind("disk").filter_map(|node| disk(node, domain)).collect();
        mark_system_disk(&mut disks);
        let is_shared =
            |node: &Node<'_, '_>| child(*node, "shareable").or_else(|| child(*node, "readonly")).is_some();
        let shared = of_kind("disk").filter(is_shared);
        let shared =
            shared.filter_map(|node| Some(child(node, "target")?.attribute("dev")?.to_owned())).collect();
        Ok(Self {
            vcpu: vcpu(root)?,
            memory_kib: memory_kib(root)?,
            disks,
            shared,
            nics: of_kind("interface").filter_map(nic).collect(),
            owner: owner(root),
            guest_os: guest_os(root),
        })
    }
}

/// `<vcpu current='1'>4</vcpu>`: the attribute where it is given, else the maximum is in use.
fn vcpu(root: Node<'_, '_>) -> Result<u32, String> {
    let node = child(root, "vcpu").ok_or("the description has no vcpu")?;
    let number = node.attribute("current").unwrap_or_else(|| text(node));
    number.parse().map_err(|_| format!("the description has {number:?} vcpu"))
}

fn memory_kib(root: Node<'_, '_>) -> Result<u64, String> {
    let node = child(root, "currentMemory").or_else(|| child(root, "memory"));
    let node = node.ok_or("the description has no memory")?;
    let unit = node.attribute("unit").unwrap_or("KiB");
    let unreadable = || format!("the description has a memory of {:?} {unit:?}", text(node));
    let number: u64 = text(node).parse().map_err(|_| unreadable())?;
    let bytes = unit_bytes(unit).and_then(|bytes| number.checked_mul(bytes)).ok_or_else(unreadable)?;
    Ok(bytes.div_ceil(1024))
}

/// The units of libvirt's scaled integers.
pub(super) fn unit_bytes(unit: &str) -> Option<u64> {
    Some(match unit {
        "b" | "bytes" => 1,
        "KB" => 1000,
        "k" | "KiB" => 1 << 10,
        "MB" => 1_000_000,
        "M" | "MiB" => 1 << 20,
        "GB" => 1_000_000_000,
        "G" | "GiB" => 1 << 30,
        "TB" => 1_000_000_000_000,
        "T" | "TiB" => 1 << 40,
        _ => return None,
    })
}

/// A disk that is one: no CD-ROM, no floppy, and not an empty bay.
fn disk(node: Node<'_, '_>, domain: &Domain) -> Option<(Disk, Source)> {
    if !matches!(node.attribute("device").unwrap_or("disk"), "disk" | "lun") {
        return None;
    }
    let target = child(node, "target")?.attribute("dev")?.to_owned();
    let source = child(node, "source")?;
    let place = |name| source.attribute(name).map(ToOwned::to_owned);
    let network = source.attribute("protocol").zip(place("name"));
    let (key, pool, path, source) = match (place("pool"), place("volume"), network) {
        (Some(pool), Some(volume), _) => {
            (format!("{pool}/{volume}"), Some(pool.clone()), None, Source::Volume { pool, volume })
        }
        (_, _, Some((protocol, name))) => {
            let pool = name.split_once('/').map(|(pool, _)| pool.to_owned());
            (format!("{protocol}:{name}"), pool, None, Source::Domain)
        }
        _ => {
            let path = place("file").or_else(|| place("dev")).or_else(|| place("dir"));
            let key = path.clone().unwrap_or_else(|| format!("{}/{target}", domain.uuid));
            (key, None, path, Source::Domain)
        }
    };
    let boot_order = child(node, "boot").and_then(|boot| boot.attribute("order")?.parse().ok());
    Some((Disk { key, target, capacity_mib: None, pool, path, boot_order, system: false }, source))
}

/// The system disk is the one that boots first; where nobody said, the lowest target: `vda`, `vdb` ...
/// `vdz`, `vdaa`.
fn mark_system_disk(disks: &mut [(Disk, Source)]) {
    let rank = |disk: &Disk| (disk.boot_order != Some(1), disk.target.len(), disk.target.clone());
    if let Some((first, _)) = disks.iter_mut().min_by_key(|(disk, _)| rank(disk)) {
        first.system = true;
    }
}

fn nic(node: Node<'_, '_>) -> Option<Nic> {
    let mac = child(node, "mac")?.attribute("address")?.to_ascii_lowercase();
    let device = child(node, "target").and_then(|target| target.attribute("dev")).map(ToOwned::to_owned);
    let source = child(node, "source");
    let network = ["network", "bridge", "dev"].iter().find_map(|name| source?.attribute(*name));
    Some(Nic { mac, device, network: network.map(ToOwned::to_owned) })
}

fn owner(root: Node<'_, '_>) -> Owner {
    let tags = child(root, "metadata").into_iter().flat_map(|metadata| metadata.children());
    let mut tags = tags.filter(|tag| tag.is_element() && tag.tag_name().namespace() == Some(OWNER_NAMESPACE));
    match (tags.next(), tags.next()) {
        (None, _) => Owner::Untagged,
        (Some(tag), None) => Owner::parse(tag.text().unwrap_or_default()),
        (Some(first), Some(second)) => {
            Owner::malformed(&format!("more than one: {:?} and {:?}", text(first), text(second)))
        }
    }
}

fn guest_os(root: Node<'_, '_>) -> Option<String> {
    let metadata = child(root, "metadata")?;
    let os = metadata.descendants().find(|node| node.has_tag_name((OS_NAMESPACE, "os")))?;
    os.attribute("id").map(ToOwned::to_owned)
}

#[cfg(test)]
#[path = "description_tests.rs"]
mod tests;
