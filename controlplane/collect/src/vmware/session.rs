//! One login, and what is remembered for its length.

use super::{
    Options,
    configuration::{self, Configuration, told_apart},
    shape::{self, Glance},
};
use crate::{Epoch, Incarnation, Machine, Owner, Power, Snapshot, Unreadable};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use uuid::Uuid;
use vsphere_soap::{Error, Object, Reference, View};

/// A login, the view of all machines, and what was read in it.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) soap: vsphere_soap::Session,
    pub(super) view: View,
    pub(super) epoch: Epoch,
    endpoint: String,
    host: String,
    options: Options,
    memory: Mutex<Memory>,
}

#[derive(Debug, Default)]
struct Memory {
    /// How many inventories were begun.
    round: u64,
    known: HashMap<Reference, Known>,
    /// Machines of which a change was told since they were read.
    stale: HashSet<Reference>,
    /// The names of distributed port groups.
    port_groups: BTreeMap<String, String>,
    /// The ids of the counters of traffic at this endpoint: received, sent.
    counters: Option<(i32, i32)>,
}

/// A machine as it was read last.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) uuid: Uuid,
    name: String,
    power: Power,
    pub(super) incarnation: Option<Incarnation>,
    /// The version that the configuration is of, and the configuration, or why it could not be read.
    version: String,
    pub(super) configuration: Result<Arc<Configuration>, String>,
}

impl Known {
    /// Whose it was.
    pub(super) fn owner(&self) -> Option<Owner> {
        self.configuration.as_ref().ok().map(|configuration| configuration.owner.clone())
    }
}

/// A machine that is there now.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) reference: Reference,
    pub(super) uuid: Uuid,
    pub(super) power: Power,
}

/// Whether something that is read anew every so many rounds is due. The identity spreads the work.
fn is_due(uuid: Uuid, round: u64, every: u64) -> bool {
    let (high, low) = uuid.as_u64_pair();
    (high ^ low).wrapping_add(round).is_multiple_of(every.max(1))
}

impl Session {
    pub(super) async fn open(
        soap: vsphere_soap::Session,
        epoch: Epoch,
        endpoint: &str,
        options: &Options,
        deadline: Duration,
    ) -> Result<Self, Error> {
        let view = soap.view("VirtualMachine", deadline).await?;
        let host = if soap.about().is_vcenter { None } else { host_name(&soap, deadline).await? };
        let host = host.unwrap_or_else(|| soap.about().full_name.clone());
        let (endpoint, options) = (endpoint.to_owned(), options.clone());
        Ok(Self { soap, view, epoch, endpoint, host, options, memory: Mutex::default() })
    }

    pub(super) async fn inventory(&self, deadline: Duration) -> Result<Snapshot, Error> {
        self.rename_port_groups(deadline).await?;
        let (round, stale) = self.begin_round();
        let glance = |object: Object| Some(Glance::read(&object));
        let glances = self.soap.of_view(&self.view, &shape::PATHS, glance, deadline).await;
        // What was not read stays to be read.
        let glances = glances.inspect_err(|_| self.lock().stale.extend(stale.iter().cloned()))?;
        let (named, unidentified) = self.identified(glances);
        let due: BTreeMap<Reference, Uuid> = named
            .iter()
            .filter(|(uuid, glance)| {
                stale.contains(&glance.reference) || self.must_read(*uuid, glance, round)
            })
            .map(|(uuid, glance)| (glance.reference.clone(), *uuid))
            .collect();
        let read = self.configurations(&due, deadline).await;
        let mut read = read.inspect_err(|_| self.lock().stale.extend(stale.iter().cloned()))?;
        let mut machines = Vec::with_capacity(named.len());
        let mut known = HashMap::with_capacity(named.len());
        {
            let memory = self.lock();
            for (uuid, glance) in named {
                let configuration = if due.contains_key(&glance.reference) {
                    read.remove(&glance.reference)
                } else {
                    memory.known.get(&glance.reference).map(|known| known.configuration.clone())
                };
                // One that is gone since it was listed is not there.
                let Some(configuration) = configuration else { continue };
                machines.push(machine(uuid, &glance, &configuration));
                known.insert(glance.reference.clone(), remembered(uuid, glance, configuration));
            }
        }
        self.lock().known = known;
        machines.sort_by_key(|machine| machine.uuid);
        let mut taken = HashSet::new();
        for machine in &mut machines {
            if let Ok(shape) = &mut machine.shape {
                told_apart(machine.uuid, &mut shape.disks, &mut taken);
            }
        }
        Ok(Snapshot { host: self.host.clone(), epoch: self.epoch, machines, unidentified })
    }

    /// Reads configurations; machines that are gone are left out.
    pub(super) async fn configurations(
        &self,
        machines: &BTreeMap<Reference, Uuid>,
        deadline: Duration,
    ) -> Result<HashMap<Reference, Result<Arc<Configuration>, String>>, Error> {
        let references: Vec<Reference> = machines.keys().cloned().collect();
        let names = self.lock().port_groups.clone();
        let mut unnamed = BTreeSet::new();
        let mut read = HashMap::with_capacity(references.len());
        let keep = |object: Object| {
            unnamed.extend(
                Configuration::port_groups(&object).filter(|id| !names.contains_key(*id)).map(str::to_owned),
            );
            let uuid = machines.get(&object.reference)?;
            let configuration = Configuration::read(*uuid, &object, &names).map(Arc::new);
            read.insert(object.reference, configuration);
            None::<()>
        };
        self.soap.of_objects(&references, &configuration::PATHS, keep, deadline).await?;
        if unnamed.is_empty() {
            return Ok(read);
        }
        self.name_port_groups(&unnamed, deadline).await?;
        // Once more, with the names: those that have none by now are told by their ids.
        Box::pin(self.configurations(machines, deadline)).await
    }

    async fn name_port_groups(&self, ids: &BTreeSet<String>, deadline: Duration) -> Result<(), Error> {
        let groups: Vec<Reference> =
            ids.iter().map(|id| Reference::new("DistributedVirtualPortgroup", id)).collect();
        let name = |object: Object| Some((object.reference.id.clone(), object.text("name")?.to_owned()));
        let named = self.soap.of_objects(&groups, &["name"], name, deadline).await?;
        let mut memory = self.lock();
        for id in ids {
            memory.port_groups.entry(id.clone()).or_insert_with(|| id.clone());
        }
        memory.port_groups.extend(named);
        Ok(())
    }

    /// Names the distributed port groups anew, every so many rounds: no change of a machine tells of another name. Machines on
    /// one that has another name by now are read anew.
    async fn rename_port_groups(&self, deadline: Duration) -> Result<(), Error> {
        let (round, before) = {
            let memory = self.lock();
            (memory.round, memory.port_groups.clone())
        };
        if before.is_empty() || !round.is_multiple_of(self.options.configure_every.max(1)) {
            return Ok(());
        }
        self.name_port_groups(&before.keys().cloned().collect(), deadline).await?;
        let mut memory = self.lock();
        let old: BTreeSet<&str> = before
            .iter()
            .filter(|(id, name)| memory.port_groups.get(*id) != Some(*name))
            .map(|(_, name)| name.as_str())
            .collect();
        let is_on_old = |known: &Known| {
            let nics = known.configuration.iter().flat_map(|configuration| &configuration.nics);
            nics.filter_map(|nic| nic.network.as_deref()).any(|network| old.contains(network))
        };
        let stale: Vec<Reference> = memory
            .known
            .iter()
            .filter(|(_, known)| is_on_old(known))
            .map(|(machine, _)| machine.clone())
            .collect();
        memory.stale.extend(stale);
        Ok(())
    }

    /// The ids of the counters of traffic: received, sent. None where the endpoint has none.
    pub(super) async fn traffic_counters(&self, deadline: Duration) -> Result<Option<(i32, i32)>, Error> {
        if let Some(counters) = self.lock().counters {
            return Ok(Some(counters));
        }
        let all = self.soap.counters(deadline).await?;
        let one = |name: &str| all.get(name).copied();
        let counters = one("net.received.average").zip(one("net.transmitted.average"));
        self.lock().counters = counters;
        Ok(counters)
    }

    /// The machines that were read last.
    pub(super) fn known(&self) -> Vec<(Reference, Known)> {
        self.lock().known.iter().map(|(reference, known)| (reference.clone(), known.clone())).collect()
    }

    /// The machine of an identity, as it is now.
    pub(super) async fn find(&self, uuid: Uuid, deadline: Duration) -> Result<Option<Found>, Error> {
        self.inventory(deadline).await?;
        let memory = self.lock();
        let found = memory.known.iter().find(|(_, known)| known.uuid == uuid);
        Ok(found.map(|(reference, known)| Found { reference: reference.clone(), uuid, power: known.power }))
    }

    /// Whether the last inventory had a machine of a name.
    pub(super) fn has_name(&self, name: &str) -> bool {
        self.lock().known.values().any(|known| known.name == name)
    }

    /// The files that the disks of all machines but one were in.
    pub(super) fn files_beside(&self, machine: &Reference) -> HashSet<String> {
        let memory = self.lock();
        let others = memory.known.iter().filter(|(reference, _)| *reference != machine);
        let configurations = others.filter_map(|(_, known)| known.configuration.as_ref().ok());
        configurations.flat_map(|configuration| configuration.files.iter().cloned()).collect()
    }

    pub(super) fn known_of(&self, machine: &Reference) -> Option<Known> {
        self.lock().known.get(machine).cloned()
    }

    /// Has the next inventory read a machine's configuration.
    pub(super) fn mark_stale(&self, machine: &Reference) {
        self.lock().stale.insert(machine.clone());
    }

    fn lock(&self) -> MutexGuard<'_, Memory> {
        // Nothing panics while it holds the lock, and each change is complete in itself.
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin_round(&self) -> (u64, HashSet<Reference>) {
        let mut memory = self.lock();
        memory.round += 1;
        (memory.round, std::mem::take(&mut memory.stale))
    }

    /// Machines with what they are known by; and those of which that cannot be told.
    fn identified(&self, mut glances: Vec<Glance>) -> (Vec<(Uuid, Glance)>, Vec<Unreadable>) {
        glances.sort_by(|one, other| one.reference.cmp(&other.reference));
        let memory = self.lock();
        let (mut named, mut unidentified, mut taken) = (Vec::new(), Vec::new(), HashSet::new());
        for glance in glances {
            let remembered = || memory.known.get(&glance.reference).map(|known| known.uuid);
            let first = glance.identity(&self.endpoint).or_else(remembered);
            let second = || glance.second_identity(&self.endpoint);
            match first
                .filter(|uuid| !taken.contains(uuid))
                .or_else(second)
                .filter(|uuid| taken.insert(*uuid))
            {
                Some(uuid) => named.push((uuid, glance)),
                None => unidentified.push(Unreadable {
                    reason: format!("machine \"{}\" ({}) shows no id", glance.name, glance.reference),
                }),
            }
        }
        (named, unidentified)
    }

    fn must_read(&self, uuid: Uuid, glance: &Glance, round: u64) -> bool {
        is_due(uuid, round, self.options.configure_every)
            || self.lock().known.get(&glance.reference).is_none_or(|known| {
                known.uuid != uuid || known.version != glance.version || known.configuration.is_err()
            })
    }
}

fn machine(uuid: Uuid, glance: &Glance, configuration: &Result<Arc<Configuration>, String>) -> Machine {
    let shape = configuration.clone().and_then(|configuration| glance.shape(&configuration));
    Machine {
        uuid,
        name: glance.name.clone(),
        incarnation: glance.incarnation.clone(),
        shape: shape.map_err(|reason| Unreadable { reason }),
    }
}

fn remembered(uuid: Uuid, glance: Glance, configuration: Result<Arc<Configuration>, String>) -> Known {
    let Glance { name, version, incarnation, power, .. } = glance;
    Known { uuid, name, power, incarnation, version, configuration }
}

/// The name of the one host of an ESXi host's endpoint.
async fn host_name(soap: &vsphere_soap::Session, deadline: Duration) -> Result<Option<String>, Error> {
    let view = soap.view("HostSystem", deadline).await?;
    let name = |object: Object| object.text("name").map(str::to_owned);
    Ok(soap.of_view(&view, &["name"], name, deadline).await?.into_iter().next())
}
