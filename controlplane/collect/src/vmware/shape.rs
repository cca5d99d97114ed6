//! One machine of an inventory.

use super::configuration::Configuration;
use crate::{Incarnation, Power, Shape};
use uuid::Uuid;
use vsphere_soap::{Object, Reference};

/// The properties that every inventory reads of every machine.
pub(super) const PATHS: [&str; 11] = [
    "name",
    "runtime.powerState",
    "runtime.connectionState",
    "summary.runtime.bootTime",
    "config.instanceUuid",
    "config.uuid",
    "config.changeVersion",
    "config.modified",
    "config.hardware.numCPU",
    "config.hardware.memoryMB",
    "config.guestId",
];

/// A machine as every inventory reads it.
#[derive(Debug, Clone)]
pub(super) struct Glance {
    pub(super) reference: Reference,
    pub(super) name: String,
    pub(super) instance_uuid: Option<Uuid>,
    bios_uuid: Option<String>,
    /// What moves with every change of the configuration.
    pub(super) version: String,
    /// vCPU and memory in MiB, or why they cannot be told.
    measures: Result<(u32, u64), String>,
    pub(super) power: Power,
    pub(super) incarnation: Option<Incarnation>,
    guest_os: Option<String>,
}

impl Glance {
    pub(super) fn read(object: &Object) -> Self {
        let text = |path: &str| object.text(path).filter(|text| !text.is_empty()).map(str::to_owned);
        let is_connected = text("runtime.connectionState").as_deref() == Some("connected");
        let (power, incarnation) = match text("runtime.powerState").as_deref() {
            // What a host said last before it was lost is no evidence of what is so now.
            _ if !is_connected => (Power::Unknown, incarnation(object)),
            Some("poweredOn") => (Power::On, incarnation(object)),
            Some("suspended") => (Power::Paused, incarnation(object)),
            Some("poweredOff") => (Power::Off, None),
            _ => (Power::Unknown, incarnation(object)),
        };
        let version = ["config.changeVersion", "config.modified"].map(|path| text(path).unwrap_or_default());
        Self {
            reference: object.reference.clone(),
            name: text("name").unwrap_or_else(|| object.reference.id.clone()),
            instance_uuid: text("config.instanceUuid")
                .and_then(|uuid| uuid.parse().ok())
                .filter(|uuid: &Uuid| !uuid.is_nil()),
            bios_uuid: text("config.uuid"),
            version: version.join(" "),
            measures: measures(object),
            power,
            incarnation,
            guest_os: text("config.guestId"),
        }
    }

    /// What the machine is known by, where that can be told: one whose configuration cannot be read has neither id.
    pub(super) fn identity(&self, endpoint: &str) -> Option<Uuid> {
        self.instance_uuid.or_else(|| {
            let bios = self.bios_uuid.as_ref()?;
            Some(Uuid::new_v5(
                &Uuid::NAMESPACE_URL,
                format!("{endpoint} {} {bios}", self.reference.id).as_bytes(),
            ))
        })
    }

    /// What the machine is known by where another one has its id, as the copy of a machine's files has.
    pub(super) fn second_identity(&self, endpoint: &str) -> Option<Uuid> {
        Self { instance_uuid: None, ..self.clone() }.identity(endpoint)
    }

    /// The whole.
    pub(super) fn shape(&self, configuration: &Configuration) -> Result<Shape, String> {
        let (vcpu, memory_mib) = self.measures.clone()?;
        Ok(Shape {
            power: self.power,
            vcpu,
            memory_mib,
            disks: configuration.disks.clone(),
            nics: configuration.nics.clone(),
            owner: configuration.owner.clone(),
            guest_os: self.guest_os.clone(),
            cpu_time_ns: None,
        })
    }
}

/// The run of a machine that runs: when it was switched on. An endpoint that does not tell has one for all.
fn incarnation(object: &Object) -> Option<Incarnation> {
    Some(Incarnation(object.text("summary.runtime.bootTime").unwrap_or("untold").to_owned()))
}

fn measures(object: &Object) -> Result<(u32, u64), String> {
    let number = |path: &str| match object.missing.iter().find(|(missing, _)| missing == path) {
        Some((_, fault)) => Err(format!("{path} cannot be read: {fault}")),
        None => object
            .number::<u64>(path)
            .map_err(|error| error.to_string())?
            .ok_or_else(|| format!("it has no {path}")),
    };
    let vcpu = number("config.hardware.numCPU")?;
    let vcpu = u32::try_from(vcpu).map_err(|_| format!("{vcpu} vCPU"))?;
    Ok((vcpu, number("config.hardware.memoryMB")?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;
    use vsphere_soap::Element;

    fn object(values: &[(&str, &str)]) -> Object {
        let value = |text: &str| Element { text: text.to_owned(), ..Element::default() };
        let values: BTreeMap<String, Element> =
            values.iter().map(|(path, text)| ((*path).to_owned(), value(text))).collect();
        Object { reference: Reference::new("VirtualMachine", "12"), values, missing: vec![] }
    }

    #[test]
    fn the_power_of_what_is_not_connected_is_not_known() {
        for (connection, power, expected) in [
            ("connected", "poweredOn", Power::On),
            ("connected", "suspended", Power::Paused),
            ("connected", "poweredOff", Power::Off),
            ("disconnected", "poweredOn", Power::Unknown),
            ("inaccessible", "poweredOff", Power::Unknown),
            ("orphaned", "poweredOff", Power::Unknown),
            ("connected", "", Power::Unknown),
        ] {
            let told = object(&[("runtime.connectionState", connection), ("runtime.powerState", power)]);
            assert_eq!(Glance::read(&told).power, expected, "{connection} {power}");
        }
    }

    #[test]
    fn a_machine_is_known_by_its_instance_else_by_its_place_and_bios_else_by_nothing() {
        let uuid = "564d0000-0000-4000-8000-000000000001";
        let both = Glance::read(&object(&[("config.instanceUuid", uuid), ("config.uuid", "b")]));
        assert_eq!(both.identity("e"), Some(uuid.parse().unwrap()));
        let bios = Glance::read(&object(&[("config.uuid", "b")]));
        assert_eq!(bios.identity("e"), both.second_identity("e"));
        assert_ne!(bios.identity("e"), bios.identity("f"));
        assert_eq!(Glance::read(&object(&[])).identity("e"), None);
    }

    #[test]
    fn measures_that_are_missing_or_impossible_are_told() {
        let of = |values: &[(&str, &str)]| Glance::read(&object(values)).measures;
        let cpu = ("config.hardware.numCPU", "2");
        assert_eq!(of(&[cpu, ("config.hardware.memoryMB", "1024")]), Ok((2, 1024)));
        assert_eq!(of(&[cpu]).unwrap_err(), "it has no config.hardware.memoryMB");
        assert!(of(&[("config.hardware.numCPU", "5000000000"), ("config.hardware.memoryMB", "1")]).is_err());
        assert!(of(&[cpu, ("config.hardware.memoryMB", "-1")]).is_err());
    }
}
