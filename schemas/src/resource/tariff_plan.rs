//! Tariff plans: price lists, services with a price per unit (3-04).

use crate::money::Price;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How long one charge of a service lasts (3.1-07).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Charging {
    /// In full at its start; a rise is charged when it happens; nothing comes back (3.1-11).
    #[default]
    FullPeriod,
    /// By the share of the period that was used.
    Prorated,
}

/// When a service of a machine is charged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
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
    #[schemars(extend("x-tf" = {"default": "minute"}))]
    pub period: Period,
    /// Whether periods begin with the civil minute, hour, day, month or year of the contract's time zone, instead of at the moment of ordering.
    #[serde(default)]
    #[schemars(extend("x-tf" = {"default": false}))]
    pub calendar: bool,
    /// How a begun period is charged: `full_period` in full at its start, `prorated` by the share that was used.
    #[serde(default)]
    #[schemars(extend("x-tf" = {"default": "full_period"}))]
    pub charging: Charging,
    /// When the service is charged: while the machine `exists`, or only while it is `running`.
    #[serde(default, rename = "while")]
    #[schemars(extend("x-tf" = {"default": "exists"}))]
    pub charged_while: While,
}
