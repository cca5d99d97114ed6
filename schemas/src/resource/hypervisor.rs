//! Hypervisors: pools of KVM or ESXi machines under one endpoint, whose usage is collected.

use super::{Computed, Resource, Secret};
use crate::{
    code::Code,
    endpoint,
    id::HypervisorId,
    span::Span,
    time::{Instant, WireTime},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What virtualizes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum HypervisorType {
    /// KVM under libvirt.
    Kvm,
    /// ESXi, alone or under vCenter.
    Vmware,
}

/// The tier of a disk, which decides its service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum DiskType {
    /// `kvm_hdd_slow`, `vmware_hdd_slow`.
    Sata,
    /// `kvm_hdd_fast`, `vmware_hdd_fast`.
    Sas,
    /// `kvm_hdd_ultrafast`, `vmware_hdd_ultrafast`.
    Ssd,
}

/// The class of the processors, where it is priced apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub enum CpuClass {
    /// Processors of 3.2 GHz: services `vmware_cpu_3_2` and `vmware_ram_3_2`.
    #[serde(rename = "3.2")]
    Ghz32,
}

/// Disk tiers by pool name, datastore name or path prefix.
pub type DiskTypes = BTreeMap<String, DiskType>;

/// The longest that a hypervisor may be given to show its machines, in seconds.
const INVENTORY_TIMEOUT_S_MAX: u32 = 24 * 60 * 60;

const fn poll_interval_default() -> Span {
    Span::from_s(30)
}

const fn inventory_timeout_default() -> Span {
    Span::from_s(60)
}

const fn hold_default() -> Span {
    Span::from_s(15 * 60)
}

/// Whether a hypervisor may be asked so often, and given so much time.
///
/// # Errors
/// The attribute, and what is accepted.
pub fn check_pace(poll_interval: Span, inventory_timeout: Span) -> Result<(), (&'static str, String)> {
    if poll_interval.as_s() == 0 {
        return Err(("poll_interval", format!("{poll_interval} is not accepted; use at least 1s")));
    }
    if !(1..=INVENTORY_TIMEOUT_S_MAX).contains(&inventory_timeout.as_s()) {
        return Err(("inventory_timeout", format!("{inventory_timeout} is not accepted; use 1s to 1d")));
    }
    Ok(())
}

/// What may change in a hypervisor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub struct HypervisorUpdate {
    /// Name of the hypervisor, shown to people.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
    /// Where its management endpoint is: `qemu+unix:///system`, `qemu+tls://host/system?pkipath=/folder`, `qemu+tcp://host:16509/system` or `test+tcp://host:16509/default` for libvirt, `https://host` or `https://host:port` for an ESXi host or a vCenter. For `tls` the folder is on the server and has `cacert.pem`, `clientcert.pem` and `clientkey.pem`; without it libvirt's own places are taken.
    #[schemars(length(min = 1, max = 2048))]
    pub uri: String,
    /// Account on the endpoint, where it asks for one: ESXi and vCenter do.
    #[serde(default)]
    #[schemars(length(min = 1, max = 255))]
    pub username: Option<String>,
    /// Password of that account. It is sent and never stored in the state; change `password_version` to have a new one sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024), extend("x-tf" = {"write_only": true}))]
    pub password: Option<Secret>,
    /// Any number; a new one has the password sent again.
    #[serde(default)]
    pub password_version: Option<i64>,
    /// Certificate in PEM of the private authority that signed the certificate of an ESXi host or a vCenter. Without it and without `certificate_thumbprint` the authorities that the control plane's system trusts count.
    #[serde(default)]
    #[schemars(length(min = 1, max = 65536))]
    pub ca_certificate: Option<String>,
    /// Thumbprint of the one certificate that is trusted, whatever its name and its issuer: its SHA-256, 64 hexadecimal digits with or without colons. It is for an ESXi host whose certificate is its own; `openssl s_client -connect HOST:443 </dev/null | openssl x509 -noout -fingerprint -sha256` shows it. It goes before `ca_certificate`.
    #[serde(default)]
    #[schemars(length(min = 64, max = 95))]
    pub certificate_thumbprint: Option<String>,
    /// Tier of the disks by pool name, datastore name or path prefix: `sata`, `sas` or `ssd`. The longest prefix counts. A disk that none matches raises an alert and is not billed.
    #[serde(default)]
    pub disk_types: DiskTypes,
    /// Networks, bridges or host devices whose traffic is charged as `bandwidth`, as the hypervisor names them, port groups on VMware; none by default. An interface of type `ethernet` is named by its own device. Bytes received and sent count, from the first time that they are read.
    #[serde(default)]
    #[schemars(length(max = 100), inner(length(min = 1, max = 255)))]
    pub external_networks: BTreeSet<String>,
    /// Class of the processors, where it is priced apart: `3.2`.
    #[serde(default)]
    pub cpu_class: Option<CpuClass>,
    /// Most vCPU of one machine.
    #[serde(default)]
    #[schemars(range(min = 1, max = 4096))]
    pub cpu_per_vm: Option<u32>,
    /// Most RAM of one machine, in GB.
    #[serde(default)]
    #[schemars(range(min = 1, max = 65536), extend("x-tf" = {"name": "ram_gb_per_vm"}))]
    pub ram_per_vm: Option<u32>,
    /// How often the hypervisor is asked for its machines, such as `30s`; at least `1s`.
    #[serde(default = "poll_interval_default")]
    pub poll_interval: Span,
    /// How long the hypervisor may take to show all its machines before that has failed, such as `60s`; from `1s` to `1d`.
    #[serde(default = "inventory_timeout_default")]
    pub inventory_timeout: Span,
    /// How long the hypervisor may be out of reach before its machines count as unknown, such as `15m`; two poll intervals at least, and an interval with `inventory_timeout`. Unknown time is charged only once the machines are found to be what they were. Another `hold` counts from the next complete inventory.
    #[serde(default = "hold_default")]
    pub hold: Span,
}

/// What a hypervisor is created from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub struct HypervisorSpec {
    /// Code of the hypervisor, unique on the platform.
    pub code: Code,
    /// What virtualizes: `kvm` or `vmware`.
    #[serde(rename = "type")]
    pub kind: HypervisorType,
    /// What may change later.
    #[serde(flatten)]
    pub settings: HypervisorUpdate,
}

/// How the collection of a hypervisor's usage goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum CollectorState {
    /// Not asked yet.
    New,
    /// The last inventory was complete.
    Ok,
    /// The last inventory failed; machines keep what they had.
    Degraded,
    /// Out of reach for longer than `hold`.
    Down,
}

/// How the collection of a hypervisor's usage goes, and what it found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct CollectorView {
    /// Its state.
    pub state: CollectorState,
    /// Since when.
    pub since: Instant,
    /// When the last complete inventory was taken.
    pub last_ok_at: Option<Instant>,
    /// Why the last inventory failed.
    pub last_error: Option<String>,
    /// Inventories that were tried so far, failed ones too: a higher number tells that one has ended since.
    pub attempts: i64,
    /// Machines in the last complete inventory.
    pub machines: i64,
    /// Machines among them that no project owns; they are not billed.
    pub unowned: i64,
    /// Machines among them whose owner tag contradicts the project that they were assigned to, which is billed.
    pub mismatched: i64,
    /// Disks of owned machines that are in places to which `disk_types` gives no tier; they are not billed.
    pub unmapped_disks: i64,
}

/// A hypervisor as the API returns it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HypervisorView {
    /// Id of the hypervisor.
    pub id: HypervisorId,
    /// When it was created.
    pub ctime: WireTime,
    /// Moves with every edit; the value of `ETag`.
    pub version: i64,
    /// Code, unique on the platform.
    pub code: String,
    /// What virtualizes.
    #[serde(rename = "type")]
    pub kind: HypervisorType,
    /// Name.
    pub name: String,
    /// Where its management endpoint is; for platform administrators only.
    pub uri: Option<String>,
    /// Account on the endpoint; for platform administrators only.
    pub username: Option<String>,
    /// Which password was last sent; for platform administrators only.
    pub password_version: Option<i64>,
    /// Certificate of the authority that vouches for the endpoint; for platform administrators only.
    pub ca_certificate: Option<String>,
    /// Thumbprint of the endpoint's certificate; for platform administrators only.
    pub certificate_thumbprint: Option<String>,
    /// Disk tiers by pool, datastore or path prefix.
    pub disk_types: DiskTypes,
    /// Networks, bridges or host devices whose traffic is charged.
    pub external_networks: BTreeSet<String>,
    /// Class of the processors.
    pub cpu_class: Option<CpuClass>,
    /// Most vCPU of one machine.
    pub cpu_per_vm: Option<u32>,
    /// Most RAM of one machine, in GB.
    pub ram_per_vm: Option<u32>,
    /// How often it is asked for its machines.
    pub poll_interval: Span,
    /// How long it may take to show all its machines.
    pub inventory_timeout: Span,
    /// How long it may be out of reach before its machines count as unknown.
    pub hold: Span,
    /// How the collection goes; for platform administrators only.
    pub collector: Option<CollectorView>,
}

/// A hypervisor is a pool of KVM or ESXi machines under one endpoint. The control plane asks it for its machines, and bills those that carry the owner tag of a project. Only platform administrators manage hypervisors.
#[derive(JsonSchema)]
pub struct Hypervisor;

impl Resource for Hypervisor {
    const NOUN: &'static str = "hypervisor";
    const KEY: &'static [&'static str] = &["code"];
    const COMPUTED: &'static [Computed] = &[];
    type Spec = HypervisorSpec;
    type Update = HypervisorUpdate;
    type View = HypervisorView;
    type List = endpoint::hypervisor::List;
    type Create = endpoint::hypervisor::Create;
    type Read = endpoint::hypervisor::Read;
    type Replace = endpoint::hypervisor::Replace;
    type Delete = endpoint::hypervisor::Delete;
}

/// Checks that an endpoint's address is one that this type of hypervisor has.
///
/// # Errors
/// A sentence that says what is accepted.
pub fn check_uri(kind: HypervisorType, uri: &str) -> Result<(), String> {
    let accepted: &[&str] = match kind {
        HypervisorType::Kvm => {
            &["qemu+unix://", "qemu+tcp://", "qemu+tls://", "test+unix://", "test+tcp://", "test+tls://"]
        }
        HypervisorType::Vmware => &["https://"],
    };
    if accepted.iter().any(|scheme| uri.starts_with(scheme)) {
        return Ok(());
    }
    Err(format!("\"{uri}\" is not accepted; it begins with one of {}", accepted.join(", ")))
}
