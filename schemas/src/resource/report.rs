//! The consumption report of a contract (7.8-05, fig. 75).

use crate::{money::Money, service::Service};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What one service of one object cost on one day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct ReportRow {
    /// The civil day in the contract's time zone, such as `2021-12-20`.
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

/// What one day cost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct ReportDay {
    /// The civil day.
    pub date: String,
    /// Its rows, by object and service.
    pub rows: Vec<ReportRow>,
    /// Their sum, in rubles.
    pub total: Money,
}

/// The consumption report of a contract for some days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReportView {
    /// The days on which something was consumed.
    pub days: Vec<ReportDay>,
    /// The sum of all days, in rubles.
    pub total: Money,
}
