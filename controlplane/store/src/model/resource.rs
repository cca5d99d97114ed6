//! The present state of everything that was ever observed.

use crate::{list::fold, schema::resource, types::Json};
use diesel::{Queryable, Selectable};
use schemas::{money::Money, time::Instant};
use serde_json::{Value, json};
use uuid::Uuid;

/// A thing that a source tells of.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = resource)]
pub struct Resource {
    /// The internal id.
    pub id: i64,
    /// Its UUID on its hypervisor.
    pub uuid: Uuid,
    /// Who tells of it.
    pub source_id: i64,
    /// What kind of thing.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Where it is.
    pub hypervisor_id: Option<i64>,
    /// The partner it belongs to.
    pub partner_id: Option<i64>,
    /// The contract it is billed to.
    pub contract_id: Option<i64>,
    /// The project it belongs to.
    pub project_id: Option<i64>,
    /// The owner's tag as it was found.
    pub owner: Option<String>,
    /// What is wrong with it, such as `untagged` or `unmapped_disk`.
    pub problem: Option<String>,
    /// What was last said of it, as JSON.
    pub fact: Json,
    /// When it was first seen.
    pub first_seen_at: Instant,
    /// When it was last seen.
    pub last_seen_at: Instant,
    /// When it ended.
    pub ended_at: Option<Instant>,
    /// Complete inventories in a row that it was missing from.
    pub missed: i64,
    /// What promotions compare of a machine, as JSON; none of other things, and of machines not seen since promotions
    /// came.
    pub configuration: Option<Json>,
    /// Which run of a machine was last seen; none of one that is off, and of other things.
    pub incarnation: Option<String>,
    /// What the traffic counters of a machine last showed, as JSON; none where none was read.
    pub counters: Option<Json>,
    /// The processor time, in ns, that this run of a machine had used when it was last seen; none where that is not told.
    pub cpu_time_ns: Option<i64>,
}

/// Which run of a machine was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// The machine, by its UUID on its hypervisor.
    pub machine: Uuid,
    /// Its name; none of a machine that is off.
    pub incarnation: Option<String>,
    /// The processor time that it has used, in ns; none where that is not told.
    pub cpu_time_ns: Option<i64>,
}

/// A thing as it is seen now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// Its UUID on its hypervisor.
    pub uuid: Uuid,
    /// Who tells of it.
    pub source_id: i64,
    /// What kind of thing.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Where it is.
    pub hypervisor_id: Option<i64>,
    /// The partner it belongs to.
    pub partner_id: Option<i64>,
    /// The contract it is billed to.
    pub contract_id: Option<i64>,
    /// The project it belongs to.
    pub project_id: Option<i64>,
    /// The owner's tag as it was found.
    pub owner: Option<String>,
    /// What is wrong with it.
    pub problem: Option<String>,
    /// What is said of it, as JSON.
    pub fact: Json,
    /// When it is seen: the first sighting of a new thing, the last one of a known thing.
    pub seen_at: Instant,
}

impl Sighting {
    /// Its columns, in the order in which they are written.
    pub(crate) fn columns(&self) -> Value {
        json!([
            self.uuid.simple().to_string(),
            self.source_id,
            self.kind,
            self.name,
            fold(&self.name),
            self.hypervisor_id,
            self.partner_id,
            self.contract_id,
            self.project_id,
            self.owner,
            self.problem,
            self.fact.0,
            self.seen_at.micros(),
        ])
    }
}

/// Live things that are alike.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Alike {
    /// Where they are.
    pub hypervisor_id: Option<i64>,
    /// What was last said of each, as JSON.
    pub fact: Json,
    /// How many.
    pub count: i64,
}

/// Live machines that are alike and have the price of one promotion.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Promoted {
    /// The promotion, which may be gone.
    pub promotion_id: i64,
    /// Its name when it was granted.
    pub promotion_name: String,
    /// The price for a day.
    pub price_per_day: Money,
    /// What was last said of each machine, as JSON.
    pub fact: Json,
    /// How many.
    pub count: i64,
}

/// The order of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ResourceSort {
    /// By name.
    #[default]
    Name,
    /// By kind.
    Kind,
    /// By the first sighting.
    FirstSeen,
    /// By the last sighting.
    LastSeen,
}

/// Which things are wanted.
#[derive(Clone, Debug, Default)]
pub struct ResourceFilter {
    /// Told of by this source.
    pub source_id: Option<i64>,
    /// On this hypervisor.
    pub hypervisor_id: Option<i64>,
    /// Of this partner.
    pub partner_id: Option<i64>,
    /// Of this contract.
    pub contract_id: Option<i64>,
    /// Of this project.
    pub project_id: Option<i64>,
    /// Only those that belong to a contract, or only those that do not.
    pub owned: Option<bool>,
    /// With this wrong with them, such as `untagged`.
    pub problem: Option<String>,
    /// Of this kind.
    pub kind: Option<String>,
    /// Only those that are there, or only those that ended.
    pub live: Option<bool>,
}
