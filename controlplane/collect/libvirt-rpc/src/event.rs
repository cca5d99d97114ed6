//! What happens to domains.

use crate::connection::Shared;
use crate::types::Domain;
use crate::xdr::{DecodeError, Decoder};
use std::sync::Arc;
use tokio::sync::broadcast;
use uuid::Uuid;

/// A kind of event that can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Watch {
    /// Starting, stopping, defining.
    Lifecycle,
    /// A change of the memory in use.
    Balloon,
    /// A device is gone.
    DeviceRemoved,
    /// A device is new.
    DeviceAdded,
    /// A change of metadata, title or description.
    Metadata,
}

impl Watch {
    /// The number in `virDomainEventID`.
    pub(crate) fn event_id(self) -> i32 {
        match self {
            Self::Lifecycle => 0,
            Self::Balloon => 13,
            Self::DeviceRemoved => 15,
            Self::DeviceAdded => 19,
            Self::Metadata => 23,
        }
    }
}

/// One event. Many may wait for a slow reader, so the texts that a daemon sends along are not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// The domain.
    pub domain: Uuid,
    /// Whether it had a process then.
    pub is_active: bool,
    /// What happened to it.
    pub kind: EventKind,
}

/// What happened to a domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventKind {
    /// It began, ended or changed its state.
    Lifecycle(Lifecycle),
    /// It has another memory now.
    Balloon,
    /// A device is gone.
    DeviceRemoved,
    /// A device is new.
    DeviceAdded,
    /// Metadata, the title or the description changed.
    Metadata,
}

/// A step in a domain's life; the number is the daemon's detail of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Lifecycle {
    /// Described, or described anew.
    Defined(i32),
    /// No longer described.
    Undefined(i32),
    /// Started.
    Started(i32),
    /// Paused.
    Suspended(i32),
    /// Running again.
    Resumed(i32),
    /// Off; see [`Lifecycle::stopped_by_failure`].
    Stopped(i32),
    /// Shut down from within, and about to be off.
    Shutdown(i32),
    /// Suspended by its own power management.
    PmSuspended(i32),
    /// Crashed.
    Crashed(i32),
    /// A step that this library does not know.
    Other(i32),
}

impl Lifecycle {
    fn new(event: i32, detail: i32) -> Self {
        match event {
            0 => Self::Defined(detail),
            1 => Self::Undefined(detail),
            2 => Self::Started(detail),
            3 => Self::Suspended(detail),
            4 => Self::Resumed(detail),
            5 => Self::Stopped(detail),
            6 => Self::Shutdown(detail),
            7 => Self::PmSuspended(detail),
            8 => Self::Crashed(detail),
            other => Self::Other(other),
        }
    }

    /// Whether the domain went off because it crashed or its emulator died.
    #[must_use]
    pub fn stopped_by_failure(self) -> bool {
        const CRASHED: i32 = 2;
        const FAILED: i32 = 5;
        matches!(self, Self::Stopped(CRASHED | FAILED))
    }
}

impl Event {
    /// Reads the body of an event's packet; none: a kind that nobody here asks for.
    pub(crate) fn decode(procedure: i32, body: &[u8]) -> Result<Option<Self>, DecodeError> {
        const LIFECYCLE: i32 = 318;
        const BALLOON: i32 = 331;
        const DEVICE_REMOVED: i32 = 333;
        const DEVICE_ADDED: i32 = 354;
        const METADATA: i32 = 379;
        if ![LIFECYCLE, BALLOON, DEVICE_REMOVED, DEVICE_ADDED, METADATA].contains(&procedure) {
            return Ok(None);
        }
        let mut decoder = Decoder::new(body);
        let _callback = decoder.i32()?;
        let Domain { uuid: domain, id, .. } = Domain::decode(&mut decoder)?;
        let kind = match procedure {
            LIFECYCLE => EventKind::Lifecycle(Lifecycle::new(decoder.i32()?, decoder.i32()?)),
            BALLOON => decoder.u64().map(|_memory_kib| EventKind::Balloon)?,
            DEVICE_REMOVED => decoder.text().map(|_alias| EventKind::DeviceRemoved)?,
            DEVICE_ADDED => decoder.text().map(|_alias| EventKind::DeviceAdded)?,
            _ => {
                let _which = decoder.i32()?;
                decoder.optional_text().map(|_namespace| EventKind::Metadata)?
            }
        };
        Ok(Some(Self { domain, is_active: id.is_some(), kind }))
    }
}

/// The events of one connection, from the moment they were asked for.
#[derive(Debug)]
pub struct Events {
    pub(crate) receiver: broadcast::Receiver<Event>,
    pub(crate) shared: Arc<Shared>,
}

/// Why there are no more events.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EventsError {
    /// The reader was so slow that events had to be dropped.
    #[error("{0} events were missed by reading them too slowly")]
    Missed(u64),
    /// The connection is over, and why.
    #[error("the connection ended: {0}")]
    Closed(Arc<str>),
}

impl Events {
    /// Waits for the next event. May be dropped while it waits without losing one.
    ///
    /// # Errors
    ///
    /// When events were missed, and when the connection is over and all events before that were given.
    pub async fn next(&mut self) -> Result<Event, EventsError> {
        self.receiver.recv().await.map_err(|error| match error {
            broadcast::error::RecvError::Lagged(count) => EventsError::Missed(count),
            broadcast::error::RecvError::Closed => EventsError::Closed(self.shared.reason()),
        })
    }

    /// The next event that is already here.
    ///
    /// # Errors
    ///
    /// As [`Events::next`].
    pub fn ready(&mut self) -> Result<Option<Event>, EventsError> {
        match self.receiver.try_recv() {
            Ok(event) => Ok(Some(event)),
            Err(broadcast::error::TryRecvError::Empty) => Ok(None),
            Err(broadcast::error::TryRecvError::Lagged(count)) => Err(EventsError::Missed(count)),
            Err(broadcast::error::TryRecvError::Closed) => Err(EventsError::Closed(self.shared.reason())),
        }
    }
}
