//! Observations: what sources report of the things that are billed, each told once by (source, epoch, sequence).

use super::hypervisor::{DiskType, HypervisorType};
use crate::{code::Code, span::Span, time::Instant};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

const fn hold_default() -> Span {
    Span::from_s(15 * 60)
}

/// Opens a new epoch of a source, as a collector does when it starts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceSpec {
    /// Code of the source, unique on the platform.
    pub code: Code,
    /// How long a source that sends `complete_at` may send none before its things count as unknown, such as `15m`. Another one counts from the next that it sends.
    #[serde(default = "hold_default")]
    pub hold: Span,
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
    /// How long it may be silent before its things count as unknown.
    pub hold: Span,
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

fn counter_default() -> String {
    "total".to_owned()
}

/// What a counter of traffic showed: bytes received plus sent. Differences are charged as `bandwidth` (P8, M1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadingSpec {
    /// Its number among the readings of the epoch, from 1.
    #[schemars(range(min = 1))]
    pub sequence: i64,
    /// When it was read; never later than it is received.
    pub observed_at: Instant,
    /// Id of the thing, of which the source told before, or tells in this batch.
    pub resource: Uuid,
    /// Name of the counter, where the thing has several, such as the address of an interface.
    #[serde(default = "counter_default")]
    #[schemars(length(min = 1, max = 64))]
    pub counter: String,
    /// Which life of the counter it is: any number, and another one each time that it began at 0 again.
    pub incarnation: i64,
    /// Bytes since that life began.
    #[schemars(range(max = 9_223_372_036_854_775_807_i64))]
    pub bytes: u64,
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
    /// The facts, at most 10000.
    #[serde(default)]
    #[schemars(length(max = 10_000))]
    pub observations: Vec<ObservationSpec>,
    /// What counters of traffic showed, at most 10000: read at least before and after each civil day's end, and at the end of each of their lives.
    #[serde(default)]
    #[schemars(length(max = 10_000))]
    pub readings: Vec<ReadingSpec>,
    /// When the source had last looked at everything it has: what neither this batch nor one before tells of was then as it was told last. A source that sends it is to send it again within its `hold`; where it does not, what its things were is not known until it does, and that time is charged only if they are then what they were (P7). A source that never sends it tells changes alone, and its silence means nothing.
    #[serde(default)]
    pub complete_at: Option<Instant>,
}

/// What became of a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ObservationReceipt {
    /// Facts and readings that were new.
    pub accepted: i64,
    /// Facts and readings that were there already, with the same content.
    pub duplicates: i64,
}
