//! What is done to machines.

use super::{
    configuration::{OWNER_OPTION, disk_files},
    place::Place,
    session::{Found, Session},
};
use crate::{Error, NewDisk, NewMachine, Operation, Owner, Power, Resize, Stop};
use std::time::Duration;
use uuid::Uuid;
use vsphere_soap::{Body, Element, Object};

/// The options that tell how much a machine may get while it runs.
const VCPU_OPTION: &str = "esu.vcpu_max";
const MEMORY_OPTION: &str = "esu.memory_max_mib";

/// Why something is not done.
#[derive(Debug)]
pub(super) enum Refusal {
    /// The endpoint refuses, or is not there.
    Soap(vsphere_soap::Error),
    /// It cannot be done to the machine as it is.
    Unsupported(String),
    /// There is no such machine.
    NoMachine(Uuid),
    /// It would clash with what is there.
    Failed(String),
}

impl From<vsphere_soap::Error> for Refusal {
    fn from(error: vsphere_soap::Error) -> Self {
        Self::Soap(error)
    }
}

impl Refusal {
    /// The error that is told; `told` makes one of an error of the session.
    pub(super) fn told(
        self,
        endpoint: String,
        asked: &'static str,
        told: impl FnOnce(vsphere_soap::Error) -> Error,
    ) -> Error {
        let error = match self {
            Self::Unsupported(reason) => return Error::Unsupported { endpoint, asked, reason },
            Self::NoMachine(uuid) => {
                return Error::NoMachine { endpoint, asked, reason: format!("there is no machine {uuid}") };
            }
            Self::Failed(reason) => return Error::Failed { endpoint, asked, reason },
            Self::Soap(error) => error,
        };
        let Some(reason) = error.fault().and_then(unsupported) else { return told(error) };
        Error::Unsupported { endpoint, asked, reason: format!("{reason} ({error})") }
    }
}

/// What a fault says that no repetition helps against.
fn unsupported(fault: &str) -> Option<&'static str> {
    Some(match fault {
        "RestrictedVersion" | "LicenseRestricted" => "the licence of this host lets it be read only",
        "NotSupported" | "CpuHotPlugNotSupported" | "MemoryHotPlugNotSupported" => {
            "it cannot be done to this machine now"
        }
        "ToolsUnavailable" => "its operating system runs no VMware Tools, which would hear it",
        _ => return None,
    })
}

impl Session {
    pub(super) async fn apply(&self, operation: &Operation, deadline: Duration) -> Result<(), Refusal> {
        let uuid = operation.machine();
        let found = self.find(uuid, deadline).await?;
        let doing = Doing { session: self, deadline };
        let done = match (operation, &found) {
            (Operation::Create(_), Some(_)) | (Operation::Delete(_), None) => Ok(()),
            (Operation::Create(new), None) => doing.create(new).await,
            (_, None) => Err(Refusal::NoMachine(uuid)),
            (Operation::Start(_), Some(machine)) => doing.power("PowerOnVM_Task", machine, Power::On).await,
            (Operation::Stop(_, Stop::Forced), Some(machine)) => {
                doing.power("PowerOffVM_Task", machine, Power::Off).await
            }
            (Operation::Stop(_, Stop::Orderly), Some(machine)) => doing.shut_down(machine).await,
            (Operation::Resize(_, to), Some(machine)) => doing.resize(machine, to).await,
            (Operation::Delete(_), Some(machine)) => doing.delete(machine).await,
            (Operation::SetOwner(_, owner), Some(machine)) => {
                doing.reconfigure(machine, option(Body::default(), OWNER_OPTION, &tag(owner))).await
            }
        };
        if let Some(machine) = &found {
            self.mark_stale(&machine.reference);
        }
        done
    }
}

/// A session, and how long there is for each step.
struct Doing<'a> {
    session: &'a Session,
    deadline: Duration,
}

impl Doing<'_> {
    async fn create(&self, new: &NewMachine) -> Result<(), Refusal> {
        if new.vcpu_max < new.vcpu || new.memory_max_mib < new.memory_mib {
            return Err(Refusal::Unsupported("a machine has no more than it may get".to_owned()));
        }
        if self.session.has_name(&new.name) {
            return Err(Refusal::Failed(format!("there is a machine called \"{}\"", new.name)));
        }
        let first = new.disks.first().map(|disk| disk.pool.as_str());
        let place = Place::find(&self.session.soap, first, self.deadline).await?;
        let specification = specification(new, &place.datastore);
        let body = Body::to(&place.folder).group("config", specification).object("pool", &place.pool);
        self.session.soap.run("CreateVM_Task", body, self.deadline).await?;
        Ok(())
    }

    /// Switches; what is so already is done.
    async fn power(&self, call: &'static str, machine: &Found, wanted: Power) -> Result<(), Refusal> {
        if machine.power == wanted {
            return Ok(());
        }
        match self.session.soap.run(call, Body::to(&machine.reference), self.deadline).await {
            Err(error) if error.fault() != Some("InvalidPowerState") => Err(error.into()),
            _ => Ok(()),
        }
    }

    async fn shut_down(&self, machine: &Found) -> Result<(), Refusal> {
        if machine.power == Power::Off {
            return Ok(());
        }
        match self.session.soap.shut_down_guest(&machine.reference, self.deadline).await {
            Err(error) if error.fault() != Some("InvalidPowerState") => Err(error.into()),
            _ => Ok(()),
        }
    }

    async fn delete(&self, machine: &Found) -> Result<(), Refusal> {
        self.power("PowerOffVM_Task", machine, Power::Off).await?;
        self.take_out_shared(machine).await?;
        match self.session.soap.run("Destroy_Task", Body::to(&machine.reference), self.deadline).await {
            Err(error) if !error.is_gone() => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Takes out the disks in files that other machines have too, which would go with the machine.
    async fn take_out_shared(&self, machine: &Found) -> Result<(), Refusal> {
        let others = self.session.files_beside(&machine.reference);
        let devices = |object: Object| object.values.get("config.hardware.device").cloned();
        let (machines, paths) = (std::slice::from_ref(&machine.reference), ["config.hardware.device"]);
        let told = self.session.soap.of_objects(machines, &paths, devices, self.deadline).await?;
        let devices = told.iter().flat_map(|devices| &devices.children);
        let shared = devices.filter(|device| disk_files(device).any(|file| others.contains(file)));
        let changes = shared.fold(Body::default(), |changes, disk| {
            // Without a word of its file, that stays.
            changes
                .group("deviceChange", Body::default().value("operation", "remove").element("device", disk))
        });
        if changes.is_empty() {
            return Ok(());
        }
        self.reconfigure(machine, changes).await
    }

    async fn reconfigure(&self, machine: &Found, specification: Body) -> Result<(), Refusal> {
        let body = Body::to(&machine.reference).group("spec", specification);
        self.session.soap.run("ReconfigVM_Task", body, self.deadline).await?;
        Ok(())
    }

    async fn resize(&self, machine: &Found, to: &Resize) -> Result<(), Refusal> {
        let object = |object: Object| Some(object);
        let paths = [
            "config.hardware.device",
            "config.extraConfig",
            "config.hardware.numCPU",
            "config.hardware.memoryMB",
        ];
        let machines = std::slice::from_ref(&machine.reference);
        let told = self.session.soap.of_objects(machines, &paths, object, self.deadline).await?;
        let told = told.into_iter().next().ok_or(Refusal::NoMachine(machine.uuid))?;
        let disks = disk_changes(&told, to)?;
        let number = |path: &str| told.number::<u64>(path).ok().flatten().unwrap_or(0);
        let mut options = Body::default();
        let mut measures = Body::default();
        let measured = [
            ("numCPUs", VCPU_OPTION, to.vcpu.map(u64::from), number("config.hardware.numCPU")),
            ("memoryMB", MEMORY_OPTION, to.memory_mib, number("config.hardware.memoryMB")),
        ];
        for (name, most, wanted, is) in measured {
            let Some(wanted) = wanted.filter(|wanted| *wanted != is) else { continue };
            let may = limit(&told, most);
            if machine.power != Power::Off {
                if wanted < is {
                    return Err(Refusal::Unsupported(format!("a machine that runs gives no {name} back")));
                }
                if may.is_some_and(|may| wanted > may) {
                    return Err(Refusal::Unsupported(format!("it may get no more {name} while it runs")));
                }
            } else if may.is_some_and(|may| wanted > may) {
                options = option(options, most, &wanted.to_string());
            }
            measures = measures.value(name, wanted);
        }
        if measures.is_empty() && disks.is_empty() {
            return Ok(());
        }
        self.reconfigure(machine, measures.and(disks).and(options)).await
    }
}

/// How much a machine may get while it runs, where that was said.
fn limit(machine: &Object, name: &str) -> Option<u64> {
    let options = &machine.values.get("config.extraConfig")?.children;
    let said = options.iter().rfind(|option| option.text_of("key") == Some(name))?;
    said.text_of("value")?.parse().ok()
}

/// The changes that give disks their sizes.
fn disk_changes(machine: &Object, to: &Resize) -> Result<Body, Refusal> {
    let devices = machine.values.get("config.hardware.device").map(|devices| devices.children.as_slice());
    let label = |device: &Element| {
        device.child("deviceInfo").and_then(|info| info.text_of("label")).map(str::to_owned)
    };
    let mut changes = Body::default();
    for (target, mib) in &to.disks_mib {
        let disk = devices.unwrap_or_default().iter().find(|device| {
            device.kind.as_deref() == Some("VirtualDisk") && label(device).as_ref() == Some(target)
        });
        let disk = disk.ok_or_else(|| Refusal::Unsupported(format!("it has no disk \"{target}\"")))?;
        let kib = |disk: &Element| disk.text_of("capacityInKB").and_then(|text| text.parse::<u64>().ok());
        let is = kib(disk).ok_or_else(|| Refusal::Failed(format!("the disk \"{target}\" has no size")))?;
        let wanted = mib.saturating_mul(1024);
        if wanted < is {
            return Err(Refusal::Unsupported(format!("the disk \"{target}\" does not become smaller")));
        }
        if wanted > is {
            let mut grown = disk.clone();
            for (name, value) in [("capacityInKB", wanted), ("capacityInBytes", wanted.saturating_mul(1024))]
            {
                grown
                    .children
                    .iter_mut()
                    .filter(|child| &*child.name == name)
                    .for_each(|child| child.text = value.to_string());
            }
            let change = Body::default().value("operation", "edit").element("device", &grown);
            changes = changes.group("deviceChange", change);
        }
    }
    Ok(changes)
}

/// What a new machine is, with its files in a datastore.
fn specification(new: &NewMachine, datastore: &str) -> Body {
    let mut body = Body::default()
        .value("name", &new.name)
        .value("instanceUuid", new.uuid)
        .value("guestId", "otherGuest64")
        .group("files", Body::default().value("vmPathName", format!("[{datastore}]")))
        .value("numCPUs", new.vcpu)
        .value("memoryMB", new.memory_mib)
        .value("memoryHotAddEnabled", new.memory_max_mib > new.memory_mib)
        .value("cpuHotAddEnabled", new.vcpu_max > new.vcpu);
    if !new.disks.is_empty() {
        let controller =
            Body::default().value("key", -101).value("busNumber", 0).value("sharedBus", "noSharing");
        let added = Body::default().value("operation", "add").typed(
            "device",
            "ParaVirtualSCSIController",
            controller,
        );
        body = body.group("deviceChange", added);
    }
    for (unit, disk) in (0_i32..).zip(&new.disks) {
        body = body.group("deviceChange", new_disk(unit, disk));
    }
    let body = option(body, VCPU_OPTION, &new.vcpu_max.to_string());
    let body = option(body, MEMORY_OPTION, &new.memory_max_mib.to_string());
    match &new.owner {
        Owner::Untagged => body,
        owner => option(body, OWNER_OPTION, &tag(owner)),
    }
}

fn new_disk(unit: i32, disk: &NewDisk) -> Body {
    // The place of the controller's own in between is taken.
    let place = if unit < 7 { unit } else { unit + 1 };
    let backing = Body::default()
        .value("fileName", format!("[{}]", disk.pool))
        .value("diskMode", "persistent")
        .value("thinProvisioned", true);
    let device = Body::default()
        .value("key", -200 - unit)
        .typed("backing", "VirtualDiskFlatVer2BackingInfo", backing)
        .value("controllerKey", -101)
        .value("unitNumber", place)
        .value("capacityInKB", disk.capacity_mib.saturating_mul(1024));
    Body::default().value("operation", "add").value("fileOperation", "create").typed(
        "device",
        "VirtualDisk",
        device,
    )
}

/// With an option, which an empty text takes away.
fn option(body: Body, key: &str, value: &str) -> Body {
    body.typed("extraConfig", "OptionValue", Body::default().value("key", key).typed_text("value", value))
}

/// The tag of an owner.
fn tag(owner: &Owner) -> String {
    match owner {
        Owner::Tagged { partner, client, project } => format!("{partner}/{client}/{project}"),
        Owner::Untagged => String::new(),
        Owner::Malformed(text) => text.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use vsphere_soap::Fault;

    #[test]
    fn a_licence_that_lets_nothing_be_done_is_told() {
        let fault = |kind: &str| {
            let source = Fault { kind: kind.to_owned(), message: "Current license prohibits it".to_owned() };
            Refusal::Soap(vsphere_soap::Error::Fault {
                endpoint: Arc::from("https://esx1"),
                call: "PowerOnVM_Task",
                source,
            })
        };
        let told = |kind: &str| {
            let other = |error: vsphere_soap::Error| Error::Address { reason: error.to_string() };
            fault(kind).told("https://esx1".to_owned(), "start of a machine", other)
        };
        let error = told("RestrictedVersion");
        assert!(matches!(error, Error::Unsupported { .. }) && !error.retryable());
        assert!(error.to_string().contains("the licence of this host lets it be read only"), "{error}");
        assert!(matches!(told("InvalidState"), Error::Address { .. }));
    }
}
