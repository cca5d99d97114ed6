//! The consumption report of a contract (7.8-05, fig. 75).

use crate::{money::Money, service::Service};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How long a date of a report is (7.8-04).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum ReportDetail {
    /// A civil day.
    #[default]
    Day,
    /// A week from Monday to Sunday, named by its Monday.
    Week,
    /// A month, named by its first day.
    Month,
    /// A year, named by its first day.
    Year,
}

/// What the rows of a report are put together by (7.8-04).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum ReportGrouping {
    /// A total for each date.
    #[default]
    Date,
    /// A total for each object.
    Object,
    /// A total for each service.
    Service,
}

/// What one service of one object cost on one day, or in one week, month or year.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct ReportRow {
    /// The civil day in the contract's time zone, such as `2021-12-20`; of a week, month or year its first day.
    pub date: String,
    /// Id of the object.
    pub object_id: Uuid,
    /// Short name of the object, such as `vm-954fd467`.
    pub object: String,
    /// Name of the object.
    pub object_name: String,
    /// Id of the service; for a promotion, that of the machine's vCPU.
    pub service: Service,
    /// Name of the service, or of the promotion whose price the whole machine has, such as `Promotion "Summer"`.
    pub service_name: String,
    /// What was consumed, such as `10 GB x day`.
    pub consumption: String,
    /// What it cost, in rubles; charges are negative (7.8-06).
    pub amount: Money,
}

/// What one date cost; or one object, or one service, where the report is grouped by these.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct ReportDay {
    /// The civil day, or the first day of the week, month or year; null in a report by object or service.
    pub date: Option<String>,
    /// Short name of the object, in a report by object.
    pub object: Option<String>,
    /// Id of the service, in a report by service.
    pub service: Option<Service>,
    /// Its rows, by date, object and service.
    pub rows: Vec<ReportRow>,
    /// Their sum, in rubles.
    pub total: Money,
    /// What an invoice that shows 2 places names beside its rows, so that they make up the total that it shows.
    pub residual: Money,
}

/// An object of which it is not known what it was, for some of the time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct ReportUnknown {
    /// The civil day, or the first day of the week, month or year.
    pub date: String,
    /// Id of the object.
    pub object_id: Uuid,
    /// Short name of the object, such as `vm-954fd467`.
    pub object: String,
    /// Name of the object.
    pub object_name: String,
}

/// The consumption report of a contract for some days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReportView {
    /// The dates on which something was consumed; or the objects, or the services.
    pub days: Vec<ReportDay>,
    /// The sum of all of them, in rubles.
    pub total: Money,
    /// What an invoice that shows 2 places names beside the totals above, so that they make up the one that it shows.
    pub residual: Money,
    /// Objects whose hypervisor or other source was silent for longer than its `hold`, by date: what they were then is not known, or not yet. That time is not charged; what it is found to have cost later is charged then.
    pub unknown: Vec<ReportUnknown>,
}
