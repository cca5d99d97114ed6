//! Whether the audit log is what was written: its chains are computed again, and compared with a checkpoint.

use super::{App, Error};
use schemas::time::Instant;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use store::{
    Reader,
    model::{
        event::Event,
        event_chain::{EventChain, EventLink, ORIGIN, PLATFORM, digest, hex, link_hash},
    },
    queries,
};

/// How many events are read at once.
const EVENTS_AT_ONCE: i64 = 1_000;

/// How many things are named before the rest is only counted as there being more.
const MOST_NAMED: usize = 1_000;

/// Where the chains ended at an instant.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkpoint {
    /// When it was taken.
    pub at: Instant,
    /// Every chain that had begun.
    pub chains: Vec<ChainEnd>,
}

/// Where a chain ended.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChainEnd {
    /// The chain: a partner's internal number, 0 for the platform's own events.
    pub chain: i64,
    /// Code of the partner, for whoever reads it.
    pub partner: Option<String>,
    /// How many events it had.
    pub length: i64,
    /// The hash of the last one, in hexadecimal.
    pub hash: String,
}

/// What a verification looked at and found.
#[derive(Clone, Debug, Default)]
pub struct Verified {
    /// Chains.
    pub chains: usize,
    /// Events.
    pub events: i64,
    /// What is not as it was written.
    pub found: Vec<String>,
}

impl Verified {
    fn tell(&mut self, text: String) {
        if self.found.len() < MOST_NAMED {
            self.found.push(text);
        } else if self.found.len() == MOST_NAMED {
            self.found.push("and more".to_owned());
        }
    }
}

/// Where every chain ends now.
///
/// # Errors
/// When the database fails.
pub async fn checkpoint(app: &App) -> Result<Checkpoint, Error> {
    let mut reader = app.store.read().await?;
    let chains = queries::event_chain::all(&mut reader).await?;
    let codes = codes(&mut reader, chains.iter().map(|end| end.chain).collect()).await?;
    let end = |end: EventChain| ChainEnd {
        chain: end.chain,
        partner: codes.get(&end.chain).cloned(),
        length: end.length,
        hash: hex(&end.hash),
    };
    Ok(Checkpoint { at: app.clock.now(), chains: chains.into_iter().map(end).collect() })
}

/// Computes every chain again, in one snapshot. `progress` is told how many events of how many are done.
///
/// # Errors
/// When the database fails.
pub async fn verify(
    app: &App,
    checkpoint: Option<&Checkpoint>,
    mut progress: impl FnMut(i64, i64) + Send,
) -> Result<Verified, Error> {
    let mut reader = app.store.read().await?;
    let ends: BTreeMap<i64, EventChain> =
        queries::event_chain::all(&mut reader).await?.into_iter().map(|end| (end.chain, end)).collect();
    let vouched: BTreeMap<i64, &ChainEnd> =
        checkpoint.iter().flat_map(|checkpoint| &checkpoint.chains).map(|end| (end.chain, end)).collect();
    let mut chains: BTreeSet<i64> = queries::event_chain::linked(&mut reader).await?.into_iter().collect();
    chains.extend(ends.keys().chain(vouched.keys()));
    let codes = codes(&mut reader, chains.iter().copied().collect()).await?;
    let total = ends.values().map(|end| end.length).sum();
    let mut verified = Verified { chains: chains.len(), ..Verified::default() };
    for id in chains {
        let mut chain = Chain::new(id, name(id, &codes), vouched.get(&id).copied());
        loop {
            let links =
                queries::event_chain::links_after(&mut reader, id, chain.length, EVENTS_AT_ONCE).await?;
            if links.is_empty() {
                break;
            }
            for (link, event) in links {
                chain.next(link, event, &mut verified);
            }
            progress(verified.events, total);
        }
        chain.end(ends.get(&id), &mut verified);
    }
    slipped_in(&mut reader, &mut verified).await?;
    Ok(verified)
}

/// Events that nobody gave a place.
async fn slipped_in(reader: &mut Reader, verified: &mut Verified) -> Result<(), Error> {
    let mut after_id = 0;
    loop {
        let events = queries::event_chain::unlinked_after(reader, after_id, EVENTS_AT_ONCE).await?;
        let Some(last) = events.last() else { return Ok(()) };
        after_id = last.id;
        for event in events {
            verified.tell(format!("event {} stands in no chain: it was slipped in", event.id));
        }
    }
}

/// A chain as far as it was computed.
struct Chain<'a> {
    id: i64,
    name: String,
    length: i64,
    hash: Vec<u8>,
    vouched: Option<&'a ChainEnd>,
}

impl<'a> Chain<'a> {
    fn new(id: i64, name: String, vouched: Option<&'a ChainEnd>) -> Self {
        Self { id, name, length: 0, hash: ORIGIN.to_vec(), vouched }
    }

    /// Goes on to the next event. What is wrong with it is told once: those after it are compared with what is stored.
    fn next(&mut self, link: EventLink, event: Option<Event>, verified: &mut Verified) {
        let name = &self.name;
        let expected = self.length + 1;
        verified.events += 1;
        if link.sequence != expected {
            let last = link.sequence - 1;
            verified.tell(format!("{name}: numbers {expected} to {last} were removed"));
        } else if link.previous_hash != self.hash {
            verified.tell(format!(
                "{name}: number {expected} (event {}) does not follow the one that stands before it: events were \
                 moved, or the one before was written anew",
                link.event_id
            ));
        }
        match event {
            None => verified
                .tell(format!("{name}: event {} (number {}) was removed", link.event_id, link.sequence)),
            Some(event) => {
                let (id, said) = event.into_parts();
                let hash = link_hash(&link.previous_hash, self.id, link.sequence, &digest(id, &said));
                if link.hash != hash {
                    verified.tell(format!("{name}: event {id} (number {}) was changed", link.sequence));
                }
            }
        }
        self.length = link.sequence;
        self.hash = link.hash;
        if let Some(vouched) = self.vouched.filter(|vouched| vouched.length == self.length)
            && vouched.hash != hex(&self.hash)
        {
            verified.tell(format!(
                "{name}: number {} is not the one that the checkpoint vouches for: the log up to it was written anew",
                self.length
            ));
        }
    }

    /// Compares the end with what is known of it.
    fn end(&self, end: Option<&EventChain>, verified: &mut Verified) {
        let name = &self.name;
        let (length, hash) = end.map_or((0, ORIGIN.as_slice()), |end| (end.length, end.hash.as_slice()));
        if length > self.length {
            let first = self.length + 1;
            verified.tell(format!("{name}: numbers {first} to {length} were cut off"));
        } else if length != self.length || hash != self.hash {
            verified.tell(format!(
                "{name}: it ends with number {}, and not as it is said to, with number {length}",
                self.length
            ));
        }
        if let Some(vouched) = self.vouched.filter(|vouched| vouched.length > self.length) {
            verified.tell(format!(
                "{name}: it ends with number {}; the checkpoint vouches for {}: its end was cut off",
                self.length, vouched.length
            ));
        }
    }
}

fn name(chain: i64, codes: &BTreeMap<i64, String>) -> String {
    match codes.get(&chain) {
        Some(code) => format!("chain {chain} (partner {code})"),
        None if chain == PLATFORM => format!("chain {chain} (the platform)"),
        None => format!("chain {chain} (a partner that is gone)"),
    }
}

/// The codes of the partners of chains; those that are gone have none.
async fn codes(reader: &mut Reader, chains: Vec<i64>) -> Result<BTreeMap<i64, String>, Error> {
    let partners = queries::partner::get_many(reader, &chains).await?;
    Ok(partners.into_iter().map(|partner| (partner.id, partner.code.to_string())).collect())
}
