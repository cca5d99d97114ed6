//! The picture of one hypervisor at one moment.

use std::fmt;
use uuid::Uuid;

/// Everything one hypervisor has, complete by contract: a machine that is not here was not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The host's own name for itself.
    pub host: String,
    /// The session that this was read in.
    pub epoch: Epoch,
    /// All machines, ordered by UUID.
    pub machines: Vec<Machine>,
    /// Machines that are there and do not show which they are: any that is missing may be one of them.
    pub unidentified: Vec<Unreadable>,
}

/// Counts the sessions of one backend value, from 1. It grows with every reconnect, and events of
/// different epochs have nothing in common: what happened between two of them was not seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch(pub u64);

/// One machine of a [`Snapshot`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// The instance UUID, which is the machine's identity for billing.
    pub uuid: Uuid,
    /// The name on the hypervisor; it may change.
    pub name: String,
    /// Which run of the machine this is; none while it is off.
    pub incarnation: Option<Incarnation>,
    /// What it has, or why that could not be read. An unreadable machine does exist: its last known
    /// shape stays in force.
    pub shape: Result<Shape, Unreadable>,
}

impl Machine {
    /// Which run it is; none while it is off.
    #[must_use]
    pub fn run(&self) -> Option<Run<'_>> {
        let incarnation = self.incarnation.as_ref()?;
        let cpu_time_ns = self.shape.as_ref().ok().and_then(|shape| shape.cpu_time_ns);
        Some(Run { incarnation: &incarnation.0, cpu_time_ns })
    }

    /// Whether this is the same uninterrupted run as `earlier`, or both are off.
    #[must_use]
    pub fn continues(&self, earlier: &Machine) -> bool {
        self.uuid == earlier.uuid
            && match (self.run(), earlier.run()) {
                (Some(now), Some(before)) => now.continues(before),
                (now, before) => now == before,
            }
    }
}

/// What one run of a machine is told from the next by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run<'a> {
    /// What its hypervisor calls it.
    pub incarnation: &'a str,
    /// The processor time that it has used; none where that is not told.
    pub cpu_time_ns: Option<u64>,
}

impl Run<'_> {
    /// Whether this is the same run as `earlier`.
    ///
    /// A run is known by its incarnation, and since a hypervisor may number its runs anew after a restart
    /// of its own, by its processor time too: that of one run never falls.
    #[must_use]
    pub fn continues(self, earlier: Run<'_>) -> bool {
        self.incarnation == earlier.incarnation
            && match (earlier.cpu_time_ns, self.cpu_time_ns) {
                (Some(before), Some(now)) => now >= before,
                _ => true,
            }
    }
}

/// One run of a machine, from its start to its stop. Only equality has a meaning, and only for one UUID.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Incarnation(pub String);

impl fmt::Display for Incarnation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a machine's shape could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Unreadable {
    /// The reason in words, naming what was asked.
    pub reason: String,
}

/// What a machine has: all that billing looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// Whether it runs.
    pub power: Power,
    /// Virtual processors now, not the maximum.
    pub vcpu: u32,
    /// Memory now, not the maximum, rounded up to MiB.
    pub memory_mib: u64,
    /// Disks, without CD-ROMs and floppies, in the order of the hypervisor's description.
    pub disks: Vec<Disk>,
    /// Network interfaces, in the order of the hypervisor's description.
    pub nics: Vec<Nic>,
    /// Whose it is, by the tag on the machine.
    pub owner: Owner,
    /// The operating system that the machine's description names, as an identifier of libosinfo
    /// (`http://microsoft.com/win/2k22`) or vSphere's guest id.
    pub guest_os: Option<String>,
    /// Processor time used in this incarnation; none while it is off.
    pub cpu_time_ns: Option<u64>,
}

/// Whether a machine runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Power {
    /// Running, or on its way down but not yet off.
    On,
    /// Stopped for a while, with its memory kept on the host.
    Paused,
    /// Not running.
    Off,
    /// The hypervisor does not say.
    Unknown,
}

/// One disk of a machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disk {
    /// What the disk is known by: `pool/volume`, else its path, else its UUID.
    pub key: String,
    /// Where the machine sees it, such as `vda`.
    pub target: String,
    /// The virtual size, rounded up to MiB. None: it could not be read now, and the last known size
    /// stays in force.
    pub capacity_mib: Option<u64>,
    /// The storage pool or datastore, where the disk is a volume of one.
    pub pool: Option<String>,
    /// The file or block device on the host, where the disk is one.
    pub path: Option<String>,
    /// The place in the boot order, from 1.
    pub boot_order: Option<u32>,
    /// Whether this is the system disk: boot order 1, else the lowest target. One disk of a machine is.
    pub system: bool,
}

/// One network interface of a machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nic {
    /// The hardware address, in lower case with colons.
    pub mac: String,
    /// The host's device, such as `vnet3`; it changes with every start, and there is none while off.
    pub device: Option<String>,
    /// The network, bridge or port group that it is plugged into.
    pub network: Option<String>,
}

/// Whose a machine is, by the tag that it carries.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Owner {
    /// The codes of a project and of its parents.
    Tagged {
        /// The partner's code.
        partner: String,
        /// The client's code, unique within the partner.
        client: String,
        /// The project's code, unique within the client.
        project: String,
    },
    /// No tag: not one of ours, or not yet.
    Untagged,
    /// A tag that is not `partner/client/project`, as it stands.
    Malformed(String),
}

/// The longest tag that can name a project: three codes of 63 letters.
const TAG_MAX_BYTES: usize = 3 * 63 + 2;
/// The most that is kept of a malformed tag: its author is a stranger.
const MALFORMED_TAG_CHARS: usize = 200;

impl Owner {
    /// The text of the tag; none where there is none.
    #[must_use]
    pub fn tag(&self) -> Option<String> {
        match self {
            Self::Tagged { partner, client, project } => Some(format!("{partner}/{client}/{project}")),
            Self::Untagged => None,
            Self::Malformed(text) => Some(text.clone()),
        }
    }

    /// Reads the text of a tag, `partner/client/project`.
    #[must_use]
    pub fn parse(text: &str) -> Owner {
        let text = text.trim();
        let parts: Vec<&str> = text.split('/').collect();
        let clean =
            |part: &&str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || c.is_control());
        match parts[..] {
            [partner, client, project] if parts.iter().all(clean) && text.len() <= TAG_MAX_BYTES => {
                Owner::Tagged {
                    partner: partner.to_owned(),
                    client: client.to_owned(),
                    project: project.to_owned(),
                }
            }
            _ => Owner::malformed(text),
        }
    }

    /// A tag that is none, cut short.
    pub(crate) fn malformed(text: &str) -> Owner {
        Owner::Malformed(text.chars().take(MALFORMED_TAG_CHARS).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_is_three_codes() {
        let owner =
            Owner::Tagged { partner: "acme".into(), client: "first".into(), project: "default".into() };
        assert_eq!(Owner::parse("acme/first/default"), owner);
        assert_eq!(owner.tag().as_deref(), Some("acme/first/default"));
        assert_eq!(Owner::parse("\n  acme/first/default\n"), owner);
        let long = format!("a/b/{}", "c".repeat(188));
        for bad in
            ["", "acme", "acme/first", "acme//default", "/a/b", "a/b/c/d", "a/b c/d", "a/b/c\u{0}", &long]
        {
            assert_eq!(Owner::parse(bad), Owner::Malformed(bad.to_owned()));
        }
    }

    #[test]
    fn a_malformed_tag_is_kept_short() {
        let Owner::Malformed(kept) = Owner::parse(&"я".repeat(5000)) else { panic!("no tag is that long") };
        assert_eq!(kept.chars().count(), MALFORMED_TAG_CHARS);
    }

    #[test]
    fn a_run_is_one_incarnation_whose_processor_time_never_falls() {
        let machine = |incarnation: &str, cpu_time_ns| Machine {
            uuid: Uuid::from_u128(7),
            name: "web".into(),
            incarnation: Some(Incarnation(incarnation.into())),
            shape: Ok(Shape {
                power: Power::On,
                vcpu: 1,
                memory_mib: 16,
                disks: vec![],
                nics: vec![],
                owner: Owner::Untagged,
                guest_os: None,
                cpu_time_ns,
            }),
        };
        let earlier = machine("3", Some(100));
        assert!(machine("3", Some(100)).continues(&earlier));
        assert!(machine("3", None).continues(&earlier));
        assert!(!machine("3", Some(99)).continues(&earlier));
        assert!(!machine("4", Some(200)).continues(&earlier));
    }
}
