//! Recording what counters of traffic show (P8): each reading once, by its number among those of its source.

use super::{
    list,
    recording::{Origin, Receipt, RecordError},
};
use schemas::time::Instant;
use std::collections::BTreeMap;
use store::{
    Tx,
    model::{observation::Delivery, reading::Reading, resource::Resource},
    queries,
};
use uuid::Uuid;

/// What a counter showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Counted {
    /// Its number among the readings of the epoch.
    pub sequence: i64,
    /// When it was so.
    pub observed_at: Instant,
    /// The resource.
    pub uuid: Uuid,
    /// Which of its counters.
    pub counter: String,
    /// Which life of the counter.
    pub incarnation: i64,
    /// Bytes since that life began.
    pub bytes: i64,
}

/// Records readings, in the order given. One that was recorded before changes nothing. The contracts that are moved are
/// still to be marked as due: all that ever had one of the resources, since what a reading shows was used before it.
///
/// # Errors
/// When a key is there with other content, or a resource is another source's or was never there; with the index.
pub(crate) async fn record(
    tx: &mut Tx,
    origin: Origin,
    readings: &[Counted],
) -> Result<Receipt, RecordError> {
    let rows = rows(tx, origin, readings).await?;
    let deliveries = queries::reading::insert(tx, &rows).await?;
    let mut receipt = Receipt::default();
    let mut read = Vec::new();
    for (index, (row, delivery)) in rows.iter().zip(deliveries).enumerate() {
        match delivery {
            Delivery::New => {
                receipt.accepted += 1;
                read.push(row.resource_id);
            }
            Delivery::Duplicate => receipt.duplicates += 1,
            Delivery::Conflict => return Err(RecordError::OtherContent(index)),
        }
    }
    receipt.moved = queries::resource::contracts_of(tx, &list::distinct(read)).await?;
    Ok(receipt)
}

/// The readings as they are stored.
async fn rows(tx: &mut Tx, origin: Origin, readings: &[Counted]) -> Result<Vec<Reading>, RecordError> {
    let mut uuids: Vec<Uuid> = readings.iter().map(|reading| reading.uuid).collect();
    uuids.sort_unstable();
    uuids.dedup();
    let known = queries::resource::by_uuids(tx, &uuids).await?;
    let known: BTreeMap<Uuid, Resource> = known.into_iter().map(|row| (row.uuid, row)).collect();
    let mut rows = Vec::with_capacity(readings.len());
    for (index, counted) in readings.iter().enumerate() {
        let resource = known.get(&counted.uuid).ok_or(RecordError::NeverSeen(index))?;
        if resource.source_id != origin.source_id {
            return Err(RecordError::OtherSource(index));
        }
        rows.push(Reading {
            source_id: origin.source_id,
            epoch: origin.epoch,
            sequence: counted.sequence,
            resource_id: resource.id,
            counter: counted.counter.clone(),
            incarnation: counted.incarnation,
            bytes: counted.bytes,
            observed_at: counted.observed_at,
            received_at: origin.received_at,
        });
    }
    Ok(rows)
}
