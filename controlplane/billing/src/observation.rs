//! What was seen: facts about one resource, and the services that its shape uses.

pub use schemas::resource::hypervisor::{DiskType, HypervisorType as Platform};
use schemas::{service::Service, time::Instant};
use serde::{Deserialize, Serialize};

/// One fact about one resource, from one source. Its key is (source, epoch, sequence).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Observation {
    /// Who saw it: a collector's or the control plane's source id.
    pub source: i64,
    /// The number that the server gave this connection of the source.
    pub epoch: i64,
    /// The place of the fact within the epoch.
    pub sequence: i64,
    /// When it happened, by the source's clock.
    pub observed_at: Instant,
    /// When the server recorded it, by the server's clock.
    pub received_at: Instant,
    /// What was seen.
    pub fact: Fact,
}

/// What an observation says about its resource.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Fact {
    /// It exists, in this shape.
    Present(Shape),
    /// It exists no more.
    Gone,
}

/// What one of a resource's counters of traffic showed: bytes received plus sent (P8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reading {
    /// When it was read.
    pub at: Instant,
    /// Which of the resource's counters it is.
    #[serde(default)]
    pub counter: u32,
    /// Which life of the counter it is; another one begins at 0.
    pub incarnation: i64,
    /// Bytes since that life began.
    pub bytes: u64,
}

/// A time in which a source could not be heard for longer than its `hold` (P7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outage {
    /// The source.
    pub source: i64,
    /// When everything was last seen.
    pub from: Instant,
    /// When everything was seen again, in one complete inventory; `None` while it lasts.
    pub to: Option<Instant>,
}

/// All that a charge depends on. Two equal shapes cost the same; name, host and attachment are no part of it (P6).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shape {
    /// What it is, and how much of it.
    pub thing: Thing,
    /// The contract it belongs to; without one nobody is billed.
    #[serde(default)]
    pub contract: Option<i64>,
    /// Whether it runs. It matters for machines only.
    #[serde(default)]
    pub power: Power,
}

/// Whether a machine runs (Q2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Power {
    /// It runs.
    #[default]
    Running,
    /// It is suspended in memory, and counts as running.
    Paused,
    /// It is switched off.
    Off,
}

/// A billable thing and its sizes. Sizes are whole MiB, rounded up when they were observed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Thing {
    /// A virtual machine.
    Machine {
        /// Where it runs.
        platform: Platform,
        /// Whether its hypervisor has the 3.2 GHz processors. Only VMware prices them apart.
        cpu_class_3_2: bool,
        /// Virtual processors.
        vcpu: u32,
        /// Memory in MiB.
        ram_mib: u64,
        /// Whether it needs a Windows licence for each vCPU.
        windows: bool,
    },
    /// A virtual disk.
    Disk {
        /// Where it lies.
        platform: Platform,
        /// Its class of storage; `None` where its pool is not mapped to one: such a disk is not billed.
        disk_type: Option<DiskType>,
        /// Virtual size in MiB.
        size_mib: u64,
    },
    /// A virtual data centre.
    Vdc,
    /// A network.
    Network {
        /// Where it is.
        platform: Platform,
    },
    /// A router.
    Router {
        /// Where it is.
        platform: Platform,
    },
    /// A load balancer.
    LoadBalancer,
    /// A public IPv4 address.
    PublicIp,
    /// A site-to-site IPsec connection.
    Ipsec,
    /// A snapshot.
    Snapshot {
        /// Size in MiB.
        size_mib: u64,
    },
    /// An image.
    Image {
        /// Size in MiB.
        size_mib: u64,
    },
    /// A backup copy.
    Backup {
        /// What was backed up.
        platform: Platform,
        /// Size in MiB.
        size_mib: u64,
    },
    /// S3 object storage.
    ObjectStorage {
        /// Size in MiB.
        size_mib: u64,
    },
    /// A Veeam licence.
    VeeamLicense,
}

/// The services that a thing uses, each with its quantity in base units: pieces, or MiB (Q1).
pub fn services(thing: &Thing) -> impl Iterator<Item = (Service, u64)> + use<> {
    let (first, second, third) = match *thing {
        Thing::Machine { platform, cpu_class_3_2, vcpu, ram_mib, windows } => {
            let (cpu, ram) = match (platform, cpu_class_3_2) {
                (Platform::Kvm, _) => (Service::KvmCpu, Service::KvmRam),
                (Platform::Vmware, false) => (Service::VmwareCpu, Service::VmwareRam),
                (Platform::Vmware, true) => (Service::VmwareCpu32, Service::VmwareRam32),
            };
            let vcpu = u64::from(vcpu);
            (Some((cpu, vcpu)), Some((ram, ram_mib)), windows.then_some((Service::WindowsLicense, vcpu)))
        }
        Thing::Disk { platform, disk_type, size_mib } => {
            (disk_type.map(|disk_type| (disk_service(platform, disk_type), size_mib)), None, None)
        }
        Thing::Vdc => one(Service::Vdc),
        Thing::Network { platform: Platform::Kvm } => one(Service::KvmNetwork),
        Thing::Network { platform: Platform::Vmware } => one(Service::VmwareNetwork),
        Thing::Router { platform: Platform::Kvm } => one(Service::KvmRouter),
        Thing::Router { platform: Platform::Vmware } => one(Service::VmwareRouter),
        Thing::LoadBalancer => one(Service::Lbaas),
        Thing::PublicIp => one(Service::PublicIp),
        Thing::Ipsec => one(Service::IpsecCon),
        Thing::Snapshot { size_mib } => (Some((Service::Snapshot, size_mib)), None, None),
        Thing::Image { size_mib } => (Some((Service::Iso, size_mib)), None, None),
        Thing::Backup { platform: Platform::Kvm, size_mib } => {
            (Some((Service::KvmBackupStorage, size_mib)), None, None)
        }
        Thing::Backup { platform: Platform::Vmware, size_mib } => {
            (Some((Service::VeeamStorage, size_mib)), None, None)
        }
        Thing::ObjectStorage { size_mib } => (Some((Service::S3Storage, size_mib)), None, None),
        Thing::VeeamLicense => one(Service::VeeamLicense),
    };
    [first, second, third].into_iter().flatten()
}

/// Whether a contract has what is of this shape.
pub(crate) fn is_owned(shape: &Shape, contract: i64) -> bool {
    shape.contract == Some(contract)
}

/// Whether a service is charged for a machine that runs: vCPU or RAM. These are not charged while the contract is
/// suspended (Q2), and a promotion takes their place (A1).
pub const fn is_machine_service(service: Service) -> bool {
    matches!(
        service,
        Service::KvmCpu
            | Service::KvmRam
            | Service::VmwareCpu
            | Service::VmwareCpu32
            | Service::VmwareRam
            | Service::VmwareRam32
    )
}

/// Up to three services with their quantities.
type Uses = (Option<(Service, u64)>, Option<(Service, u64)>, Option<(Service, u64)>);

/// One piece of one service.
const fn one(service: Service) -> Uses {
    (Some((service, 1)), None, None)
}

/// The service that a disk of this type uses.
const fn disk_service(platform: Platform, disk_type: DiskType) -> Service {
    match (platform, disk_type) {
        (Platform::Kvm, DiskType::Sata) => Service::KvmHddSlow,
        (Platform::Kvm, DiskType::Sas) => Service::KvmHddFast,
        (Platform::Kvm, DiskType::Ssd) => Service::KvmHddUltrafast,
        (Platform::Vmware, DiskType::Sata) => Service::VmwareHddSlow,
        (Platform::Vmware, DiskType::Sas) => Service::VmwareHddFast,
        (Platform::Vmware, DiskType::Ssd) => Service::VmwareHddUltrafast,
    }
}

/// The kind of a resource, in the order in which reports list them (fig. 75).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A virtual disk.
    Disk,
    /// A snapshot.
    Snapshot,
    /// An image.
    Image,
    /// A backup copy.
    Backup,
    /// S3 object storage.
    ObjectStorage,
    /// A virtual data centre.
    Vdc,
    /// A virtual machine.
    Machine,
    /// A public IPv4 address.
    PublicIp,
    /// A network.
    Network,
    /// A router.
    Router,
    /// A load balancer.
    LoadBalancer,
    /// A site-to-site IPsec connection.
    Ipsec,
    /// A Veeam licence.
    VeeamLicense,
}

impl Kind {
    /// What the short names of its objects begin with; a public address is a port.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Machine => "vm",
            Self::Disk => "disk",
            Self::Vdc => "vdc",
            Self::Network => "network",
            Self::Router => "router",
            Self::LoadBalancer => "lb",
            Self::PublicIp => "port",
            Self::Ipsec => "ipsec",
            Self::Snapshot => "snapshot",
            Self::Image => "image",
            Self::Backup => "backup",
            Self::ObjectStorage => "s3",
            Self::VeeamLicense => "veeam",
        }
    }
}

impl Thing {
    /// Its kind.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Machine { .. } => Kind::Machine,
            Self::Disk { .. } => Kind::Disk,
            Self::Vdc => Kind::Vdc,
            Self::Network { .. } => Kind::Network,
            Self::Router { .. } => Kind::Router,
            Self::LoadBalancer => Kind::LoadBalancer,
            Self::PublicIp => Kind::PublicIp,
            Self::Ipsec => Kind::Ipsec,
            Self::Snapshot { .. } => Kind::Snapshot,
            Self::Image { .. } => Kind::Image,
            Self::Backup { .. } => Kind::Backup,
            Self::ObjectStorage { .. } => Kind::ObjectStorage,
            Self::VeeamLicense => Kind::VeeamLicense,
        }
    }
}
