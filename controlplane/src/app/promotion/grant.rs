//! Who is given the price of a promotion, and until when: decided once, when a collector sees a machine for the first
//! time or reconfigured, in the transaction that records it (P1, A3 to A5).

use super::{
    super::{Error, convert, list, recording::Owned},
    configuration::{Configuration, Shown, Step},
    offer::{self, Offers},
    view::price,
};
use billing::rate;
use schemas::time::Instant;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use store::{
    Json, Tx,
    model::{
        contract::NewFact,
        event::NewEvent,
        promotion::{NewPromotionGrant, Promotion, PromotionGrant},
        resource::Resource,
    },
    queries,
};
use uuid::Uuid;

/// The kind of fact that says which price a machine was given.
pub(crate) const PROMOTION_GRANTED: &str = "promotion_granted";

/// The kind of fact that says that a machine was reconfigured and has lost its price.
pub(crate) const PROMOTION_ENDED: &str = "promotion_ended";

/// Who grants, in the audit log.
const SYSTEM: &str = "system";

/// A machine in an inventory.
#[derive(Clone, Debug)]
pub(crate) struct Sighting<'a> {
    /// The machine.
    pub machine: Uuid,
    /// Its name.
    pub name: &'a str,
    /// Its owner's tag.
    pub tag: Option<&'a str>,
    /// Whose it is.
    pub owned: Option<Owned>,
    /// What it has.
    pub shown: &'a Shown,
    /// What was known of it; nothing of a machine that was not there.
    pub known: Option<&'a Resource>,
    /// When it is seen, as rating has it.
    pub at: Instant,
}

/// What [`PROMOTION_ENDED`] says. That a machine ended, its life tells by itself.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Ended {
    /// The machine.
    pub machine: Uuid,
    /// When.
    pub at: Instant,
}

/// A fact of a contract: by the partner and the contract.
type Fact = ((i64, i64), NewFact);

/// A machine that may be given a price, because it was created or reconfigured.
struct Candidate<'a> {
    sighting: &'a Sighting<'a>,
    owned: Owned,
    configuration: Configuration,
}

/// Follows the machines of an inventory that was just recorded: ends the grants of those that were reconfigured, and
/// gives those that were created or reconfigured the price of the promotion that is for them. Answers the contracts of
/// which that is said, by the partner and the contract, which are still to be marked as due.
///
/// # Errors
/// When the database fails; then nothing of the inventory is recorded either.
pub(crate) async fn follow(
    tx: &mut Tx,
    now: Instant,
    sightings: &[Sighting<'_>],
) -> Result<BTreeSet<(i64, i64)>, Error> {
    let mut moved = Vec::new();
    for sighting in sightings {
        let before = before(sighting)?;
        let shown = sighting.shown.configuration(None, sighting.at);
        if before.as_ref().is_none_or(|before| shown.after(before).1 != Step::Same) {
            moved.push((sighting, before));
        }
    }
    let machines: Vec<Uuid> = moved.iter().map(|(sighting, _)| sighting.machine).collect();
    let live = queries::promotion::live_grants(tx, &machines).await?;
    let live: BTreeMap<Uuid, PromotionGrant> = live.into_iter().map(|grant| (grant.machine, grant)).collect();
    let mut configurations = Vec::new();
    let mut candidates = Vec::new();
    let mut facts = Vec::new();
    for (sighting, before) in moved {
        let granted = live.get(&sighting.machine);
        let shown = sighting.shown.configuration(granted.map(|grant| grant.system_disk), sighting.at);
        let (configuration, step) = match &before {
            Some(before) => shown.after(before),
            // One that was there before promotions were is not created now.
            None if sighting.known.is_some() => (shown, Step::Same),
            None => (shown, Step::Changed),
        };
        if before.as_ref() != Some(&configuration) {
            configurations.push((sighting.machine, convert::json(&configuration)?));
        }
        let ends = matches!(step, Step::Changed | Step::Remapped);
        if let Some(grant) = granted.filter(|_| ends) {
            end(tx, sighting.machine, sighting.at).await?;
            let ended = Ended { machine: sighting.machine, at: sighting.at };
            let fact = fact(PROMOTION_ENDED, &ended, sighting.at, now)?;
            facts.push(((grant.partner_id, grant.contract_id), fact));
        }
        let may_be_given = matches!(step, Step::Changed | Step::Completed) && (granted.is_none() || ends);
        if let Some(owned) = sighting.owned.filter(|_| may_be_given) {
            candidates.push(Candidate { sighting, owned, configuration });
        }
    }
    queries::resource::set_configurations(tx, &configurations).await?;
    award(tx, now, candidates, &mut facts).await?;
    // Contracts are locked in one order by everyone; of one, what ends comes before what is given.
    facts.sort_by_key(|(contract, _)| *contract);
    for ((partner_id, contract_id), fact) in &facts {
        queries::contract::append_fact(tx, *partner_id, *contract_id, fact).await?;
    }
    Ok(facts.into_iter().map(|(contract, _)| contract).collect())
}

fn fact(kind: &str, body: &impl Serialize, at: Instant, now: Instant) -> Result<NewFact, Error> {
    Ok(NewFact { kind: kind.to_owned(), body: convert::json(body)?, effective_at: at, recorded_at: now })
}

/// The configuration of a machine in the inventory before.
fn before(sighting: &Sighting<'_>) -> Result<Option<Configuration>, Error> {
    let known = sighting.known.and_then(|row| row.configuration.as_ref());
    known.map(Json::read).transpose().map_err(convert::stored)
}

/// Ends what a machine was given, because it was reconfigured or is gone (A2).
pub(crate) async fn end(tx: &mut Tx, machine: Uuid, at: Instant) -> Result<(), Error> {
    Ok(queries::promotion::end_grant(tx, machine, at).await?)
}

/// Goes on with what a machine was given that seemed to end at an instant, and did not.
pub(crate) async fn resume(tx: &mut Tx, machine: Uuid, ended_at: Instant) -> Result<(), Error> {
    Ok(queries::promotion::resume_grant(tx, machine, ended_at).await?)
}

/// Gives prices. Whoever gives the price of a promotion has it locked (A4).
async fn award(
    tx: &mut Tx,
    now: Instant,
    mut candidates: Vec<Candidate<'_>>,
    facts: &mut Vec<Fact>,
) -> Result<(), Error> {
    let instants = candidates.iter().map(|candidate| candidate.sighting.at);
    let (Some(first), Some(last)) = (instants.clone().min(), instants.max()) else { return Ok(()) };
    let partners = list::distinct(candidates.iter().map(|candidate| candidate.owned.partner_id));
    let is_wanted =
        |row: &Promotion| candidates.iter().any(|candidate| candidate.configuration.is_promoted(row));
    let matching = offer::matching(tx, &partners, (first, last), is_wanted).await?;
    if matching.is_empty() {
        return Ok(());
    }
    let ids: Vec<i64> = matching.iter().map(|row| row.id).collect();
    let locked = queries::promotion::lock_many(tx, &ids).await?;
    let mut offers = Offers::load(tx, &partners, locked).await?;
    candidates.sort_by_key(|one| one.sighting.machine);
    for candidate in &candidates {
        let Candidate { sighting, owned, configuration } = candidate;
        if let Some((row, _)) = offers.take(owned.partner_id, configuration, sighting.at, 1)? {
            facts.push(((owned.partner_id, owned.contract_id), give(tx, now, row, candidate).await?));
        }
    }
    Ok(())
}

/// Writes down what a machine is given, for the count and the list, and in the audit log. Answers it for rating.
async fn give(
    tx: &mut Tx,
    now: Instant,
    row: &Promotion,
    candidate: &Candidate<'_>,
) -> Result<NewFact, Error> {
    let Candidate { sighting, owned, configuration } = candidate;
    let system_disk = configuration.system_disk();
    let system_disk =
        system_disk.ok_or_else(|| Error::internal("grant", "the machine has no system disk"))?;
    let new = NewPromotionGrant {
        partner_id: owned.partner_id,
        promotion_id: row.id,
        promotion_name: row.name.clone(),
        contract_id: owned.contract_id,
        machine: sighting.machine,
        machine_name: sighting.name.to_owned(),
        system_disk,
        owner: sighting.tag.unwrap_or_default().to_owned(),
        price_per_day: row.price_per_day,
        granted_at: sighting.at,
    };
    let grant = queries::promotion::insert_grant(tx, &new).await?;
    queries::event::insert(tx, &event(now, row, &grant)?).await?;
    let given = rate::Grant {
        id: grant.id,
        promotion: row.id,
        machine: sighting.machine,
        system_disk: Some(system_disk),
        at: sighting.at,
        price_per_day: price(row.price_per_day)?,
    };
    fact(PROMOTION_GRANTED, &given, sighting.at, now)
}

/// What the audit log tells of a grant.
#[derive(Serialize)]
struct Given<'a> {
    promotion: &'a str,
    price_per_day: schemas::money::Price,
    granted_at: Instant,
}

fn event(now: Instant, row: &Promotion, grant: &PromotionGrant) -> Result<NewEvent, Error> {
    let given = Given {
        promotion: row.code.as_str(),
        price_per_day: price(grant.price_per_day)?,
        granted_at: grant.granted_at,
    };
    Ok(NewEvent {
        partner_id: Some(row.partner_id),
        at: now,
        request_id: Uuid::new_v4(),
        account_id: None,
        actor: SYSTEM.to_owned(),
        action: "grant".to_owned(),
        object_kind: "machine".to_owned(),
        object_id: grant.machine,
        object_name: grant.machine_name.clone(),
        before: None,
        after: Some(convert::json(&given)?),
        client: concat!("controlplane/", env!("CARGO_PKG_VERSION")).to_owned(),
        impersonator: None,
    })
}
