//! What happened while nobody listened, by the endpoint's event log.

use super::{configuration::stated_owner, session::Session};
use crate::{Past, PastKind, Reconfigured};
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;
use vsphere_soap::{Element, Error, Event};

/// What of the log is asked for: a log is mostly of other things, such as logins.
const KINDS: [&str; 12] = [
    "VmPoweredOnEvent",
    "DrsVmPoweredOnEvent",
    "VmRestartedOnAlternateHostEvent",
    "VmResumingEvent",
    "VmPoweredOffEvent",
    "VmSuspendedEvent",
    "VmCreatedEvent",
    "VmClonedEvent",
    "VmDeployedEvent",
    "VmRegisteredEvent",
    "VmRemovedEvent",
    "VmReconfiguredEvent",
];

impl Session {
    /// What happened to machines in the last `length`; none where the log does not reach back so far.
    pub(super) async fn history(
        &self,
        length: Duration,
        deadline: Duration,
    ) -> Result<Option<Vec<Past>>, Error> {
        let now = self.soap.time(deadline).await?;
        let Ok(since) = SignedDuration::try_from(length)
            .map_err(|_| ())
            .and_then(|length| now.checked_sub(length).map_err(|_| ()))
        else {
            return Ok(None);
        };
        let history = self.soap.history(since, &KINDS, deadline).await?;
        Ok(history.map(|events| events.iter().filter_map(|event| self.past(event, now)).collect()))
    }

    fn past(&self, event: &Event, now: Timestamp) -> Option<Past> {
        let kind = kind(&event.kind, event.specification.as_ref())?;
        let known = self.known_of(&event.machine);
        let ago = now.duration_since(event.at);
        Some(Past {
            ago: Duration::try_from(ago).unwrap_or_default(),
            machine: known.map(|known| known.uuid),
            name: event.name.clone(),
            kind,
        })
    }
}

/// What an entry of the log says; none of one that says nothing that counts.
fn kind(kind: &str, specification: Option<&Element>) -> Option<PastKind> {
    Some(match kind {
        "VmPoweredOnEvent"
        | "DrsVmPoweredOnEvent"
        | "VmRestartedOnAlternateHostEvent"
        | "VmResumingEvent" => PastKind::Started,
        "VmPoweredOffEvent" => PastKind::Stopped,
        "VmSuspendedEvent" => PastKind::Paused,
        "VmCreatedEvent" | "VmClonedEvent" | "VmDeployedEvent" | "VmRegisteredEvent" => PastKind::Created,
        "VmRemovedEvent" => PastKind::Removed,
        "VmReconfiguredEvent" => PastKind::Reconfigured(reconfigured(specification)),
        _ => return None,
    })
}

/// What a machine was told to become. Without the specification everything may have changed.
fn reconfigured(specification: Option<&Element>) -> Reconfigured {
    let Some(specification) = specification else {
        return Reconfigured { is_partial: true, ..Reconfigured::default() };
    };
    let number =
        |name: &str| specification.text_of(name).and_then(|text| text.parse::<u64>().ok()).filter(|n| *n > 0);
    Reconfigured {
        vcpu: number("numCPUs").and_then(|vcpu| u32::try_from(vcpu).ok()),
        memory_mib: number("memoryMB"),
        owner: stated_owner(specification.all("extraConfig")),
        is_partial: specification.text_of("guestId").is_some_and(|id| !id.is_empty()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_asked_for_is_understood() {
        assert!(KINDS.iter().all(|asked| kind(asked, None).is_some()));
        assert_eq!(kind("UserLoginSessionEvent", None), None);
    }
}
