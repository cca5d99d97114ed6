//! Tariff plans: price lists, services with a price per unit (3-04).

use super::{Computed, Ref, Resource};
use crate::{
    code::Code,
    endpoint,
    id::TariffPlanId,
    money::Price,
    service::Service,
    time::{Instant, WireTime},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How long one charge of a service lasts (3.1-07).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Period {
    /// 60 seconds.
    #[default]
    Minute,
    /// 3600 seconds.
    Hour,
    /// A civil day of the contract's time zone.
    Day,
    /// A civil month.
    Month,
    /// A civil year.
    Year,
}

/// How a begun period is charged.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Charging {
    /// In full at its start; a rise is charged when it happens; nothing comes back (3.1-11).
    #[default]
    FullPeriod,
    /// By the share of the period in which it was there, at the end of each day.
    Prorated,
}

/// When a service of a machine is charged.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum While {
    /// As long as the machine exists.
    #[default]
    Exists,
    /// Only while it runs; paused counts as running.
    Running,
}

/// The price of one service in a plan (3.1-06).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct PlanItem {
    /// Price in rubles of one unit (a piece, or a GB of 1024 MiB) for one period: 0 to 1000000, at most 7 decimal places.
    pub price: Price,
    /// How long one charge lasts: `minute`, `hour`, `day`, `month` or `year`.
    #[serde(default)]
    pub period: Period,
    /// Whether periods begin with the civil minute, hour, day, month or year of the contract's time zone, instead of at the moment of ordering.
    #[serde(default)]
    pub calendar: bool,
    /// How a begun period is charged: `full_period` in full at its start, a rise when it happens, and nothing comes back; `prorated` by the share of the whole period in which it was there, booked at the end of each day.
    #[serde(default)]
    pub charging: Charging,
    /// When the service is charged: while the machine `exists`, or only while it is `running`.
    #[serde(default, rename = "while")]
    pub charged_while: While,
}

/// The prices of a plan, by service id. A service without a row costs 0 per minute.
pub type PlanItems = BTreeMap<Service, PlanItem>;

/// What may change in a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub struct TariffPlanUpdate {
    /// Name of the plan, shown to people.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
    /// Prices by service id, such as `kvm_cpu`; the data source `esu_services` lists the ids. A service without a row costs 0 per minute. An edit takes effect when the next period of each service begins.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, PlanItem>", extend("propertyNames" = crate::service::id_schema()))]
    pub services: PlanItems,
}

/// What a plan is created from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub struct TariffPlanSpec {
    /// Code of the plan, unique within the partner.
    pub code: Code,
    /// Code of the partner whose plan it is.
    #[schemars(extend("x-tf" = {"path": "/partner/code"}))]
    pub partner: Code,
    /// What may change later.
    #[serde(flatten)]
    pub settings: TariffPlanUpdate,
}

/// A plan as the API returns it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TariffPlanView {
    /// Id of the plan.
    pub id: TariffPlanId,
    /// When it was created.
    pub ctime: WireTime,
    /// Moves with every edit; the value of `ETag`.
    pub version: i64,
    /// Code, unique within the partner.
    pub code: String,
    /// The partner whose plan it is.
    pub partner: Ref,
    /// Name.
    pub name: String,
    /// Prices by service id.
    #[schemars(with = "BTreeMap<String, PlanItem>", extend("propertyNames" = crate::service::id_schema()))]
    pub services: PlanItems,
    /// How many contracts use it now (6.1.1-03).
    pub contracts: i64,
}

/// What a copy of a plan is called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub struct TariffPlanClone {
    /// Code of the new plan, unique within the partner.
    pub code: Code,
    /// Name of the new plan, shown to people.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
}

/// A version of a plan: its prices from one instant on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TariffPlanVersionView {
    /// Number of the version, from 1.
    pub version: i64,
    /// From when on it holds; each service goes over to it with its next period.
    pub effective_at: Instant,
    /// When it was written.
    pub recorded_at: Instant,
    /// Prices by service id.
    #[schemars(with = "BTreeMap<String, PlanItem>", extend("propertyNames" = crate::service::id_schema()))]
    pub services: PlanItems,
}

/// A tariff plan is a price list: services with a price per unit and period. A client's contract always has one. A plan that a client uses cannot be deleted.
#[derive(JsonSchema)]
pub struct TariffPlan;

impl Resource for TariffPlan {
    const NOUN: &'static str = "tariff_plan";
    const KEY: &'static [&'static str] = &["partner", "code"];
    const COMPUTED: &'static [Computed] = &[];
    type Spec = TariffPlanSpec;
    type Update = TariffPlanUpdate;
    type View = TariffPlanView;
    type List = endpoint::tariff_plan::List;
    type Create = endpoint::tariff_plan::Create;
    type Read = endpoint::tariff_plan::Read;
    type Replace = endpoint::tariff_plan::Replace;
    type Delete = endpoint::tariff_plan::Delete;
}
