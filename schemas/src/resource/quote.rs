//! Quotes: what a configuration costs before it is ordered.

use super::{
    Ref,
    tariff_plan::{Charging, Period, While},
};
use crate::{
    money::{Money, Price},
    service::Service,
    time::Instant,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What one service of a configuration costs, or a promotion in the place of several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct QuoteLine {
    /// Id of the service.
    pub service: Service,
    /// Name of the service, or of the promotion whose price takes its place.
    pub service_name: String,
    /// The promotion whose price takes the place of vCPU, RAM and system disk; none for a price of the plan.
    pub promotion: Option<Ref>,
    /// How much of it, in pieces or GB, such as `4` or `0.5`; of a promotion, how many machines.
    pub quantity: String,
    /// What a piece or a GB costs for one period, in rubles.
    pub price: Price,
    /// How long one charge lasts: `minute`, `hour`, `day`, `month` or `year`.
    pub period: Period,
    /// Whether periods begin with the calendar, instead of at the moment of ordering.
    pub calendar: bool,
    /// How a begun period is charged.
    pub charging: Charging,
    /// Whether it is charged while the machine `exists`, or only while it is `running`.
    #[serde(rename = "while")]
    pub charged_while: While,
    /// What is charged for each period, in rubles.
    pub per_period: Money,
    /// What that is by the day, in rubles.
    pub per_day: Money,
    /// What that is by the month of 365/12 days, in rubles.
    pub per_month: Money,
}

/// What a configuration costs under a plan. A month is 365/12 days, and a year 365.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct QuoteView {
    /// The plan.
    pub plan: Ref,
    /// The version of the plan whose prices these are.
    pub plan_version: i64,
    /// When that version is in force: the moment that was asked for, or now.
    pub quoted_at: Instant,
    /// What each service costs, and each promotion.
    pub lines: Vec<QuoteLine>,
    /// What is charged at the moment of ordering, in rubles.
    pub first_charge: Money,
    /// What it costs by the hour, in rubles.
    pub per_hour: Money,
    /// What it costs by the day, in rubles.
    pub per_day: Money,
    /// What it costs by the month, in rubles.
    pub per_month: Money,
    /// What it costs by the year, in rubles.
    pub per_year: Money,
}
