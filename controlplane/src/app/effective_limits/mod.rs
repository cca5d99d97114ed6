//! What limits come to: whose limit holds for each kind on each hypervisor, and how much of it is used.

mod usage;

use super::{Error, Operation, client, limits, partner};
use schemas::{
    endpoint::{InParent, effective_limits::EffectiveLimitsQuery},
    resource::{
        effective_limits::{EffectiveLimit, EffectiveLimits, EffectiveLimitsView, Whence},
        limits::{Limits, LimitsByHypervisor},
    },
};
use std::collections::{BTreeMap, BTreeSet};
use store::{
    Json,
    model::{client::Client, hypervisor::Hypervisor, partner::Partner},
    queries,
};
use usage::{Kind, Usage};

/// Tells what holds for a client, or for a partner with all its clients.
///
/// # Errors
/// When the query names neither, or what does not exist for the caller.
pub async fn read(op: &mut Operation, query: &EffectiveLimitsQuery) -> Result<EffectiveLimitsView, Error> {
    let Some(id) = &query.client else {
        let text = "say whose limits: a client, or a partner";
        let partner = query.partner.as_deref().ok_or_else(|| Error::field("client", text))?;
        let owner = op.partner(partner).await?;
        return of_partner(op, &owner).await;
    };
    let client = op.client(id, &InParent { partner: query.partner.clone(), client: None }).await?;
    let owner = queries::partner::get(op.conn(), client.partner_id).await?;
    of_client(op, &owner, &client).await
}

async fn of_partner(op: &mut Operation, owner: &Partner) -> Result<EffectiveLimitsView, Error> {
    let hypervisors = partner::assigned(op, owner.id).await?;
    let limits = limits::stored(owner.limits.as_ref())?;
    let usage = Usage::load(op, owner.id, None, &hypervisors).await?;
    let own = Level { whence: Whence::Partner, limits: &limits, usage: &usage };
    Ok(EffectiveLimitsView {
        partner: partner::reference(owner),
        client: None,
        limits: by_hypervisor(&hypervisors, &own, None),
    })
}

async fn of_client(
    op: &mut Operation,
    owner: &Partner,
    client: &Client,
) -> Result<EffectiveLimitsView, Error> {
    let assigned = partner::assigned(op, owner.id).await?;
    let allowed: Option<BTreeSet<String>> =
        client.allowed_hypervisors.as_ref().map(Json::read).transpose().map_err(super::convert::stored)?;
    let is_allowed =
        |row: &Hypervisor| allowed.as_ref().is_none_or(|codes| codes.contains(row.code.as_str()));
    let hypervisors: Vec<Hypervisor> = assigned.iter().filter(|row| is_allowed(row)).cloned().collect();
    let contracts = queries::contract::of_clients(op.conn(), &[owner.id], &[client.id]).await?;
    let contract = contracts.first().map(|contract| contract.id);
    let contract = contract.ok_or_else(|| Error::internal("limits", "the client has no contract"))?;
    let row = queries::client_limits::find(op.conn(), owner.id, client.id).await?;
    let limits = limits::stored(row.as_ref().map(|row| &row.limits))?;
    let usage = Usage::load(op, owner.id, Some(contract), &hypervisors).await?;
    let own = Level { whence: Whence::Client, limits: &limits, usage: &usage };
    let partners_limits = limits::stored(owner.limits.as_ref())?;
    let all = if partners_limits.is_empty() {
        Usage::default()
    } else {
        Usage::load(op, owner.id, None, &assigned).await?
    };
    let above = Level { whence: Whence::Partner, limits: &partners_limits, usage: &all };
    Ok(EffectiveLimitsView {
        partner: partner::reference(owner),
        client: Some(client::reference(client)),
        limits: by_hypervisor(&hypervisors, &own, Some(&above)),
    })
}

/// Somebody's limits, and what they are held against.
struct Level<'a> {
    whence: Whence,
    limits: &'a LimitsByHypervisor,
    usage: &'a Usage,
}

impl Level<'_> {
    fn effective(&self, hypervisor: &Hypervisor, kind: Kind) -> EffectiveLimit {
        let limit = self.limits.get(hypervisor.code.as_str()).and_then(|limits| limit(limits, kind));
        let limit = limit.map(i64::from);
        let used = self.usage.of(hypervisor.id, kind);
        EffectiveLimit {
            limit,
            used,
            left: limit.zip(used).map(|(limit, used)| limit.saturating_sub(used).max(0)),
            whence: if limit.is_some() { self.whence } else { Whence::None },
        }
    }
}

fn by_hypervisor(
    hypervisors: &[Hypervisor],
    own: &Level<'_>,
    above: Option<&Level<'_>>,
) -> BTreeMap<String, EffectiveLimits> {
    let one = |hypervisor: &Hypervisor| {
        let holds = |kind| {
            let own = own.effective(hypervisor, kind);
            above.map_or(own, |above| tighter(own, above.effective(hypervisor, kind)))
        };
        let limits = EffectiveLimits {
            servers: holds(Kind::Servers),
            disks: holds(Kind::Disks),
            volume_gb: holds(Kind::VolumeGb),
            ips: holds(Kind::Ips),
            networks: holds(Kind::Networks),
            routers: holds(Kind::Routers),
            ram_gb: holds(Kind::RamGb),
            vcpu: holds(Kind::Vcpu),
        };
        (hypervisor.code.to_string(), limits)
    };
    hypervisors.iter().map(one).collect()
}

/// The limit that leaves less; the lower one, where it cannot be told what is left. Of two alike the client's own.
fn tighter(own: EffectiveLimit, above: EffectiveLimit) -> EffectiveLimit {
    let (Some(own_limit), Some(above_limit)) = (own.limit, above.limit) else {
        return if above.limit.is_some() { above } else { own };
    };
    let above_holds = match own.left.zip(above.left) {
        Some((own, above)) => above < own,
        None => above_limit < own_limit,
    };
    if above_holds { above } else { own }
}

const fn limit(limits: &Limits, kind: Kind) -> Option<u32> {
    match kind {
        Kind::Servers => limits.servers,
        Kind::Disks => limits.disks,
        Kind::VolumeGb => limits.volume_gb,
        Kind::Ips => limits.ips,
        Kind::Networks => limits.networks,
        Kind::Routers => limits.routers,
        Kind::RamGb => limits.ram_gb,
        Kind::Vcpu => limits.vcpu,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit_of(whence: Whence, limit: Option<i64>, used: Option<i64>) -> EffectiveLimit {
        let left = limit.zip(used).map(|(limit, used)| (limit - used).max(0));
        EffectiveLimit { limit, used, left, whence }
    }

    #[test]
    fn the_limit_holds_that_leaves_less() {
        let client = |limit, used| limit_of(Whence::Client, limit, used);
        let partner = |limit, used| limit_of(Whence::Partner, limit, used);
        for (own, above, holds) in [
            (client(Some(10), Some(3)), partner(Some(100), Some(98)), Whence::Partner),
            (client(Some(10), Some(9)), partner(Some(100), Some(98)), Whence::Client),
            (client(Some(10), Some(8)), partner(Some(100), Some(98)), Whence::Client),
            (client(None, Some(8)), partner(Some(100), Some(8)), Whence::Partner),
            (client(Some(200), None), partner(Some(100), None), Whence::Partner),
            (client(Some(100), None), partner(Some(100), Some(1)), Whence::Client),
        ] {
            assert_eq!(tighter(own, above).whence, holds, "{own:?} {above:?}");
        }
        let none = limit_of(Whence::None, None, Some(3));
        assert_eq!(tighter(none, limit_of(Whence::None, None, Some(9))), none);
    }
}
