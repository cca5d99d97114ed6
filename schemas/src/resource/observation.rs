//! Observations: what sources report of the things that are billed, each told once by (source, epoch, sequence).

use super::hypervisor::{DiskType, HypervisorType};
use crate::{code::Code, time::Instant};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Opens a new epoch of a source, as a collector does when it starts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceSpec {
    /// Code of the source, unique on the platform.
    pub code: Code,
}

/// A source of observations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SourceView {
    /// Code of the source.
    pub code: String,
    /// The epoch that is open now: observations carry it, and count their sequence from 1 in it.
    pub epoch: i64,
    /// The highest sequence that was taken in this epoch; 0 for none.
    pub last_sequence: i64,
}

/// A thing that is billed and that no hypervisor reports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum ObservedThing {
    /// A virtual data centre.
    Vdc {},
    /// A network.
    Network {
        /// The platform it is on.
        platform: HypervisorType,
    },
    /// A router.
    Router {
        /// The platform it is on.
        platform: HypervisorType,
    },
    /// A load balancer.
    LoadBalancer {},
    /// A public address.
    PublicIp {},
    /// A site-to-site IPsec connection.
    Ipsec {},
    /// A snapshot.
    Snapshot {
        /// Its size in bytes.
        size_bytes: u64,
    },
    /// An image.
    Image {
        /// Its size in bytes.
        size_bytes: u64,
    },
    /// A backup.
    Backup {
        /// The platform whose machine it is of.
        platform: HypervisorType,
        /// Its size in bytes.
        size_bytes: u64,
    },
    /// An object storage.
    ObjectStorage {
        /// Its size in bytes.
        size_bytes: u64,
    },
    /// A Veeam licence.
    VeeamLicense {},
    /// A disk that no machine of a hypervisor holds.
    Disk {
        /// The platform it is on.
        platform: HypervisorType,
        /// Its tier.
        disk_type: DiskType,
        /// Its virtual size in bytes.
        size_bytes: u64,
    },
}

/// One fact about one thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ObservationSpec {
    /// Its number within the epoch, from 1.
    #[schemars(range(min = 1))]
    pub sequence: i64,
    /// When it was so; never later than it is received.
    pub observed_at: Instant,
    /// Id of the thing.
    pub resource: Uuid,
    /// Name of the thing, as reports show it.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
    /// Owner tag of the project it belongs to: `partner/client/project`.
    #[schemars(length(min = 1, max = 200))]
    pub owner: String,
    /// What it is; null when it is gone.
    pub thing: Option<ObservedThing>,
}

/// A batch of facts of one source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ObservationBatch {
    /// Code of the source.
    pub source: Code,
    /// The epoch that the server gave when the source was opened.
    #[schemars(range(min = 1))]
    pub epoch: i64,
    /// The facts, 1 to 10000.
    #[schemars(length(min = 1, max = 10_000))]
    pub observations: Vec<ObservationSpec>,
}

/// What became of a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ObservationReceipt {
    /// Facts that were new.
    pub accepted: i64,
    /// Facts that were there already, with the same content.
    pub duplicates: i64,
}
