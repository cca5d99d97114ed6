//! What happened, by the endpoint's own log.

use crate::{
    body::Body,
    error::Error,
    reference::Reference,
    session::{Session, number, timestamp},
    xml::{Element, Malformed},
};
use jiff::Timestamp;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// Events of one answer at most, which is what endpoints give at most.
const PAGE: usize = 1000;

/// Answers that are asked for at most: a million events.
const PAGES: usize = 1000;

/// An entry of the log that is about a machine.
#[derive(Clone, Debug)]
pub struct Event {
    /// Its number; later ones have higher ones.
    pub key: i64,
    /// Its type, such as `VmPoweredOffEvent`.
    pub kind: String,
    /// When, by the endpoint's clock.
    pub at: Timestamp,
    /// The machine.
    pub machine: Reference,
    /// Its name then.
    pub name: String,
    /// What a machine was told to become, of a `VmReconfiguredEvent`.
    pub specification: Option<Element>,
}

/// A part of the log.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// What happened, in order.
    pub events: Vec<Event>,
    /// Whether the log reaches back to the time that was asked for: else what happened first is missing.
    pub is_complete: bool,
}

impl Session {
    /// What happened to machines since a time, by the endpoint's clock. None where the endpoint keeps no log.
    ///
    /// # Errors
    /// When it does not tell in time.
    pub async fn history(&self, since: Timestamp, deadline: Duration) -> Result<Option<History>, Error> {
        const CALL: &str = "QueryEvents";
        let manager = self.object("eventManager")?;
        let (mut seen, mut found) = (BTreeSet::new(), BTreeMap::new());
        let mut until: Option<Timestamp> = None;
        let mut is_complete = false;
        for _ in 0..PAGES {
            let mut filter = Body::default();
            if let Some(until) = until {
                filter = filter.group("time", Body::default().time("endTime", until));
            }
            let body = Body::to(manager).group("filter", filter.value("maxCount", PAGE));
            let answer = match self.call(CALL, body, deadline).await {
                Err(error) if matches!(error.fault(), Some("NotImplemented" | "NotSupported")) => {
                    return Ok(None);
                }
                other => other?,
            };
            let mut oldest: Option<Timestamp> = None;
            let mut has_new = false;
            for element in answer.all("returnval") {
                let (key, at) = self.read(CALL, || {
                    Ok((number::<i64>(element.needed("key")?)?, timestamp(element.needed("createdTime")?)?))
                })?;
                has_new |= seen.insert(key);
                oldest = Some(oldest.map_or(at, |oldest| oldest.min(at)));
                if at >= since
                    && let Some(event) = self.read(CALL, || event(key, at, element))?
                {
                    found.insert(key, event);
                }
            }
            is_complete = oldest.is_some_and(|oldest| oldest < since);
            if is_complete || !has_new {
                break;
            }
            until = oldest;
        }
        Ok(Some(History { events: found.into_values().collect(), is_complete }))
    }
}

/// An event; none of one that is about no machine.
pub(crate) fn event(key: i64, at: Timestamp, element: &Element) -> Result<Option<Event>, Malformed> {
    let Some(argument) = element.child("vm") else { return Ok(None) };
    let Some(machine) = argument.child("vm") else { return Ok(None) };
    let name = argument.text_of("name").unwrap_or_default().to_owned();
    let kind = element.kind.as_deref().unwrap_or_default().to_owned();
    let machine = Reference::read(machine)?;
    Ok(Some(Event { key, kind, at, machine, name, specification: element.child("configSpec").cloned() }))
}
