//! Descriptions that are written: of a new machine, and of one with other measures.

use super::description::{OWNER_NAMESPACE, unit_bytes};
use super::xml::{child, document, text};
use crate::{NewMachine, Owner, Resize};
use roxmltree::Node;
use std::fmt::Write;
use std::ops::Range;

/// How many times memory can be plugged into a machine that we made.
const MEMORY_SLOTS: u32 = 16;

/// What a daemon's machines are made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Host {
    /// `kvm`, where the processor helps; else `qemu`, or the driver's own.
    domain_type: String,
    arch: String,
}

impl Host {
    /// Reads the capabilities of a daemon.
    pub(super) fn parse(xml: &str) -> Result<Self, String> {
        let document = document(xml).map_err(|error| format!("what the host can do {error}"))?;
        let root = document.root_element();
        let own = child(root, "host").and_then(|host| child(child(host, "cpu")?, "arch")).map(text);
        let guests = root.children().filter(|node| node.has_tag_name("guest"));
        let mut arches: Vec<Node<'_, '_>> = guests.filter_map(|guest| child(guest, "arch")).collect();
        arches.sort_by_key(|arch| arch.attribute("name") != own);
        let arch = arches.first().ok_or("the host runs no machines")?;
        let types: Vec<&str> = arch
            .children()
            .filter(|node| node.has_tag_name("domain"))
            .filter_map(|node| node.attribute("type"))
            .collect();
        let domain_type = types.iter().find(|kind| **kind == "kvm").or(types.first());
        Ok(Self {
            domain_type: (*domain_type.ok_or("the host names no type of machine")?).to_owned(),
            arch: arch.attribute("name").unwrap_or_default().to_owned(),
        })
    }

    /// The description of a new machine with these volumes: pool, name and format of each.
    pub(super) fn machine(&self, new: &NewMachine, volumes: &[(String, String, &str)]) -> String {
        let NewMachine { uuid, name, vcpu, vcpu_max, .. } = new;
        let kind = escaped(&self.domain_type);
        let mut xml = format!("<domain type='{kind}'><name>{}</name><uuid>{uuid}</uuid>", escaped(name));
        if let Some(tag) = new.owner.tag() {
            let tag = escaped(&tag);
            let _ = write!(
                xml,
                "<metadata><esu:owner xmlns:esu='{OWNER_NAMESPACE}'>{tag}</esu:owner></metadata>"
            );
        }
        xml += &self.memory(new);
        let _ = write!(
            xml,
            "<vcpu current='{vcpu}'>{vcpu_max}</vcpu><os><type arch='{}'>hvm</type></os><features><acpi/></features><devices>",
            escaped(&self.arch)
        );
        for (number, (pool, volume, format)) in volumes.iter().enumerate() {
            let _ = write!(
                xml,
                "<disk type='volume' device='disk'><driver name='qemu' type='{format}'/><source pool='{}' volume='{}'/>\
                 <target dev='{}' bus='virtio'/></disk>",
                escaped(pool),
                escaped(volume),
                target(number)
            );
        }
        xml + "</devices></domain>"
    }

    /// Memory that is plugged in, which needs no help of the operating system to be given, rather than memory
    /// that a balloon takes away. The driver `test` has no plugs.
    fn memory(&self, new: &NewMachine) -> String {
        let NewMachine { memory_mib, memory_max_mib, vcpu_max, .. } = new;
        if memory_mib == memory_max_mib {
            return format!("<memory unit='MiB'>{memory_mib}</memory>");
        }
        if self.domain_type == "test" {
            return format!(
                "<memory unit='MiB'>{memory_max_mib}</memory><currentMemory unit='MiB'>{memory_mib}</currentMemory>"
            );
        }
        let last = vcpu_max.saturating_sub(1);
        format!(
            "<maxMemory slots='{MEMORY_SLOTS}' unit='MiB'>{memory_max_mib}</maxMemory><memory unit='MiB'>{memory_mib}</memory>\
             <cpu><numa><cell id='0' cpus='0-{last}' memory='{memory_mib}' unit='MiB'/></numa></cpu>"
        )
    }
}

/// The name of the disk of this number, as a machine sees it: `vda` to `vdz`, `vdaa` and so on.
pub(super) fn target(mut number: usize) -> String {
    let mut letters = Vec::new();
    loop {
        letters.push(char::from(b'a' + u8::try_from(number % 26).unwrap_or_default()));
        match number / 26 {
            0 => break,
            rest => number = rest - 1,
        }
    }
    format!("vd{}", letters.iter().rev().collect::<String>())
}

/// A volume of so many MiB.
pub(super) fn volume(name: &str, capacity_mib: u64, format: &str) -> String {
    format!(
        "<volume><name>{}</name><allocation>0</allocation><capacity unit='MiB'>{capacity_mib}</capacity>\
         <target><format type='{format}'/></target></volume>",
        escaped(name)
    )
}

/// The format of the volumes that a pool of this description is for: files can grow as they are written.
pub(super) fn volume_format(pool_xml: &str) -> &'static str {
    let document = document(pool_xml).ok();
    let kind = document.as_ref().and_then(|document| document.root_element().attribute("type"));
    if matches!(kind, Some("dir" | "fs" | "netfs")) { "qcow2" } else { "raw" }
}

/// Memory to be plugged in.
pub(super) fn memory_module(mib: u64) -> String {
    format!("<memory model='dimm'><target><size unit='MiB'>{mib}</size><node>0</node></target></memory>")
}

/// The owner's tag.
pub(super) fn owner_tag(owner: &Owner) -> Option<String> {
    Some(format!("<owner>{}</owner>", escaped(&owner.tag()?)))
}

/// What a running machine's description says of how it may grow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Room {
    pub(super) vcpu_max: u32,
    pub(super) memory_max_mib: u64,
    /// Whether memory is plugged in; else a balloon gives and takes it.
    pub(super) has_slots: bool,
}

impl Room {
    pub(super) fn parse(xml: &str) -> Result<Self, String> {
        let document = document(xml).map_err(|error| format!("the description {error}"))?;
        let root = document.root_element();
        let vcpu = child(root, "vcpu").ok_or("the description has no vcpu")?;
        let slots = child(root, "maxMemory");
        let memory = slots.or_else(|| child(root, "memory")).ok_or("the description has no memory")?;
        Ok(Self {
            vcpu_max: text(vcpu).parse().map_err(|_| "the description has no number of vcpu")?,
            memory_max_mib: mib(memory)?,
            has_slots: slots.is_some(),
        })
    }
}

fn mib(node: Node<'_, '_>) -> Result<u64, String> {
    let unit = unit_bytes(node.attribute("unit").unwrap_or("KiB"));
    let bytes = text(node).parse::<u64>().ok().zip(unit).and_then(|(number, unit)| number.checked_mul(unit));
    Ok(bytes.ok_or("the description has a memory that is no number")? >> 20)
}

/// The description of a machine that is off, with other measures. What they do not touch stays as it was
/// written.
pub(super) fn resized(xml: &str, to: &Resize) -> Result<String, String> {
    let document = document(xml).map_err(|error| format!("the description {error}"))?;
    let root = document.root_element();
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    if let Some(vcpu) = to.vcpu {
        edits.extend(vcpu_edits(root, vcpu)?);
    }
    if let Some(memory_mib) = to.memory_mib {
        edits.extend(memory_edits(root, memory_mib)?);
    }
    edits.sort_by_key(|(range, _)| std::cmp::Reverse(range.start));
    let mut edited = xml.to_owned();
    for (range, with) in edits {
        edited.replace_range(range, &with);
    }
    Ok(edited)
}

fn vcpu_edits(root: Node<'_, '_>, vcpu: u32) -> Result<Vec<(Range<usize>, String)>, String> {
    let node = child(root, "vcpu").ok_or("the description has no vcpu")?;
    let max: u32 = text(node).parse().map_err(|_| "the description has no number of vcpu")?;
    let kept: String = node
        .attributes()
        .filter(|attribute| attribute.name() != "current")
        .map(|attribute| format!(" {}='{}'", attribute.name(), escaped(attribute.value())))
        .collect();
    let written = format!("<vcpu{kept} current='{vcpu}'>{}</vcpu>", max.max(vcpu));
    let mut edits = vec![(node.range(), written)];
    // Which of them are on follows from how many are.
    edits.extend(child(root, "vcpus").map(|each| (each.range(), String::new())));
    Ok(edits)
}

fn memory_edits(root: Node<'_, '_>, memory_mib: u64) -> Result<Vec<(Range<usize>, String)>, String> {
    let memory = child(root, "memory").ok_or("the description has no memory")?;
    let mut most = memory_mib;
    let mut edits = Vec::new();
    let cells = child(root, "cpu").and_then(|cpu| child(cpu, "numa"));
    let cells: Vec<_> = cells.into_iter().flat_map(|numa| numa.children().filter(Node::is_element)).collect();
    match cells[..] {
        [] => most = most.max(mib(memory)?),
        [cell] => {
            let attribute = |name| cell.attribute_node(name).map(|attribute| attribute.range());
            let range = attribute("memory").ok_or("the description has a NUMA cell without memory")?;
            edits.push((range, format!("memory='{memory_mib}'")));
            match attribute("unit") {
                Some(unit) => edits.push((unit, "unit='MiB'".to_owned())),
                None => return Err("the description has a NUMA cell without a unit".to_owned()),
            }
            let devices = child(root, "devices");
            let modules = devices.into_iter().flat_map(|devices| devices.children());
            let modules = modules.filter(|node| node.has_tag_name("memory"));
            edits.extend(modules.map(|module| (module.range(), String::new())));
        }
        _ => return Err("a machine of several NUMA cells is not given other memory".to_owned()),
    }
    if let Some(ceiling) = child(root, "maxMemory")
        && mib(ceiling)? < memory_mib
    {
        return Err(format!("the machine has at most {} MiB of memory", mib(ceiling)?));
    }
    edits.push((memory.range(), format!("<memory unit='MiB'>{most}</memory>")));
    if let Some(current) = child(root, "currentMemory") {
        edits.push((current.range(), format!("<currentMemory unit='MiB'>{memory_mib}</currentMemory>")));
    } else if most != memory_mib {
        edits.push((
            memory.range().end..memory.range().end,
            format!("<currentMemory unit='MiB'>{memory_mib}</currentMemory>"),
        ));
    }
    Ok(edits)
}

/// A text as XML has it, in attributes too. What XML cannot say is left out.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '\'' => escaped += "&apos;",
            '"' => escaped += "&quot;",
            letter if letter.is_control() && !matches!(letter, '\n' | '\t') => {}
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
#[path = "blueprint_tests.rs"]
mod tests;
