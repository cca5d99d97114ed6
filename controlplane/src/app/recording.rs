//! Recording what sources observe: each fact once, in the order of its source, with the resource's row kept current.

use super::{Error, convert};
use billing::observation::{Fact, Kind};
use schemas::{resource::machine::MachineProblem, time::Instant};
use std::collections::{BTreeMap, BTreeSet};
use store::{
    StoreError, Tx,
    model::{
        observation::{Delivery, Observation},
        project::ProjectOwner,
        resource::{Resource, Sighting},
    },
    queries,
};
use uuid::Uuid;

/// The project that a thing belongs to, and all that is billed for it, by internal ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Owned {
    /// The partner.
    pub partner_id: i64,
    /// The contract.
    pub contract_id: i64,
    /// The project.
    pub project_id: i64,
}

impl Owned {
    /// What a path of codes was found to name.
    pub(crate) fn found(owner: &ProjectOwner) -> Self {
        Self { partner_id: owner.partner_id, contract_id: owner.contract_id, project_id: owner.project_id }
    }

    /// What a resource is known to belong to.
    pub(crate) fn known(row: &Resource) -> Option<Self> {
        let (partner_id, contract_id) = (row.partner_id?, row.contract_id?);
        Some(Self { partner_id, contract_id, project_id: row.project_id? })
    }
}

/// Whose a thing is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ownership {
    /// The tag as it was found.
    pub tag: Option<String>,
    /// What it was assigned to, else what the tag names.
    pub project: Option<Owned>,
    /// What is wrong with it.
    pub problem: Option<MachineProblem>,
    /// Whether it was assigned, whatever its tag names.
    pub is_assigned: bool,
}

impl Ownership {
    /// What is known of it.
    pub(crate) fn known(row: &Resource) -> Self {
        let problem = row.problem.as_deref().and_then(|problem| problem.parse().ok());
        Self { tag: row.owner.clone(), project: Owned::known(row), problem, ..Self::default() }
    }
}

/// One fact to record.
#[derive(Clone, Debug)]
pub(crate) struct Recorded {
    /// Its number within the epoch.
    pub sequence: i64,
    /// When it was so.
    pub observed_at: Instant,
    /// The resource.
    pub uuid: Uuid,
    /// What kind of resource; none in a fact that says that it is gone.
    pub kind: Option<Kind>,
    /// Its name.
    pub name: String,
    /// Whose it is.
    pub ownership: Ownership,
    /// What was seen.
    pub fact: Fact,
}

/// Where facts come from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin {
    /// The source.
    pub source_id: i64,
    /// Its epoch.
    pub epoch: i64,
    /// The hypervisor, where the source is one's collector.
    pub hypervisor_id: Option<i64>,
    /// When the facts are received.
    pub received_at: Instant,
}

/// What became of a recording.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Receipt {
    /// Facts, or readings, that were new.
    pub accepted: i64,
    /// Those that were there already.
    pub duplicates: i64,
    /// The contracts, by the partner and the contract, that cost something else now. Whoever records has them looked at,
    /// those of all that it records at once: contracts are locked in one order by everyone.
    pub moved: BTreeSet<(i64, i64)>,
}

/// Records facts, in the order given. A fact that was recorded before changes nothing. The contracts that are moved are
/// still to be marked as due.
///
/// # Errors
/// When a key is there with other content, or a resource is another source's or was never there; with the index.
pub(crate) async fn record(tx: &mut Tx, origin: Origin, facts: &[Recorded]) -> Result<Receipt, RecordError> {
    let rows = resources(tx, origin, facts).await?;
    let ids: BTreeSet<i64> = rows.iter().map(|row| row.id).collect();
    let latest = queries::observation::latest_places(tx, &Vec::from_iter(ids)).await?;
    let observation = |(recorded, row): (&Recorded, &Resource)| {
        Ok(Observation {
            source_id: origin.source_id,
            epoch: origin.epoch,
            sequence: recorded.sequence,
            resource_id: row.id,
            observed_at: recorded.observed_at,
            received_at: origin.received_at,
            fact: convert::json(&recorded.fact)?,
        })
    };
    let observations = facts.iter().zip(&rows).map(observation).collect::<Result<Vec<_>, Error>>()?;
    let deliveries = queries::observation::insert(tx, &observations).await?;
    let (mut receipt, mut new) = (Receipt::default(), Vec::new());
    for (index, ((recorded, row), delivery)) in facts.iter().zip(&rows).zip(deliveries).enumerate() {
        match delivery {
            Delivery::New => {
                receipt.accepted += 1;
                let owned = recorded.ownership.project.map(|owned| (owned.partner_id, owned.contract_id));
                receipt.moved.extend(row.partner_id.zip(row.contract_id).into_iter().chain(owned));
                new.push((recorded, row));
            }
            Delivery::Duplicate => receipt.duplicates += 1,
            Delivery::Conflict => return Err(RecordError::OtherContent(index)),
        }
    }
    keep_current(tx, origin, &latest, &new).await?;
    Ok(receipt)
}

/// The rows of the resources that facts are of, in their order; those that are new are written.
async fn resources(tx: &mut Tx, origin: Origin, facts: &[Recorded]) -> Result<Vec<Resource>, RecordError> {
    let uuids: BTreeSet<Uuid> = facts.iter().map(|fact| fact.uuid).collect();
    let mut rows = by_uuid(tx, uuids).await?;
    let mut new = BTreeMap::new();
    for (index, recorded) in facts.iter().enumerate() {
        if rows.contains_key(&recorded.uuid) || new.contains_key(&recorded.uuid) {
            continue;
        }
        let kind = recorded.kind.ok_or(RecordError::NeverSeen(index))?;
        new.insert(recorded.uuid, sighting(origin, recorded, kind_text(kind))?);
    }
    if !new.is_empty() {
        let uuids = new.keys().copied().collect();
        queries::resource::upsert(tx, &Vec::from_iter(new.into_values())).await?;
        rows.extend(by_uuid(tx, uuids).await?);
    }
    let row = |(index, fact): (usize, &Recorded)| match rows.get(&fact.uuid) {
        Some(row) if row.source_id == origin.source_id => Ok(row.clone()),
        Some(_) => Err(RecordError::OtherSource(index)),
        None => Err(Error::internal("recording", "a resource is missing").into()),
    };
    facts.iter().enumerate().map(row).collect()
}

async fn by_uuid(tx: &mut Tx, uuids: BTreeSet<Uuid>) -> Result<BTreeMap<Uuid, Resource>, StoreError> {
    let found = queries::resource::by_uuids(tx, &Vec::from_iter(uuids)).await?;
    Ok(found.into_iter().map(|row| (row.uuid, row)).collect())
}

/// Brings the rows of resources to what new facts say. A fact that comes late does not hide a later one: what is later is
/// told by its place in the source, never by a clock (P3).
async fn keep_current(
    tx: &mut Tx,
    origin: Origin,
    latest: &BTreeMap<i64, (i64, i64)>,
    new: &[(&Recorded, &Resource)],
) -> Result<(), RecordError> {
    let owned = new.iter().filter_map(|(recorded, row)| Some((recorded.ownership.project?, row.id)));
    let owned = owned.map(|(owned, id)| (owned.partner_id, owned.contract_id, id)).collect();
    queries::resource::associate(tx, &owned).await?;
    let is_later = |recorded: &Recorded, row: &Resource| {
        latest.get(&row.id).is_none_or(|latest| *latest < (origin.epoch, recorded.sequence))
    };
    let mut later: Vec<&(&Recorded, &Resource)> =
        new.iter().filter(|(recorded, row)| is_later(recorded, row)).collect();
    later.sort_by_key(|(recorded, _)| recorded.sequence);
    let (mut sightings, mut ended, mut seen_at) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    for (recorded, row) in later {
        let last = *seen_at.get(&row.id).unwrap_or(&row.last_seen_at);
        let effective = recorded.observed_at.min(origin.received_at).max(last);
        if recorded.fact == Fact::Gone {
            ended.insert(row.id, effective);
            continue;
        }
        let kind = recorded.kind.map_or_else(|| row.kind.clone(), |kind| kind_text(kind).to_owned());
        sightings.insert(row.uuid, Sighting { seen_at: effective, ..sighting(origin, recorded, &kind)? });
        seen_at.insert(row.id, effective);
        ended.remove(&row.id);
    }
    queries::resource::upsert(tx, &Vec::from_iter(sightings.into_values())).await?;
    Ok(queries::resource::end(tx, origin.source_id, &Vec::from_iter(ended)).await?)
}

/// Why facts cannot be recorded.
#[derive(Debug)]
pub(crate) enum RecordError {
    /// The key of this fact is there with other content.
    OtherContent(usize),
    /// The resource of this fact belongs to another source.
    OtherSource(usize),
    /// The resource of this fact is gone, and was never there.
    NeverSeen(usize),
    /// The application failed.
    App(Error),
}

impl From<StoreError> for RecordError {
    fn from(error: StoreError) -> Self {
        Self::App(error.into())
    }
}

impl From<Error> for RecordError {
    fn from(error: Error) -> Self {
        Self::App(error)
    }
}

/// The row of a resource as a fact leaves it.
fn sighting(origin: Origin, recorded: &Recorded, kind: &str) -> Result<Sighting, Error> {
    let owned = recorded.ownership.project;
    Ok(Sighting {
        uuid: recorded.uuid,
        source_id: origin.source_id,
        kind: kind.to_owned(),
        name: recorded.name.clone(),
        hypervisor_id: origin.hypervisor_id,
        partner_id: owned.map(|owned| owned.partner_id),
        contract_id: owned.map(|owned| owned.contract_id),
        project_id: owned.map(|owned| owned.project_id),
        owner: recorded.ownership.tag.clone(),
        problem: recorded.ownership.problem.map(|problem| problem.as_str().to_owned()),
        fact: convert::json(&recorded.fact)?,
        seen_at: recorded.observed_at.min(origin.received_at),
    })
}

/// How a kind is stored.
pub(crate) const fn kind_text(kind: Kind) -> &'static str {
    match kind {
        Kind::Machine => "machine",
        Kind::Disk => "disk",
        Kind::Vdc => "vdc",
        Kind::Network => "network",
        Kind::Router => "router",
        Kind::LoadBalancer => "load_balancer",
        Kind::PublicIp => "public_ip",
        Kind::Ipsec => "ipsec",
        Kind::Snapshot => "snapshot",
        Kind::Image => "image",
        Kind::Backup => "backup",
        Kind::ObjectStorage => "object_storage",
        Kind::VeeamLicense => "veeam_license",
    }
}
