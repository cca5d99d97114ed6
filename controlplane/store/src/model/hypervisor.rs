//! Hypervisors: pools of machines under one endpoint.

use crate::{
    schema::hypervisor,
    types::{Json, Sql, words},
};
use diesel::{AsChangeset, Insertable, Queryable, Selectable};
use schemas::{code::Code, id::HypervisorId, time::Instant};

words! {
    /// The platform of a hypervisor.
    HypervisorType {
        /// KVM, by libvirt.
        Kvm = "kvm",
        /// ESXi, by vSphere.
        Vmware = "vmware",
    }
}

/// A hypervisor.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = hypervisor)]
pub struct Hypervisor {
    /// The internal id.
    pub id: i64,
    /// The public id.
    pub public_id: HypervisorId,
    /// Moved by every edit.
    pub version: i64,
    /// The code, unique within its parent.
    pub code: Code,
    /// The name.
    pub name: String,
    /// The platform.
    pub type_: HypervisorType,
    /// Where it answers.
    pub uri: String,
    /// The user it is asked as.
    pub username: Option<String>,
    /// The password, sealed with a key that the database does not hold.
    pub password_sealed: Option<Vec<u8>>,
    /// Moved by every change of the password.
    pub password_version: Option<i64>,
    /// Pool, datastore or path prefix to disk type, as JSON.
    pub disk_types: Json,
    /// The class of its processors, where it has a price of its own.
    pub cpu_class: Option<String>,
    /// The most vCPU a machine may have.
    pub cpu_per_vm: Option<i64>,
    /// The most RAM a machine may have, in GB.
    pub ram_gb_per_vm: Option<i64>,
    /// Seconds between two inventories.
    pub poll_interval_s: i64,
    /// Seconds that an inventory may take.
    pub inventory_timeout_s: i64,
    /// Seconds of silence after which its machines are unknown.
    pub hold_s: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When an inventory was last asked for, beside the regular ones.
    pub collect_asked_at: Option<Instant>,
    /// The networks, bridges and devices whose traffic is charged, as a JSON list.
    pub external_networks: Json,
    /// The certificate of a private authority that vouches for it, in PEM.
    pub ca_certificate: Option<String>,
    /// The SHA-256 of its certificate, where that alone is trusted.
    pub certificate_thumbprint: Option<String>,
}

/// A hypervisor to register.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = hypervisor)]
pub struct NewHypervisor {
    /// The public id.
    #[diesel(serialize_as = Sql<HypervisorId>)]
    pub public_id: HypervisorId,
    /// The code, unique within its parent.
    #[diesel(serialize_as = Sql<Code>)]
    pub code: Code,
    /// The name.
    pub name: String,
    /// The platform.
    pub type_: HypervisorType,
    /// Where it answers.
    pub uri: String,
    /// The user it is asked as.
    pub username: Option<String>,
    /// The password, sealed with a key that the database does not hold.
    pub password_sealed: Option<Vec<u8>>,
    /// Moved by every change of the password.
    pub password_version: Option<i64>,
    /// Pool, datastore or path prefix to disk type, as JSON.
    pub disk_types: Json,
    /// The networks, bridges and devices whose traffic is charged, as a JSON list.
    pub external_networks: Json,
    /// The certificate of a private authority that vouches for it, in PEM.
    pub ca_certificate: Option<String>,
    /// The SHA-256 of its certificate, where that alone is trusted.
    pub certificate_thumbprint: Option<String>,
    /// The class of its processors, where it has a price of its own.
    pub cpu_class: Option<String>,
    /// The most vCPU a machine may have.
    pub cpu_per_vm: Option<i64>,
    /// The most RAM a machine may have, in GB.
    pub ram_gb_per_vm: Option<i64>,
    /// Seconds between two inventories.
    pub poll_interval_s: i64,
    /// Seconds that an inventory may take.
    pub inventory_timeout_s: i64,
    /// Seconds of silence after which its machines are unknown.
    pub hold_s: i64,
    /// When it was made.
    #[diesel(serialize_as = Sql<Instant>)]
    pub created_at: Instant,
}

/// What of a hypervisor may be changed; `None` empties a field.
#[derive(Clone, Debug, PartialEq, Eq, AsChangeset)]
#[diesel(table_name = hypervisor, treat_none_as_null = true)]
pub struct HypervisorEdit {
    /// The name.
    pub name: String,
    /// Where it answers.
    pub uri: String,
    /// The user it is asked as.
    pub username: Option<String>,
    /// The password, sealed with a key that the database does not hold.
    pub password_sealed: Option<Vec<u8>>,
    /// Moved by every change of the password.
    pub password_version: Option<i64>,
    /// Pool, datastore or path prefix to disk type, as JSON.
    pub disk_types: Json,
    /// The networks, bridges and devices whose traffic is charged, as a JSON list.
    pub external_networks: Json,
    /// The certificate of a private authority that vouches for it, in PEM.
    pub ca_certificate: Option<String>,
    /// The SHA-256 of its certificate, where that alone is trusted.
    pub certificate_thumbprint: Option<String>,
    /// The class of its processors, where it has a price of its own.
    pub cpu_class: Option<String>,
    /// The most vCPU a machine may have.
    pub cpu_per_vm: Option<i64>,
    /// The most RAM a machine may have, in GB.
    pub ram_gb_per_vm: Option<i64>,
    /// Seconds between two inventories.
    pub poll_interval_s: i64,
    /// Seconds that an inventory may take.
    pub inventory_timeout_s: i64,
    /// Seconds of silence after which its machines are unknown.
    pub hold_s: i64,
}

/// The order of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HypervisorSort {
    /// By name.
    #[default]
    Name,
    /// By code.
    Code,
    /// By the time of making.
    CreatedAt,
}

/// Which hypervisors are wanted.
#[derive(Clone, Debug, Default)]
pub struct HypervisorFilter {
    /// Among these internal ids.
    pub ids: Option<Vec<i64>>,
    /// Of this code.
    pub code: Option<String>,
}
