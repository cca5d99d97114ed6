//! How much of each hypervisor is used, by kind, as the inventories and the other sources tell it.

use super::super::{Error, Operation, convert, hypervisor::kind};
use billing::observation::{Fact, Platform, Shape, Thing};
use std::collections::{BTreeMap, BTreeSet};
use store::{model::hypervisor::Hypervisor, queries};

/// MiB in a GB.
const MIB_PER_GB: u64 = 1024;

/// What is limited (5.2-04).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Servers,
    Disks,
    VolumeGb,
    Ips,
    Networks,
    Routers,
    RamGb,
    Vcpu,
}

/// What is used, by hypervisor and kind: pieces, or MiB where the kind is a size.
#[derive(Clone, Debug, Default)]
pub(super) struct Usage {
    amounts: BTreeMap<(i64, Kind), u64>,
    /// Where it cannot be told: something of this kind lies on one of several hypervisors.
    unknown: BTreeSet<(i64, Kind)>,
}

impl Usage {
    /// What a partner, or one of its contracts, uses of these hypervisors now.
    pub(super) async fn load(
        op: &mut Operation,
        partner_id: i64,
        contract: Option<i64>,
        hypervisors: &[Hypervisor],
    ) -> Result<Self, Error> {
        let places: Vec<(i64, Platform)> = hypervisors.iter().map(|row| (row.id, kind(row))).collect();
        let mut usage = Self::default();
        for alike in queries::resource::used(op.conn(), partner_id, contract).await? {
            let fact: Fact = alike.fact.read().map_err(convert::stored)?;
            usage.count(alike.hypervisor_id, alike.count.unsigned_abs(), &fact, &places);
        }
        Ok(usage)
    }

    /// How much of this kind is used of a hypervisor, in pieces or GB; none where it cannot be told.
    pub(super) fn of(&self, hypervisor: i64, kind: Kind) -> Option<i64> {
        if self.unknown.contains(&(hypervisor, kind)) {
            return None;
        }
        let amount = self.amounts.get(&(hypervisor, kind)).copied().unwrap_or_default();
        let amount = match kind {
            Kind::VolumeGb | Kind::RamGb => amount.div_ceil(MIB_PER_GB),
            _ => amount,
        };
        Some(i64::try_from(amount).unwrap_or(i64::MAX))
    }

    /// Counts so many equal things.
    fn count(&mut self, hypervisor: Option<i64>, count: u64, fact: &Fact, places: &[(i64, Platform)]) {
        let Fact::Present(Shape { thing, .. }) = fact else { return };
        for (kind, amount) in amounts(thing) {
            let amount = amount.saturating_mul(count);
            if let Some(hypervisor) = hypervisor {
                self.add(hypervisor, kind, amount);
                continue;
            }
            // What no hypervisor reports lies on one that it can lie on: surely, where there is only one.
            let wanted = platform(thing);
            let fits = |place: &&(i64, Platform)| wanted.is_none_or(|platform| platform == place.1);
            let fitting: Vec<i64> = places.iter().filter(fits).map(|place| place.0).collect();
            match fitting.as_slice() {
                [one] => self.add(*one, kind, amount),
                several => self.unknown.extend(several.iter().map(|place| (*place, kind))),
            }
        }
    }

    fn add(&mut self, hypervisor: i64, kind: Kind, amount: u64) {
        let sum = self.amounts.entry((hypervisor, kind)).or_default();
        *sum = sum.saturating_add(amount);
    }
}

/// How much of which kinds a thing uses.
fn amounts(thing: &Thing) -> Vec<(Kind, u64)> {
    match *thing {
        Thing::Machine { vcpu, ram_mib, .. } => {
            vec![(Kind::Servers, 1), (Kind::Vcpu, u64::from(vcpu)), (Kind::RamGb, ram_mib)]
        }
        Thing::Disk { size_mib, .. } => vec![(Kind::Disks, 1), (Kind::VolumeGb, size_mib)],
        Thing::Network { .. } => vec![(Kind::Networks, 1)],
        Thing::Router { .. } => vec![(Kind::Routers, 1)],
        Thing::PublicIp => vec![(Kind::Ips, 1)],
        Thing::Vdc
        | Thing::LoadBalancer
        | Thing::Ipsec
        | Thing::Snapshot { .. }
        | Thing::Image { .. }
        | Thing::Backup { .. }
        | Thing::ObjectStorage { .. }
        | Thing::VeeamLicense => Vec::new(),
    }
}

/// The platform that a thing is on, where it is on one.
fn platform(thing: &Thing) -> Option<Platform> {
    match *thing {
        Thing::Machine { platform, .. }
        | Thing::Disk { platform, .. }
        | Thing::Network { platform }
        | Thing::Router { platform } => Some(platform),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACES: [(i64, Platform); 3] = [(1, Platform::Kvm), (2, Platform::Kvm), (3, Platform::Vmware)];

    fn usage(things: &[(Option<i64>, Thing)], places: &[(i64, Platform)]) -> Usage {
        let mut usage = Usage::default();
        for (hypervisor_id, thing) in things {
            let shape = Shape { thing: thing.clone(), contract: Some(1), power: Default::default() };
            usage.count(*hypervisor_id, 1, &Fact::Present(shape), places);
        }
        usage
    }

    #[test]
    fn sizes_are_added_up_and_then_rounded_up() {
        let machine = |ram_mib| Thing::Machine {
            platform: Platform::Kvm,
            cpu_class_3_2: false,
            vcpu: 2,
            ram_mib,
            windows: false,
        };
        let used = usage(&[(Some(1), machine(512)), (Some(1), machine(512)), (Some(1), machine(1))], &PLACES);
        assert_eq!(used.of(1, Kind::RamGb), Some(2));
        assert_eq!((used.of(1, Kind::Servers), used.of(1, Kind::Vcpu)), (Some(3), Some(6)));
        assert_eq!((used.of(2, Kind::Servers), used.of(1, Kind::Disks)), (Some(0), Some(0)));
    }

    #[test]
    fn what_has_no_place_counts_where_it_surely_is() {
        let network = |platform| (None, Thing::Network { platform });
        let used = usage(&[network(Platform::Vmware), (None, Thing::PublicIp)], &PLACES);
        assert_eq!((used.of(3, Kind::Networks), used.of(1, Kind::Networks)), (Some(1), Some(0)));
        assert_eq!([1, 2, 3].map(|id| used.of(id, Kind::Ips)), [None; 3]);
        let used = usage(&[network(Platform::Kvm)], &PLACES);
        assert_eq!([1, 2, 3].map(|id| used.of(id, Kind::Networks)), [None, None, Some(0)]);
        let used = usage(&[(None, Thing::PublicIp)], &PLACES[..1]);
        assert_eq!(used.of(1, Kind::Ips), Some(1));
    }
}
