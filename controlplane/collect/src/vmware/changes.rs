//! Updates as hints.

use super::session::Session;
use crate::{Change, ChangeKind, Changes, Owner};
use futures::{StreamExt, stream};
use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};
use uuid::Uuid;
use vsphere_soap::{Error, Object, Reference, Update, UpdateKind, Watch};

/// What is watched. A change of what is within `config.hardware` is told as one of it.
const PATHS: [&str; 7] = [
    "name",
    "runtime.powerState",
    "runtime.connectionState",
    "runtime.host",
    "config.instanceUuid",
    "config.hardware",
    "config.extraConfig",
];

/// How long a question for updates is held by the other side.
const HELD: Duration = Duration::from_secs(15);

/// How long it may take to look at machines that changed.
const LOOK: Duration = Duration::from_secs(15);

/// A machine as updates show it.
#[derive(Debug, Clone, Default)]
struct Watched {
    uuid: Option<Uuid>,
    power: Option<String>,
    owner: Option<Owner>,
}

struct Follower {
    session: Arc<Session>,
    watch: Watch,
    machines: HashMap<Reference, Watched>,
}

/// The stream of hints of one session; all that is there when this answers is known and gives no hint.
pub(super) async fn stream(session: Arc<Session>, deadline: Duration) -> Result<Changes, Error> {
    let watch = session.soap.watch(&session.view, &PATHS, deadline).await?;
    let mut follower = Follower { session, watch, machines: HashMap::new() };
    let first = follower.session.soap.updates(&mut follower.watch, Duration::ZERO).await?;
    for update in &first.updates {
        follower.note(update);
    }
    let state = Some((follower, VecDeque::new()));
    let hints = stream::unfold(state, |state| async move {
        let (mut follower, mut ready): (Follower, VecDeque<Change>) = state?;
        loop {
            if let Some(change) = ready.pop_front() {
                return Some((change, Some((follower, ready))));
            }
            match follower.next().await {
                Ok(changes) => ready.extend(changes),
                Err(reason) => {
                    let epoch = follower.session.epoch;
                    return Some((Change { epoch, at: None, kind: ChangeKind::Gap(reason) }, None));
                }
            }
        }
    });
    Ok(hints.boxed())
}

impl Follower {
    /// The next hints, or why there are none any more.
    async fn next(&mut self) -> Result<Vec<Change>, String> {
        let updates =
            self.session.soap.updates(&mut self.watch, HELD).await.map_err(|error| error.to_string())?;
        if updates.is_restart {
            return Err("the endpoint does not know any more what it told".to_owned());
        }
        let mut kinds = Vec::new();
        let mut configured: BTreeMap<Reference, Uuid> = BTreeMap::new();
        for update in &updates.updates {
            let before = self.machines.get(&update.object).cloned();
            self.note(update);
            self.session.mark_stale(&update.object);
            if update.kind == UpdateKind::Leave {
                kinds.extend(self.left(&update.object, before).await.map_err(|error| error.to_string())?);
                continue;
            }
            let now = self.machines.get(&update.object).cloned().unwrap_or_default();
            let Some(uuid) = now.uuid else { continue };
            let before = before.unwrap_or_default();
            kinds.extend((before.uuid != now.uuid).then_some(ChangeKind::Defined(uuid)));
            kinds.extend(power_change(uuid, before.power.as_deref(), now.power.as_deref()));
            let is_known = update.kind == UpdateKind::Modify;
            if is_known
                && ["config.hardware", "config.extraConfig"]
                    .iter()
                    .any(|path| update.values.contains_key(*path))
            {
                configured.insert(update.object.clone(), uuid);
            } else if is_known && before.power == now.power {
                kinds.push(ChangeKind::Defined(uuid));
            }
        }
        kinds.extend(self.reconfigured(&configured).await.map_err(|error| error.to_string())?);
        let epoch = self.session.epoch;
        Ok(kinds.into_iter().map(|kind| Change { epoch, at: None, kind }).collect())
    }

    fn note(&mut self, update: &Update) {
        if update.kind == UpdateKind::Leave {
            self.machines.remove(&update.object);
            return;
        }
        let watched = self.machines.entry(update.object.clone()).or_default();
        let text =
            |path: &str| update.values.get(path).map(|value| value.as_ref().map(|value| value.text.clone()));
        if let Some(uuid) = text("config.instanceUuid") {
            watched.uuid = uuid.and_then(|uuid| uuid.parse().ok());
        }
        if let Some(power) = text("runtime.powerState") {
            watched.power = power;
        }
        if let Some(known) = self.session.known_of(&update.object) {
            // A copy says the identity of its original; inventories tell them apart.
            watched.uuid = Some(known.uuid);
            watched.owner = watched.owner.take().or_else(|| known.owner());
        }
    }

    /// A machine that is in the view no more is gone, unless it is there all the same.
    async fn left(&self, machine: &Reference, before: Option<Watched>) -> Result<Vec<ChangeKind>, Error> {
        let before = before.unwrap_or_default();
        let Some(uuid) = before.uuid else { return Ok(Vec::new()) };
        // Of machines that say one identity and were not told apart yet, an inventory says which is gone.
        if self.machines.values().any(|other| other.uuid == Some(uuid)) {
            return Ok(vec![ChangeKind::Defined(uuid)]);
        }
        let there = |object: Object| Some(object.reference);
        let found =
            self.session.soap.of_objects(std::slice::from_ref(machine), &["name"], there, LOOK).await?;
        if !found.is_empty() {
            return Ok(vec![ChangeKind::Defined(uuid)]);
        }
        let ran = before.power.as_deref() != Some("poweredOff");
        let stopped = ran.then_some(ChangeKind::Stopped(uuid));
        Ok(stopped.into_iter().chain([ChangeKind::Removed(uuid)]).collect())
    }

    /// What changed in configurations: the owner, or else something that has a size.
    async fn reconfigured(&mut self, machines: &BTreeMap<Reference, Uuid>) -> Result<Vec<ChangeKind>, Error> {
        let read = self.session.configurations(machines, LOOK).await?;
        let mut kinds = Vec::new();
        for (machine, uuid) in machines {
            let Some(configuration) = read.get(machine) else { continue };
            let now = configuration.as_ref().ok().map(|configuration| configuration.owner.clone());
            let watched = self.machines.entry(machine.clone()).or_default();
            let is_others = watched.owner.is_some() && now.is_some() && watched.owner != now;
            watched.owner = now.or_else(|| watched.owner.take());
            kinds.push(if is_others { ChangeKind::OwnerChanged(*uuid) } else { ChangeKind::Resized(*uuid) });
        }
        Ok(kinds)
    }
}

fn power_change(uuid: Uuid, before: Option<&str>, now: Option<&str>) -> Option<ChangeKind> {
    match (before, now) {
        (before, now) if before == now => None,
        (Some("suspended"), Some("poweredOn")) => Some(ChangeKind::Resumed(uuid)),
        (_, Some("poweredOn")) => Some(ChangeKind::Started(uuid)),
        (_, Some("suspended")) => Some(ChangeKind::Paused(uuid)),
        (Some(_), Some("poweredOff")) => Some(ChangeKind::Stopped(uuid)),
        _ => None,
    }
}
