//! What happened, by the endpoint's own log.

use crate::{
    body::Body,
    error::Error,
    reference::Reference,
    session::{Session, Total, number, timestamp},
    xml::{Element, Malformed},
};
use jiff::Timestamp;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// Events of one answer at most, which is what endpoints give at most.
const PAGE: usize = 1000;

/// Answers that are asked for at most: a hundred thousand events.
const PAGES: usize = 100;

/// Bytes of all answers together.
const BYTES: usize = 64 << 20;

/// What entries are asked for by.
const CALL: &str = "QueryEvents";

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

/// An entry of the log as it is told.
type Entry<'a> = (i64, Timestamp, &'a Element);

impl Session {
    /// What happened to machines since a time, by the endpoint's clock, in order; only what is of these kinds. None where the
    /// endpoint keeps no log, one that does not reach back so far, or one of more than is read.
    ///
    /// # Errors
    /// When it does not tell in time.
    pub async fn history(
        &self,
        since: Timestamp,
        kinds: &[&str],
        deadline: Duration,
    ) -> Result<Option<Vec<Event>>, Error> {
        match self.log(since, kinds, deadline).await {
            // However often it is asked for, it is no shorter.
            Err(Error::Malformed { source: Malformed::TooMuch { .. }, .. }) => Ok(None),
            other => other,
        }
    }

    /// The same, where a log of more than is read is an error.
    async fn log(
        &self,
        since: Timestamp,
        kinds: &[&str],
        deadline: Duration,
    ) -> Result<Option<Vec<Event>>, Error> {
        // Of those kinds there may be none for a long time: whether the log reaches back, an entry of any kind tells.
        let mut total = Total::up_to(BYTES);
        let before = Body::default().group("time", Body::default().time("endTime", since));
        let Some(before) = self.entries(before.value("maxCount", 1), &mut total, deadline).await? else {
            return Ok(None);
        };
        let before = self.read(CALL, || entries(&before))?;
        if before.is_empty() {
            return Ok(None);
        }
        // One that heeds no times tells it with the entries themselves.
        let mut is_complete = before.iter().any(|(_, at, _)| *at <= since);
        let (mut seen, mut found) = (BTreeSet::new(), BTreeMap::new());
        let mut until: Option<Timestamp> = None;
        for _ in 0..PAGES {
            let Some(page) = self.entries(filter(since, until, kinds), &mut total, deadline).await? else {
                return Ok(None);
            };
            let entries = self.read(CALL, || entries(&page))?;
            let mut has_new = false;
            for &(key, at, element) in &entries {
                has_new |= seen.insert(key);
                is_complete |= at < since;
                if at >= since
                    && let Some(event) = self.read(CALL, || event(key, at, element))?
                {
                    found.insert(key, event);
                }
            }
            let oldest = entries.iter().map(|(_, at, _)| *at).min();
            if !has_new || oldest.is_none_or(|oldest| oldest < since) {
                // Of more at one instant than an answer holds, what was before it is not told.
                is_complete &= has_new || entries.len() < PAGE;
                return Ok(is_complete.then(|| found.into_values().collect()));
            }
            until = oldest;
        }
        self.read(CALL, || Err(Malformed::TooMuch { what: "answers to one question", limit: PAGES }))
    }

    /// An answer of the log; none where there is no log.
    async fn entries(
        &self,
        filter: Body,
        total: &mut Total,
        deadline: Duration,
    ) -> Result<Option<Element>, Error> {
        let body = Body::to(self.object("eventManager")?).group("filter", filter);
        match self.call_part(CALL, body, total, deadline).await {
            Err(error) if matches!(error.fault(), Some("NotImplemented" | "NotSupported")) => Ok(None),
            other => other.map(Some),
        }
    }
}

/// What is asked for: the latest entries of these kinds between two times, without the sentences for people.
fn filter(since: Timestamp, until: Option<Timestamp>, kinds: &[&str]) -> Body {
    let time = Body::default().time("beginTime", since);
    let time = match until {
        Some(until) => time.time("endTime", until),
        None => time,
    };
    let body = Body::default().group("time", time).value("disableFullMessage", true);
    body.values("eventTypeId", kinds).value("maxCount", PAGE)
}

/// The entries of an answer: number, time, and the whole.
fn entries(answer: &Element) -> Result<Vec<Entry<'_>>, Malformed> {
    answer.all("returnval").map(entry).collect()
}

fn entry(element: &Element) -> Result<Entry<'_>, Malformed> {
    Ok((number(element.needed("key")?)?, timestamp(element.needed("createdTime")?)?, element))
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
