//! The hash chains of the audit log, one for each partner and one for the platform's own events: whoever changes,
//! removes or moves an event that was written breaks its chain.

use super::event::NewEvent;
use crate::schema::{event_chain, event_link};
use diesel::{Queryable, Selectable};
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// The chain of the platform's own events; a partner's has the partner's internal id.
pub const PLATFORM: i64 = 0;

/// What the first event of a chain has for its predecessor's hash.
pub const ORIGIN: [u8; 32] = [0; 32];

/// How far a chain is.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = event_chain)]
pub struct EventChain {
    /// Whose it is: a partner's internal id, or [`PLATFORM`].
    pub chain: i64,
    /// How many events it has.
    pub length: i64,
    /// The hash of the last one.
    pub hash: Vec<u8>,
}

/// The place of an event in its chain.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = event_link)]
pub struct EventLink {
    /// The chain.
    pub chain: i64,
    /// The event's number in it, from 1.
    pub sequence: i64,
    /// The event.
    pub event_id: i64,
    /// The hash of the event before it.
    pub previous_hash: Vec<u8>,
    /// Its own.
    pub hash: Vec<u8>,
}

/// An event that is written and has no place in its chain yet.
#[derive(Clone, Debug)]
pub(crate) struct Unlinked {
    pub(crate) chain: i64,
    pub(crate) event_id: i64,
    pub(crate) digest: [u8; 32],
}

impl Unlinked {
    pub(crate) fn of(event_id: i64, event: &NewEvent) -> Self {
        Self { chain: event.partner_id.unwrap_or(PLATFORM), event_id, digest: digest(event_id, event) }
    }
}

/// The hash of everything that an event says: each field in its order, as whether it is there, its length and its bytes,
/// so that no two events are written alike.
pub fn digest(id: i64, event: &NewEvent) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"esu event 1");
    let mut field = |bytes: Option<&[u8]>| match bytes {
        None => hash.update([0]),
        Some(bytes) => {
            hash.update([1]);
            hash.update((bytes.len() as u64).to_be_bytes());
            hash.update(bytes);
        }
    };
    field(Some(&id.to_be_bytes()));
    field(event.partner_id.map(i64::to_be_bytes).as_ref().map(<[u8; 8]>::as_slice));
    field(Some(&event.at.micros().to_be_bytes()));
    field(Some(event.request_id.as_bytes()));
    field(event.account_id.map(i64::to_be_bytes).as_ref().map(<[u8; 8]>::as_slice));
    field(Some(event.actor.as_bytes()));
    field(Some(event.action.as_bytes()));
    field(Some(event.object_kind.as_bytes()));
    field(Some(event.object_id.as_bytes()));
    field(Some(event.object_name.as_bytes()));
    field(event.before.as_ref().map(|json| json.0.as_bytes()));
    field(event.after.as_ref().map(|json| json.0.as_bytes()));
    field(Some(event.client.as_bytes()));
    // It came later: what was written before it has no such field.
    if let Some(impersonator) = &event.impersonator {
        field(Some(impersonator.as_bytes()));
    }
    hash.finalize().into()
}

/// The hash of an event in its place: of its predecessor's hash, its chain, its number and what it says.
pub fn link_hash(previous: &[u8], chain: i64, sequence: i64, digest: &[u8; 32]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"esu link 1");
    hash.update(previous);
    hash.update(chain.to_be_bytes());
    hash.update(sequence.to_be_bytes());
    hash.update(digest);
    hash.finalize().into()
}

/// A hash as people and checkpoints write it.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut hex, byte| {
        // Writing to a string does not fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
