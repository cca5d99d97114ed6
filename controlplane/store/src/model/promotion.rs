//! Promotions, and the machines that were given their prices.

use crate::{
    model::hypervisor::HypervisorType,
    schema::{promotion, promotion_grant},
    types::{Sql, words},
};
use diesel::{AsChangeset, ExpressionMethods, Insertable, Queryable, Selectable};
use jiff::civil::Date;
use schemas::{code::Code, id::PromotionId, money::Money, time::Instant};
use uuid::Uuid;

words! {
    /// The tier of a system disk.
    DiskType {
        /// Slow.
        Sata = "sata",
        /// Fast.
        Sas = "sas",
        /// Very fast.
        Ssd = "ssd",
    }
}

/// A promotion.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = promotion)]
pub struct Promotion {
    /// The partner it belongs to.
    pub partner_id: i64,
    /// The internal id.
    pub id: i64,
    /// The public id.
    pub public_id: PromotionId,
    /// Moved by every edit.
    pub version: i64,
    /// The code, unique within its parent.
    pub code: Code,
    /// The name.
    pub name: String,
    /// The first day.
    pub starts_on: Date,
    /// The last day.
    pub ends_on: Date,
    /// The IANA time zone of its days.
    pub time_zone: String,
    /// The price of a machine for a day.
    pub price_per_day: Money,
    /// The platform of the machine.
    pub platform: HypervisorType,
    /// How many times it is granted at most; none for any number.
    pub max_count: Option<i64>,
    /// vCPU of the machine.
    pub vcpu: i64,
    /// RAM of the machine, in GB.
    pub ram_gb: i64,
    /// Size of the machine's system disk, in GB.
    pub hdd_gb: i64,
    /// Tier of the machine's system disk.
    pub disk_type: DiskType,
    /// What its partner notes on it.
    pub note: Option<String>,
    /// When it was made.
    pub created_at: Instant,
}

/// What of a promotion may be changed; `None` empties a field.
#[derive(Clone, Debug, PartialEq, Eq, AsChangeset, Insertable)]
#[diesel(table_name = promotion, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct PromotionEdit {
    /// The name.
    pub name: String,
    /// The first day.
    #[diesel(serialize_as = Sql<Date>)]
    pub starts_on: Date,
    /// The last day.
    #[diesel(serialize_as = Sql<Date>)]
    pub ends_on: Date,
    /// The IANA time zone of its days.
    pub time_zone: String,
    /// The price of a machine for a day.
    #[diesel(serialize_as = Sql<Money>)]
    pub price_per_day: Money,
    /// The platform of the machine.
    pub platform: HypervisorType,
    /// How many times it is granted at most; none for any number.
    pub max_count: Option<i64>,
    /// vCPU of the machine.
    pub vcpu: i64,
    /// RAM of the machine, in GB.
    pub ram_gb: i64,
    /// Size of the machine's system disk, in GB.
    pub hdd_gb: i64,
    /// Tier of the machine's system disk.
    pub disk_type: DiskType,
    /// What its partner notes on it.
    pub note: Option<String>,
}

/// A promotion to make.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = promotion, treat_none_as_default_value = false)]
pub struct NewPromotion {
    /// The partner it belongs to.
    pub partner_id: i64,
    /// The public id.
    #[diesel(serialize_as = Sql<PromotionId>)]
    pub public_id: PromotionId,
    /// The code, unique within its parent.
    #[diesel(serialize_as = Sql<Code>)]
    pub code: Code,
    /// What may be changed later.
    #[diesel(embed)]
    pub edit: PromotionEdit,
    /// When it was made.
    #[diesel(serialize_as = Sql<Instant>)]
    pub created_at: Instant,
}

/// The order of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PromotionSort {
    /// By the first day.
    #[default]
    StartsOn,
    /// By the last day.
    EndsOn,
    /// By the price.
    Price,
    /// By name.
    Name,
    /// By code.
    Code,
    /// By the time of making.
    CreatedAt,
    /// By the name of the partner.
    Partner,
}

/// Which promotions are wanted.
#[derive(Clone, Debug, Default)]
pub struct PromotionFilter {
    /// Of this partner.
    pub partner_id: Option<i64>,
    /// Of this code.
    pub code: Option<String>,
    /// For machines of this platform.
    pub platform: Option<HypervisorType>,
    /// With this day in their period.
    pub on: Option<Date>,
}

/// A machine that was given the price of a promotion.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = promotion_grant)]
pub struct PromotionGrant {
    /// The partner it belongs to.
    pub partner_id: i64,
    /// The internal id, from 1.
    pub id: i64,
    /// The promotion, which may be gone.
    pub promotion_id: i64,
    /// The promotion's name then.
    pub promotion_name: String,
    /// The contract that the machine belonged to.
    pub contract_id: i64,
    /// The machine's UUID.
    pub machine: Uuid,
    /// The UUID of its system disk.
    pub system_disk: Uuid,
    /// The machine's name then.
    pub machine_name: String,
    /// The owner's tag that the machine carried.
    pub owner: String,
    /// The price for a day.
    pub price_per_day: Money,
    /// Since when.
    pub granted_at: Instant,
    /// Until when; none as long as it lasts.
    pub ended_at: Option<Instant>,
}

/// A grant to make.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = promotion_grant)]
pub struct NewPromotionGrant {
    /// The partner it belongs to.
    pub partner_id: i64,
    /// The promotion.
    pub promotion_id: i64,
    /// The promotion's name.
    pub promotion_name: String,
    /// The contract that the machine belongs to.
    pub contract_id: i64,
    /// The machine's UUID.
    #[diesel(serialize_as = Sql<Uuid>)]
    pub machine: Uuid,
    /// The UUID of its system disk.
    #[diesel(serialize_as = Sql<Uuid>)]
    pub system_disk: Uuid,
    /// The machine's name.
    pub machine_name: String,
    /// The owner's tag that the machine carries.
    pub owner: String,
    /// The price for a day.
    #[diesel(serialize_as = Sql<Money>)]
    pub price_per_day: Money,
    /// Since when.
    #[diesel(serialize_as = Sql<Instant>)]
    pub granted_at: Instant,
}
