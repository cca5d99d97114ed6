//! Whose machines are: what they were assigned to, else what their tags name; and the log of what tags moved, or would
//! have moved.
//!
//! Whoever administers a machine can write its tag. So a tag that moves a bill, and one that contradicts what a machine
//! was assigned to, is told to those whose bill it is.

use super::{
    super::{
        Error, convert,
        recording::{Owned, Ownership},
    },
    shape::Seen,
    state,
};
use billing::observation::Kind;
use collect::{Owner, Snapshot};
use schemas::{resource::machine::MachineProblem, time::Instant};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use store::{
    Tx,
    model::{
        event::NewEvent,
        project::{ProjectOwner, ProjectPath},
        resource::Resource,
    },
    queries,
};
use uuid::Uuid;

/// What the log calls a machine.
const KIND: &str = "machine";

/// What decides whose the machines of an inventory are.
#[derive(Debug, Default)]
pub(super) struct Owners {
    /// The projects that the tags name.
    named: BTreeMap<ProjectPath, ProjectOwner>,
    /// The projects that machines were assigned to.
    assigned: BTreeMap<Uuid, ProjectOwner>,
}

impl Owners {
    /// Of the machines of an inventory.
    pub(super) async fn of(tx: &mut Tx, snapshot: &Snapshot) -> Result<Self, Error> {
        let shapes = snapshot.machines.iter().filter_map(|machine| machine.shape.as_ref().ok());
        let paths = shapes.filter_map(|shape| path(&shape.owner)).collect();
        let machines: Vec<Uuid> = snapshot.machines.iter().map(|machine| machine.uuid).collect();
        let named = queries::project::find_by_paths(tx, &paths).await?;
        Ok(Self { named, assigned: queries::machine_owner::of_machines(tx, &machines).await? })
    }

    /// Whose a machine with this tag is.
    pub(super) fn ownership(&self, machine: Uuid, owner: &Owner) -> Ownership {
        let tag = owner.tag();
        let named = path(owner).and_then(|path| self.named.get(&path)).map(Owned::found);
        if let Some(assigned) = self.assigned.get(&machine).map(Owned::found) {
            let contradicts = tag.is_some() && named != Some(assigned);
            let problem = contradicts.then_some(MachineProblem::OwnerMismatch);
            return Ownership { tag, project: Some(assigned), problem, is_assigned: true };
        }
        let problem = match owner {
            Owner::Tagged { .. } => named.is_none().then_some(MachineProblem::UnknownOwner),
            Owner::Untagged => Some(MachineProblem::Untagged),
            Owner::Malformed(_) => Some(MachineProblem::MalformedOwner),
        };
        Ownership { tag, project: named, problem, is_assigned: false }
    }
}

/// The path of codes that a tag holds.
fn path(owner: &Owner) -> Option<ProjectPath> {
    match owner {
        Owner::Tagged { partner, client, project } => {
            Some(ProjectPath { partner: partner.clone(), client: client.clone(), project: project.clone() })
        }
        Owner::Untagged | Owner::Malformed(_) => None,
    }
}

/// A machine's owner, as the log shows it.
#[derive(Serialize)]
struct Tagged<'a> {
    owner_tag: Option<&'a str>,
}

/// Tells the partners concerned of each machine that its tag made another project's, and of each whose tag begins to
/// contradict what it was assigned to. None is shown another one's tag.
pub(super) async fn tell(
    tx: &mut Tx,
    (seen, known): (&[Seen], &BTreeMap<Uuid, Resource>),
    at: Instant,
) -> Result<(), Error> {
    let mut events = Vec::new();
    for seen in seen.iter().filter(|seen| seen.kind == Kind::Machine) {
        let before = known.get(&seen.uuid);
        let (was, is) = (before.and_then(Owned::known), seen.ownership.project);
        let mismatch = MachineProblem::OwnerMismatch;
        let began = seen.ownership.problem == Some(mismatch)
            && before.and_then(|row| row.problem.as_deref()) != Some(mismatch.as_str());
        let moved = !seen.ownership.is_assigned
            && was.zip(is).is_some_and(|(was, is)| was.project_id != is.project_id);
        let action = match (began, moved) {
            (true, _) => mismatch.as_str(),
            (_, true) => "moved_by_tag",
            _ => continue,
        };
        let [was, is] = [was, is].map(|owned| owned.map(|owned| owned.partner_id));
        let concerned: BTreeSet<i64> = is.into_iter().chain(was.filter(|_| moved)).collect();
        for partner_id in concerned {
            let tagged = |of, tag| (of == Some(partner_id)).then_some(Tagged { owner_tag: tag });
            let old = tagged(was, before.and_then(|row| row.owner.as_deref()));
            let new = tagged(is, seen.ownership.tag.as_deref());
            events.push(NewEvent {
                partner_id: Some(partner_id),
                action: action.to_owned(),
                object_kind: KIND.to_owned(),
                object_id: seen.uuid,
                object_name: seen.name.clone(),
                before: old.as_ref().map(convert::json).transpose()?,
                after: new.as_ref().map(convert::json).transpose()?,
                ..state::event(at)
            });
        }
    }
    if !events.is_empty() {
        queries::event::insert_many(tx, &events).await?;
    }
    Ok(())
}
