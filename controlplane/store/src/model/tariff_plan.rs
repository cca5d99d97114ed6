//! Tariff plans and their versions.

use crate::{
    schema::{tariff_plan, tariff_plan_version},
    types::{Json, Sql},
};
use diesel::{AsChangeset, Insertable, Queryable, Selectable};
use schemas::{code::Code, id::TariffPlanId, time::Instant};

/// A tariff plan.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = tariff_plan)]
pub struct TariffPlan {
    /// The partner it belongs to.
    pub partner_id: i64,
    /// The internal id.
    pub id: i64,
    /// The public id.
    pub public_id: TariffPlanId,
    /// Moved by every edit.
    pub version: i64,
    /// The code, unique within its parent.
    pub code: Code,
    /// The name.
    pub name: String,
    /// When it was made.
    pub created_at: Instant,
}

/// A tariff plan to make.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = tariff_plan)]
pub struct NewTariffPlan {
    /// The partner it belongs to.
    pub partner_id: i64,
    /// The public id.
    #[diesel(serialize_as = Sql<TariffPlanId>)]
    pub public_id: TariffPlanId,
    /// The code, unique within its parent.
    #[diesel(serialize_as = Sql<Code>)]
    pub code: Code,
    /// The name.
    pub name: String,
    /// When it was made.
    #[diesel(serialize_as = Sql<Instant>)]
    pub created_at: Instant,
}

/// What of a tariff plan may be changed beside its prices.
#[derive(Clone, Debug, PartialEq, Eq, AsChangeset)]
#[diesel(table_name = tariff_plan, treat_none_as_null = true)]
pub struct TariffPlanEdit {
    /// The name.
    pub name: String,
}

/// The prices of a plan from one instant on. Never changed once written.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = tariff_plan_version)]
pub struct TariffPlanVersion {
    /// The partner it belongs to.
    pub partner_id: i64,
    /// The plan.
    pub plan_id: i64,
    /// Its number, from 1.
    pub version: i64,
    /// From when on it holds.
    #[diesel(serialize_as = Sql<Instant>)]
    pub effective_at: Instant,
    /// When it was written.
    #[diesel(serialize_as = Sql<Instant>)]
    pub recorded_at: Instant,
    /// Service to price, as JSON.
    pub items: Json,
}

/// The order of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TariffPlanSort {
    /// By name.
    #[default]
    Name,
    /// By code.
    Code,
    /// By the time of making.
    CreatedAt,
    /// By the name of the partner.
    Partner,
}

/// Which plans are wanted.
#[derive(Clone, Debug, Default)]
pub struct TariffPlanFilter {
    /// Of this partner.
    pub partner_id: Option<i64>,
    /// Of this code.
    pub code: Option<String>,
}
