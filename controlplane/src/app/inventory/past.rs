//! What happened while nobody listened, as far as the hypervisor's own log tells (P7).
//!
//! A log is believed of a machine where it leads from what was known before to what was found after. Then each step is
//! recorded at its instant, from both sides: that it was still so, and that it was otherwise from then on. So the time
//! between is as known as any, the silence itself stays recorded, and nothing that was recorded is changed. Where the log
//! does not lead there, nothing of it is recorded, and what follows from the silence alone holds.

use super::{
    super::recording::{Ownership, Recorded, kind_text},
    shape::Seen,
};
use billing::observation::{Fact, Kind, Power, Shape, Thing};
use collect::{Past, PastKind, Reconfigured};
use schemas::time::Instant;
use std::collections::{BTreeMap, BTreeSet};
use store::model::resource::Resource;
use uuid::Uuid;

/// What a hypervisor told of the past, and when it was asked.
#[derive(Clone, Debug)]
pub(super) struct Recalled {
    pub asked_at: Instant,
    pub past: Vec<Past>,
}

/// What is recorded of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Told {
    /// The facts, in order for each machine.
    pub facts: Vec<Recorded>,
    /// The machines of which all is told by them.
    pub settled: BTreeSet<Uuid>,
    /// Those of them that are gone, with the instant.
    pub gone: BTreeMap<Uuid, Instant>,
}

/// What follows from the past, for each machine by itself, since a silence began.
pub(super) fn told(
    recalled: &Recalled,
    silent_since: Instant,
    known: &BTreeMap<Uuid, Resource>,
    seen: &[Seen],
) -> Told {
    let machine = kind_text(Kind::Machine);
    let found: BTreeMap<Uuid, &Seen> =
        seen.iter().filter(|seen| seen.kind == Kind::Machine).map(|seen| (seen.uuid, seen)).collect();
    let missing: Vec<&Resource> =
        known.values().filter(|row| row.kind == machine && !found.contains_key(&row.uuid)).collect();
    let mut steps: BTreeMap<Uuid, Vec<(Instant, &PastKind)>> = BTreeMap::new();
    for past in &recalled.past {
        let ago = i64::try_from(past.ago.as_micros()).unwrap_or(i64::MAX);
        let at = Instant::from_micros(recalled.asked_at.micros().saturating_sub(ago));
        let of = past.machine.or_else(|| the_one_called(&missing, &past.name));
        // What was taken since is not told again, while the silence lasts because something is missing.
        let seen_at = of.and_then(|of| known.get(&of)).map_or(silent_since, |row| row.last_seen_at);
        if let Some(of) = of.filter(|_| at > silent_since.max(seen_at)) {
            steps.entry(of).or_default().push((at, &past.kind));
        }
    }
    let mut told = Told::default();
    for (uuid, steps) in steps {
        let replay = Replay::new(uuid, known.get(&uuid), found.get(&uuid).copied());
        if let Some(facts) = replay.and_then(|replay| replay.run(&steps)) {
            let last = facts.last().filter(|last| last.fact == Fact::Gone);
            told.gone.extend(last.map(|last| (uuid, last.observed_at)));
            told.facts.extend(facts);
            told.settled.insert(uuid);
        }
    }
    told
}

/// The machine that had a name, where one alone of those that are missing had it: a log names what is gone, and its id
/// is not told any more.
fn the_one_called(missing: &[&Resource], name: &str) -> Option<Uuid> {
    let mut called = missing.iter().filter(|row| row.name == name);
    called.next().filter(|_| called.next().is_none()).map(|row| row.uuid)
}

/// One machine, from what was known of it to what was found.
struct Replay<'a> {
    uuid: Uuid,
    /// What it is, at the step that is under way.
    now: Option<Shape>,
    ownership: Ownership,
    name: String,
    found: Option<&'a Seen>,
    facts: Vec<Recorded>,
}

impl<'a> Replay<'a> {
    fn new(uuid: Uuid, known: Option<&Resource>, found: Option<&'a Seen>) -> Option<Self> {
        let now = known.and_then(|row| row.fact.read().ok()).and_then(|fact| match fact {
            Fact::Present(shape) => Some(shape),
            Fact::Gone => None,
        });
        let ownership = match (known, found) {
            (Some(row), _) => Ownership::known(row),
            (None, Some(seen)) => seen.ownership.clone(),
            (None, None) => return None,
        };
        let name = found.map(|seen| seen.name.clone()).or_else(|| known.map(|row| row.name.clone()))?;
        Some(Self { uuid, now, ownership, name, found, facts: Vec::new() })
    }

    /// The facts of all steps; none where they do not lead to what was found.
    fn run(mut self, steps: &[(Instant, &PastKind)]) -> Option<Vec<Recorded>> {
        for (at, kind) in steps {
            let next = match (kind, self.now.clone()) {
                (PastKind::Created, None) => Some(self.created(steps)?),
                (PastKind::Created, Some(now)) => Some(now),
                (PastKind::Removed, _) => None,
                (PastKind::Started, Some(now)) => Some(Shape { power: Power::Running, ..now }),
                (PastKind::Stopped, Some(now)) => Some(Shape { power: Power::Off, ..now }),
                (PastKind::Paused, Some(now)) => Some(Shape { power: Power::Paused, ..now }),
                (PastKind::Reconfigured(to), Some(now)) => Some(self.reconfigured(&now, to)?),
                (_, None) => return None,
            };
            self.step(*at, next);
        }
        let found = self.found.map(|seen| &seen.fact);
        let leads_there = match (&self.now, found) {
            (Some(now), Some(Fact::Present(found))) => now == found,
            (None, None | Some(Fact::Gone)) => true,
            _ => false,
        };
        (leads_there && !self.facts.is_empty()).then_some(self.facts)
    }

    /// What it was until an instant, and what it was from then on.
    fn step(&mut self, at: Instant, next: Option<Shape>) {
        if self.now == next {
            return;
        }
        let before = self.now.take().map(Fact::Present);
        let after = next.clone().map_or(Fact::Gone, Fact::Present);
        for fact in before.into_iter().chain([after]) {
            self.facts.push(Recorded {
                sequence: 0,
                observed_at: at,
                uuid: self.uuid,
                kind: (fact != Fact::Gone).then_some(Kind::Machine),
                name: self.name.clone(),
                ownership: self.ownership.clone(),
                fact,
            });
        }
        self.now = next;
    }

    /// What a machine was made as, which is told only by what was found, and so only of one that nobody changed since.
    fn created(&self, steps: &[(Instant, &PastKind)]) -> Option<Shape> {
        let is_changed =
            steps.iter().any(|(_, kind)| matches!(kind, PastKind::Reconfigured(_) | PastKind::Removed));
        match &self.found?.fact {
            Fact::Present(found) if !is_changed => Some(Shape { power: Power::Off, ..found.clone() }),
            _ => None,
        }
    }

    fn reconfigured(&mut self, now: &Shape, to: &Reconfigured) -> Option<Shape> {
        let Thing::Machine { platform, cpu_class_3_2, vcpu, ram_mib, windows } = now.thing else {
            return None;
        };
        if to.is_partial {
            return None;
        }
        let mut contract = now.contract;
        if let Some(owner) = &to.owner {
            // Whose it was in between is told by a tag that is looked up for those that were found alone.
            let found = self.found?;
            if owner.tag() != found.ownership.tag {
                return None;
            }
            // What it was assigned to since counts from the inventory that finds it.
            if !found.ownership.is_assigned {
                self.ownership = found.ownership.clone();
                contract = self.ownership.project.map(|owned| owned.contract_id);
            }
        }
        let thing = Thing::Machine {
            platform,
            cpu_class_3_2,
            vcpu: to.vcpu.unwrap_or(vcpu),
            ram_mib: to.memory_mib.unwrap_or(ram_mib),
            windows,
        };
        Some(Shape { thing, contract, power: now.power })
    }
}
