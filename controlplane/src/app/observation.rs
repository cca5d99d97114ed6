//! Observations that come in through the API: what no hypervisor reports.

use super::{
    Error, FieldErrors, Operation, Signal,
    audit::Change,
    outage,
    reading::{self, Counted},
    recording::{Origin, Owned, Ownership, RecordError, Recorded, record},
};
use billing::observation::{Fact, Power, Shape, Thing};
use schemas::{
    error::Alias,
    resource::observation::{
        ObservationBatch, ObservationReceipt, ObservationSpec, ObservedThing, ReadingSpec, SourceSpec,
        SourceView,
    },
    time::Instant,
};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use store::{
    model::{
        project::{ProjectOwner, ProjectPath},
        source::{NewSource, Source, SourceKind, SourceReport, SourceState},
    },
    queries,
};
use uuid::Uuid;

/// Opens a new epoch of a source, which is made where there is none.
///
/// # Errors
/// When the database cannot be written.
pub async fn open_source(op: &mut Operation, spec: SourceSpec) -> Result<SourceView, Error> {
    let now = op.now;
    let new = NewSource {
        code: spec.code.as_str().to_owned(),
        kind: SourceKind::External,
        hypervisor_id: None,
        hold_s: i64::from(spec.hold.as_s()),
        created_at: now,
    };
    let source = queries::source::open_epoch(op.tx()?, &new).await?;
    let view =
        SourceView { code: source.code.clone(), epoch: source.epoch, last_sequence: 0, hold: spec.hold };
    let id = Uuid::new_v5(&Uuid::NAMESPACE_OID, source.code.as_bytes());
    op.audit(Change {
        partner_id: None,
        kind: "source",
        id,
        name: &source.code,
        before: None,
        after: Some(&view),
    })
    .await?;
    Ok(view)
}

/// What the audit log keeps of a batch: the observations themselves are stored.
#[derive(Serialize)]
struct BatchSummary {
    source: String,
    epoch: i64,
    first_sequence: i64,
    last_sequence: i64,
    accepted: i64,
    duplicates: i64,
}

/// Takes a batch, all or nothing; what was taken before is left as it is.
///
/// # Errors
/// When the source or an owner does not exist, or a key is there with other content.
pub async fn create(op: &mut Operation, batch: ObservationBatch) -> Result<ObservationReceipt, Error> {
    let Some(source) = queries::source::find_by_code(op.conn(), batch.source.as_str()).await? else {
        return Err(Error::field(
            "source",
            format!("there is no source \"{}\"; open it first", batch.source),
        ));
    };
    if batch.epoch > source.epoch {
        let text = format!("epoch {} was not opened; the source is at epoch {}", batch.epoch, source.epoch);
        return Err(Error::field("epoch", text));
    }
    if batch.observations.is_empty() && batch.readings.is_empty() && batch.complete_at.is_none() {
        let text = "the batch is empty; tell of something in observations or readings, or send complete_at";
        return Err(Error::field("observations", text));
    }
    let facts = facts(op, &batch).await?;
    let readings = batch.readings.iter().enumerate().map(counted).collect::<Result<Vec<Counted>, Error>>()?;
    let now = op.now;
    let mut moved = match batch.complete_at {
        Some(at) => complete(op, &source, at.min(now)).await?,
        None => BTreeSet::new(),
    };
    let origin =
        Origin { source_id: source.id, epoch: batch.epoch, hypervisor_id: None, received_at: op.now };
    let told = record(op.tx()?, origin, &facts).await.map_err(|error| refused(error, &batch))?;
    let read = reading::record(op.tx()?, origin, &readings).await;
    let read = read.map_err(|error| refused_reading(error, &batch))?;
    moved.extend(told.moved.iter().chain(&read.moved));
    queries::contract::mark_due(op.tx()?, &moved, now).await?;
    let receipt = ObservationReceipt {
        accepted: told.accepted + read.accepted,
        duplicates: told.duplicates + read.duplicates,
    };
    op.signal(Signal::BalancesMoved);
    let sequences = batch.observations.iter().map(|observation| observation.sequence);
    let summary = BatchSummary {
        source: source.code.clone(),
        epoch: batch.epoch,
        first_sequence: sequences.clone().min().unwrap_or(0),
        last_sequence: sequences.max().unwrap_or(0),
        accepted: receipt.accepted,
        duplicates: receipt.duplicates,
    };
    let id = Uuid::new_v5(&Uuid::NAMESPACE_OID, source.code.as_bytes());
    let change = Change {
        partner_id: None,
        kind: "observation",
        id,
        name: &source.code,
        before: None,
        after: Some(&summary),
    };
    op.audit(change).await?;
    Ok(receipt)
}

/// Notes that a source has looked at everything. What it says late of an earlier time than before changes nothing. Answers
/// the contracts, by the partner and the contract, that may cost something else now.
async fn complete(
    op: &mut Operation,
    source: &Source,
    seen_at: Instant,
) -> Result<BTreeSet<(i64, i64)>, Error> {
    let now = op.now;
    let moved = match outage::lasting(op.tx()?, source.id, seen_at, now).await? {
        Some(silence) => outage::end(op.tx()?, source.id, silence, seen_at, now).await?,
        None => BTreeSet::new(),
    };
    let known = queries::source::lock(op.tx()?, source.id).await?;
    if known.last_ok_at.is_some_and(|last| last >= seen_at) {
        return Ok(moved);
    }
    let counts = Some(known.counts());
    let report = SourceReport { state: SourceState::Ok, at: seen_at, error: None, counts };
    queries::source::set_state(op.tx()?, source.id, &report).await?;
    Ok(moved)
}

/// The facts of a batch with their owners resolved; all errors at once.
async fn facts(op: &mut Operation, batch: &ObservationBatch) -> Result<Vec<Recorded>, Error> {
    let paths: Vec<Option<ProjectPath>> =
        batch.observations.iter().map(|observation| path(&observation.owner)).collect();
    let known = paths.iter().flatten().cloned().collect();
    let owners = queries::project::find_by_paths(op.tx()?, &known).await?;
    let mut errors = FieldErrors::new();
    let mut facts = Vec::with_capacity(paths.len());
    for (index, (observation, path)) in batch.observations.iter().zip(&paths).enumerate() {
        match path.as_ref().and_then(|path| owners.get(path)) {
            Some(owner) => facts.push(fact(observation, owner)),
            None => {
                let text =
                    format!("\"{}\" is not the path of a project: partner/client/project", observation.owner);
                errors.insert(format!("observations.{index}.owner"), vec![text]);
            }
        }
    }
    if errors.is_empty() { Ok(facts) } else { Err(Error::Fields(errors)) }
}

fn path(owner: &str) -> Option<ProjectPath> {
    let parts: Vec<&str> = owner.split('/').collect();
    let [partner, client, project] = parts.as_slice() else { return None };
    let own = |text: &&str| (*text).to_owned();
    Some(ProjectPath { partner: own(partner), client: own(client), project: own(project) })
}

fn fact(observation: &ObservationSpec, owner: &ProjectOwner) -> Recorded {
    let thing = observation.thing.as_ref().map(thing);
    let fact = thing.as_ref().map_or(Fact::Gone, |thing| {
        Fact::Present(Shape {
            thing: thing.clone(),
            contract: Some(owner.contract_id),
            power: Power::Running,
        })
    });
    Recorded {
        sequence: observation.sequence,
        observed_at: observation.observed_at,
        uuid: observation.resource,
        kind: thing.as_ref().map(Thing::kind),
        name: observation.name.clone(),
        ownership: Ownership {
            tag: Some(observation.owner.clone()),
            project: Some(Owned::found(owner)),
            ..Ownership::default()
        },
        fact,
    }
}

/// A reading as it is stored.
fn counted((index, reading): (usize, &ReadingSpec)) -> Result<Counted, Error> {
    let wrong = |field: &str, text: String| Error::field(&format!("readings.{index}.{field}"), text);
    if reading.counter.contains(char::is_control) {
        let text = format!("{:?} has a control character; use letters, digits and signs", reading.counter);
        return Err(wrong("counter", text));
    }
    let bytes = i64::try_from(reading.bytes).map_err(|error| wrong("bytes", error.to_string()))?;
    Ok(Counted {
        sequence: reading.sequence,
        observed_at: reading.observed_at,
        uuid: reading.resource,
        counter: reading.counter.clone(),
        incarnation: reading.incarnation,
        bytes,
    })
}

fn refused(error: RecordError, batch: &ObservationBatch) -> Error {
    let at = |index: usize| batch.observations.get(index).map_or(0, |observation| observation.sequence);
    refused_in("observations", error, at, "it is reported gone and was never there")
}

fn refused_reading(error: RecordError, batch: &ObservationBatch) -> Error {
    let at = |index: usize| batch.readings.get(index).map_or(0, |reading| reading.sequence);
    refused_in("readings", error, at, "it was never there")
}

fn refused_in(list: &str, error: RecordError, at: impl Fn(usize) -> i64, never_seen: &str) -> Error {
    let conflict = |index: usize, field: &str, text: String| {
        let fields = BTreeMap::from([(format!("{list}.{index}.{field}"), vec![text.clone()])]);
        Error::Conflict { alias: Alias::ObservationConflict, detail: text, fields }
    };
    match error {
        RecordError::OtherContent(index) => {
            let text = format!("sequence {} of this epoch was taken with other content", at(index));
            conflict(index, "sequence", text)
        }
        RecordError::OtherSource(index) => {
            conflict(index, "resource", "another source reports this resource".to_owned())
        }
        RecordError::NeverSeen(index) => conflict(index, "resource", never_seen.to_owned()),
        RecordError::App(error) => error,
    }
}

/// A thing as billing knows it; sizes are rounded up to MiB.
fn thing(observed: &ObservedThing) -> Thing {
    match *observed {
        ObservedThing::Vdc {} => Thing::Vdc,
        ObservedThing::Network { platform } => Thing::Network { platform },
        ObservedThing::Router { platform } => Thing::Router { platform },
        ObservedThing::LoadBalancer {} => Thing::LoadBalancer,
        ObservedThing::PublicIp {} => Thing::PublicIp,
        ObservedThing::Ipsec {} => Thing::Ipsec,
        ObservedThing::Snapshot { size_bytes } => Thing::Snapshot { size_mib: mib(size_bytes) },
        ObservedThing::Image { size_bytes } => Thing::Image { size_mib: mib(size_bytes) },
        ObservedThing::Backup { platform, size_bytes } => {
            Thing::Backup { platform, size_mib: mib(size_bytes) }
        }
        ObservedThing::ObjectStorage { size_bytes } => Thing::ObjectStorage { size_mib: mib(size_bytes) },
        ObservedThing::VeeamLicense {} => Thing::VeeamLicense,
        ObservedThing::Disk { platform, disk_type, size_bytes } => {
            Thing::Disk { platform, disk_type: Some(disk_type), size_mib: mib(size_bytes) }
        }
    }
}

const fn mib(bytes: u64) -> u64 {
    bytes.div_ceil(1 << 20)
}
