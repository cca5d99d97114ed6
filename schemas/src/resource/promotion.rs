//! Promotions: the price of a whole machine of one configuration (6.2).

use super::{
    Computed, Ref, Resource,
    hypervisor::{DiskType, HypervisorType},
};
use crate::{
    code::Code,
    endpoint,
    id::{MachineId, PromotionId},
    money::Price,
    time::{CivilDay, Instant, WireTime},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What may change in a promotion (6.2.2-01).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub struct PromotionUpdate {
    /// Name of the promotion, shown to people and in reports.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
    /// First day on which the price is given, such as `2022-06-01`: from 00:00 in the partner's time zone as it is when the promotion starts.
    pub starts_on: CivilDay,
    /// Last day on which the price is given, until 24:00; the first day or a later one (6.2.1-01). Machines that have the price keep it.
    pub ends_on: CivilDay,
    /// Price in rubles of the whole machine (its vCPU, RAM and system disk) for one day: 0 to 1000000, at most 7 decimal places (6.2.1-03). Machines that have the price keep the one they were given.
    pub price_per_day: Price,
    /// What virtualizes: `kvm` or `vmware` (6.2.1-04).
    pub platform: HypervisorType,
    /// How many times the price is given at most; without it, any number of times (6.2.1-05, 6.2.1-06). Below what is given already, it is not given any more.
    #[serde(default)]
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub max_count: Option<u32>,
    /// vCPU that a machine must have, exactly (6.2.1-07).
    #[schemars(range(min = 1, max = 4096))]
    pub vcpu: u32,
    /// RAM that a machine must have, exactly, in GB of 1024 MiB.
    #[schemars(range(min = 1, max = 65536))]
    pub ram_gb: u32,
    /// Size that a machine's system disk must have, exactly, in GB of 1024 MiB. Further disks do not matter; they cost what the tariff plan says.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub hdd_gb: u32,
    /// Tier that a machine's system disk must have: `sata`, `sas` or `ssd`; one whose service on the platform the partner may sell (6.2.1-08).
    pub disk_type: DiskType,
    /// Note on the promotion, for those who manage it (6.2.1-09).
    #[serde(default)]
    #[schemars(length(min = 1, max = 10_000))]
    pub note: Option<String>,
}

/// What a promotion is created from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub struct PromotionSpec {
    /// Code of the promotion, unique within the partner.
    pub code: Code,
    /// Code of the partner whose promotion it is.
    #[schemars(extend("x-tf" = {"path": "/partner/code"}))]
    pub partner: Code,
    /// What may change later.
    #[serde(flatten)]
    pub settings: PromotionUpdate,
}

/// A promotion as the API returns it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PromotionView {
    /// Id of the promotion.
    pub id: PromotionId,
    /// When it was created.
    pub ctime: WireTime,
    /// Moves with every edit; the value of `ETag`.
    pub version: i64,
    /// Code, unique within the partner.
    pub code: String,
    /// The partner whose promotion it is.
    pub partner: Ref,
    /// Name.
    pub name: String,
    /// First day on which the price is given.
    pub starts_on: CivilDay,
    /// Last day on which the price is given.
    pub ends_on: CivilDay,
    /// Price in rubles of the whole machine for one day.
    pub price_per_day: Price,
    /// What virtualizes.
    pub platform: HypervisorType,
    /// How many times the price is given at most; null for any number of times.
    pub max_count: Option<u32>,
    /// vCPU of the machine.
    pub vcpu: u32,
    /// RAM of the machine, in GB.
    pub ram_gb: u32,
    /// Size of the machine's system disk, in GB.
    pub hdd_gb: u32,
    /// Tier of the machine's system disk.
    pub disk_type: DiskType,
    /// Note.
    pub note: Option<String>,
    /// How many times the price was given, to machines that are gone or reconfigured since too.
    pub used: i64,
}

/// A machine that was given the price of a promotion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PromotionGrantView {
    /// Id of the machine.
    pub machine: MachineId,
    /// Name of the machine when it was given the price.
    pub machine_name: String,
    /// Path of the project that it belonged to, such as `north/acme/default`.
    pub owner: String,
    /// Price in rubles for one day, which it keeps.
    pub price_per_day: Price,
    /// Since when.
    pub granted_at: Instant,
    /// When one of the four was changed, or the machine was deleted; null as long as it has the price.
    pub ended_at: Option<Instant>,
}

/// A promotion gives a machine of exactly one configuration one price per day, when it is created or reconfigured within the promotion's days. The machine keeps the price after the promotion ended, was changed or deleted, until its vCPU, RAM, or the size or tier of its system disk change.
#[derive(JsonSchema)]
pub struct Promotion;

impl Resource for Promotion {
    const NOUN: &'static str = "promotion";
    const KEY: &'static [&'static str] = &["partner", "code"];
    const COMPUTED: &'static [Computed] = &[];
    type Spec = PromotionSpec;
    type Update = PromotionUpdate;
    type View = PromotionView;
    type List = endpoint::promotion::List;
    type Create = endpoint::promotion::Create;
    type Read = endpoint::promotion::Read;
    type Replace = endpoint::promotion::Replace;
    type Delete = endpoint::promotion::Delete;
}
