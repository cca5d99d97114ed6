//! Charges and the runs that made them.

use crate::{
    schema::{bill_run, charge},
    types::{Sql, words},
};
use diesel::{Insertable, Queryable, Selectable};
use jiff::civil::Date;
use schemas::{money::Money, time::Instant};
use uuid::Uuid;

words! {
    /// What became of a run.
    RunState {
        /// Nothing yet.
        Running = "running",
        /// Every contract was billed.
        Done = "done",
        /// Some contract was not.
        Failed = "failed",
    }
}

/// One run of billing, with the bounds by which it can be repeated.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = bill_run)]
pub struct BillRun {
    /// The internal id.
    pub id: i64,
    /// Facts that took effect before this instant.
    pub to_at: Instant,
    /// Facts that were recorded before this instant.
    pub cutoff_at: Instant,
    /// When it began.
    pub started_at: Instant,
    /// When it ended.
    pub finished_at: Option<Instant>,
    /// Contracts billed.
    pub contracts: i64,
    /// Charges made.
    pub charges: i64,
    /// Contracts that failed.
    pub failed: i64,
    /// What became of it.
    pub state: RunState,
}

/// What one service of one thing costs on a run of equal civil days.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = charge)]
pub struct Charge {
    /// The partner it belongs to.
    pub partner_id: i64,
    /// The internal id.
    pub id: i64,
    /// The contract.
    pub contract_id: i64,
    /// The run that made it.
    pub run_id: i64,
    /// The thing's UUID.
    pub resource: Uuid,
    /// What kind of thing.
    pub resource_kind: String,
    /// The thing's name then.
    pub resource_name: String,
    /// The project it belonged to.
    pub project_id: Option<i64>,
    /// The service.
    pub service: String,
    /// What kind of charge.
    pub kind: String,
    /// The first civil day.
    pub first_day: Date,
    /// The last civil day.
    pub last_day: Date,
    /// The plan.
    pub plan_id: i64,
    /// The plan's version.
    pub plan_version: i64,
    /// The grant of a promotion; 0 for none.
    pub grant_id: i64,
    /// The length of a period.
    pub period: String,
    /// Whether periods begin with the civil calendar.
    pub calendar: bool,
    /// The price of a piece or a GB for one period.
    pub price: Money,
    /// Periods begun on each day.
    pub starts_per_day: i64,
    /// Rises on each day above what the running period had paid for.
    pub rises_per_day: i64,
    /// Quantity charged on each day, in base units.
    pub quantity_per_day: i64,
    /// Amount of each day.
    pub amount_per_day: Money,
    /// Amount of all days.
    pub total: Money,
    /// The rule by which it was made.
    pub rule: String,
    /// Of a correction, the closed day that it corrects; otherwise the first day.
    pub about_day: Date,
    /// Of a correction, the charge that it corrects, if there was one.
    pub corrects: Option<i64>,
}

/// A charge to write.
#[derive(Clone, Debug, PartialEq, Eq, Insertable)]
#[diesel(table_name = charge)]
pub struct NewCharge {
    /// The partner it belongs to.
    pub partner_id: i64,
    /// The contract.
    pub contract_id: i64,
    /// The run that makes it.
    pub run_id: i64,
    /// The thing's UUID.
    #[diesel(serialize_as = Sql<Uuid>)]
    pub resource: Uuid,
    /// What kind of thing.
    pub resource_kind: String,
    /// The thing's name.
    pub resource_name: String,
    /// The project it belongs to.
    pub project_id: Option<i64>,
    /// The service.
    pub service: String,
    /// What kind of charge.
    pub kind: String,
    /// The first civil day.
    #[diesel(serialize_as = Sql<Date>)]
    pub first_day: Date,
    /// The last civil day.
    #[diesel(serialize_as = Sql<Date>)]
    pub last_day: Date,
    /// The plan.
    pub plan_id: i64,
    /// The plan's version.
    pub plan_version: i64,
    /// The grant of a promotion; 0 for none.
    pub grant_id: i64,
    /// The length of a period.
    pub period: String,
    /// Whether periods begin with the civil calendar.
    pub calendar: bool,
    /// The price of a piece or a GB for one period.
    #[diesel(serialize_as = Sql<Money>)]
    pub price: Money,
    /// Periods begun on each day.
    pub starts_per_day: i64,
    /// Rises on each day above what the running period had paid for.
    pub rises_per_day: i64,
    /// Quantity charged on each day, in base units.
    pub quantity_per_day: i64,
    /// Amount of each day.
    #[diesel(serialize_as = Sql<Money>)]
    pub amount_per_day: Money,
    /// Amount of all days.
    #[diesel(serialize_as = Sql<Money>)]
    pub total: Money,
    /// The rule by which it is made.
    pub rule: String,
    /// Of a correction, the closed day that it corrects; otherwise the first day.
    #[diesel(serialize_as = Sql<Date>)]
    pub about_day: Date,
    /// Of a correction, the charge that it corrects, if there is one.
    pub corrects: Option<i64>,
}

impl From<Charge> for NewCharge {
    /// The charge as it was written.
    fn from(row: Charge) -> Self {
        let Charge {
            id: _,
            partner_id,
            contract_id,
            run_id,
            resource,
            resource_kind,
            resource_name,
            project_id,
            service,
            kind,
            first_day,
            last_day,
            plan_id,
            plan_version,
            grant_id,
            period,
            calendar,
            price,
            starts_per_day,
            rises_per_day,
            quantity_per_day,
            amount_per_day,
            total,
            rule,
            about_day,
            corrects,
        } = row;
        Self {
            partner_id,
            contract_id,
            run_id,
            resource,
            resource_kind,
            resource_name,
            project_id,
            service,
            kind,
            first_day,
            last_day,
            plan_id,
            plan_version,
            grant_id,
            period,
            calendar,
            price,
            starts_per_day,
            rises_per_day,
            quantity_per_day,
            amount_per_day,
            total,
            rule,
            about_day,
            corrects,
        }
    }
}
