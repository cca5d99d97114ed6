//! One machine of an inventory.

use super::description::Description;
use super::session::{Session, inside, is_due};
use crate::{Incarnation, Machine, Power, Shape, Unreadable};
use libvirt_rpc::{Domain, DomainInfo, DomainState, Error};
use std::sync::Arc;
use std::time::Duration;

/// Reads one machine; None if it is gone since it was listed.
pub(super) async fn machine(
    session: &Session,
    mut domain: Domain,
    round: u64,
    deadline: Duration,
) -> Result<Option<Machine>, Error> {
    let shape = match info(session, &mut domain, deadline).await? {
        None => return Ok(None),
        Some(Err(reason)) => Err(reason),
        Some(Ok(info)) => {
            let anew = is_due(domain.uuid, round, session.options.describe_every);
            match session.description(&domain, anew, deadline).await? {
                None => return Ok(None),
                Some(Err(reason)) => Err(reason),
                Some(Ok(description)) => Ok(shape(session, &domain, info, &description, round).await),
            }
        }
    };
    Ok(Some(Machine {
        uuid: domain.uuid,
        name: domain.name,
        incarnation: domain.id.map(incarnation),
        shape: shape.map_err(|reason| Unreadable { reason }),
    }))
}

/// The run's number. It goes on where it was when a daemon restarts under running machines.
pub(super) fn incarnation(id: u32) -> Incarnation {
    Incarnation(id.to_string())
}

/// The info of a running domain. One that stopped since it was listed loses its id here.
async fn info(
    session: &Session,
    domain: &mut Domain,
    deadline: Duration,
) -> Result<Option<Result<Option<DomainInfo>, String>>, Error> {
    if domain.id.is_none() {
        return Ok(Some(Ok(None)));
    }
    match session.connection.domain_info(domain, deadline).await {
        Ok(info) if info.state == DomainState::ShutOff => {
            domain.id = None;
            Ok(Some(Ok(None)))
        }
        Ok(info) => Ok(Some(Ok(Some(info)))),
        Err(error) => inside(error),
    }
}

async fn shape(
    session: &Session,
    domain: &Domain,
    info: Option<DomainInfo>,
    description: &Arc<Description>,
    round: u64,
) -> Shape {
    let memory_kib = info.map_or(description.memory_kib, |info| info.memory_kib);
    Shape {
        power: info.map_or(Power::Off, |info| power(info.state)),
        vcpu: info.map_or(description.vcpu, |info| info.vcpu),
        memory_mib: memory_kib.div_ceil(1024),
        disks: session
            .disks
            .sized(domain, description, is_due(domain.uuid, round, session.options.size_disks_every))
            .await,
        nics: description.nics.clone(),
        owner: description.owner.clone(),
        guest_os: description.guest_os.clone(),
        cpu_time_ns: info.map(|info| info.cpu_time_ns),
    }
}

/// The power of a domain with an id: it has a process, whatever it does.
fn power(state: DomainState) -> Power {
    match state {
        DomainState::Running | DomainState::Blocked | DomainState::ShuttingDown => Power::On,
        DomainState::Paused | DomainState::Suspended | DomainState::Crashed => Power::Paused,
        DomainState::ShutOff => Power::Off,
        DomainState::NoState | DomainState::Other(_) => Power::Unknown,
    }
}
