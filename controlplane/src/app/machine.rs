//! Machines, as the collectors see them.

use super::{Error, Operation, audit::Change, convert, hypervisor, list, recording::kind_text};
use billing::observation::{Fact, Kind, Power, Shape, Thing};
use schemas::{
    endpoint::{InParent, NoQuery, Page, machine::MachineQuery},
    error::Alias,
    id::MachineId,
    resource::{
        Ref,
        machine::{MachineAssignment, MachinePower, MachineView},
    },
};
use std::collections::{BTreeMap, BTreeSet};
use store::{
    StoreError, Visible,
    model::{
        machine_owner::MachineOwner,
        project::{Project, ProjectOwner},
        resource::{Resource, ResourceFilter, ResourceSort},
    },
    queries,
};
use uuid::Uuid;

/// The noun.
const KIND: &str = "machine";

/// Lists the machines that the caller sees. Those without an owner are the platform's to see.
///
/// # Errors
/// When the query asks for what lists do not have.
pub async fn list(op: &mut Operation, query: MachineQuery) -> Result<Page<MachineView>, Error> {
    let fields = [
        ("name", ResourceSort::Name),
        ("first_seen_at", ResourceSort::FirstSeen),
        ("last_seen_at", ResourceSort::LastSeen),
    ];
    let hypervisor_id = match &query.hypervisor {
        Some(id) => Some(op.hypervisor(id).await?.id),
        None => None,
    };
    let partner_id = op.partner_named(query.partner.as_deref()).await?.map(|partner| partner.id);
    let project_id = match &query.project {
        Some(id) => {
            let parent = InParent { partner: query.partner.clone(), client: None };
            Some(op.project(id, &parent).await?.id)
        }
        None => None,
    };
    let filter = ResourceFilter {
        partner_id,
        project_id,
        hypervisor_id,
        owned: query.owned,
        live: query.live,
        problem: query.problem.map(|problem| problem.as_str().to_owned()),
        kind: Some(kind_text(Kind::Machine).to_owned()),
        ..ResourceFilter::default()
    };
    let wanted = list::wanted(query.part(), &fields, (ResourceSort::Name, false), filter)?;
    let visible = op.visible();
    let listed = queries::resource::list(op.conn(), &visible, &wanted).await?;
    let refs = Refs::load(op, &listed.rows).await?;
    let views = listed.rows.iter().map(|row| refs.view(row)).collect::<Result<_, Error>>()?;
    list::answer(&listed, views, &wanted, |row| row.id)
}

/// Reads one machine.
///
/// # Errors
/// When it does not exist for the caller.
pub async fn read(op: &mut Operation, id: &str, _: &NoQuery) -> Result<MachineView, Error> {
    let row = find(op, id).await?;
    view(op, &row).await
}

/// Assigns a machine to a project, whatever its tag says. The next inventory makes it so.
///
/// # Errors
/// When the machine or the project does not exist for the caller.
pub async fn assign(op: &mut Operation, id: &str, to: MachineAssignment) -> Result<MachineView, Error> {
    let row = find(op, id).await?;
    let missing = || Error::field("project", format!("there is no project \"{}\"", to.project.0));
    let project = match op.project(&to.project.0.to_string(), &InParent::default()).await {
        Err(Error::NotFound) => return Err(missing()),
        found => found?,
    };
    let before = view(op, &row).await?;
    let was = queries::machine_owner::of_machines(op.conn(), &[row.uuid]).await?.remove(&row.uuid);
    let Project { partner_id, id: project_id, .. } = project;
    let owner = MachineOwner { machine: row.uuid, partner_id, project_id, assigned_at: op.now };
    match queries::machine_owner::set(op.tx()?, &owner).await {
        Err(StoreError::ForeignKey { .. }) => return Err(missing()),
        set => set?,
    }
    let after = view(op, &row).await?;
    let was = was.map(|owner| owner.partner_id);
    audit(op, "assign", &row, (was, &before), (Some(partner_id), &after)).await?;
    Ok(after)
}

/// Has a machine follow its tag again. The next inventory makes it so.
///
/// # Errors
/// When the machine does not exist for the caller, or was not assigned.
pub async fn release(op: &mut Operation, id: &str) -> Result<(), Error> {
    let row = find(op, id).await?;
    let before = view(op, &row).await?;
    let was = queries::machine_owner::of_machines(op.conn(), &[row.uuid]).await?.remove(&row.uuid);
    if !queries::machine_owner::delete(op.tx()?, row.uuid).await? {
        return Err(Error::NotFound);
    }
    let after = view(op, &row).await?;
    audit(op, "release", &row, (was.map(|owner| owner.partner_id), &before), (None, &after)).await
}

/// That no machine that is there is assigned to some projects of a partner, which are to go.
///
/// # Errors
/// When there is one: to be of nobody's, or of whom its tag names, is not for these to decide.
pub(super) async fn none_assigned(
    op: &mut Operation,
    partner_id: i64,
    project_ids: &[i64],
) -> Result<(), Error> {
    let assigned = queries::machine_owner::count_live(op.conn(), partner_id, project_ids).await?;
    if assigned == 0 {
        return Ok(());
    }
    let text = format!("{assigned} machine(s) are assigned to it; assign them to another project first.");
    Err(Error::conflict(Alias::HasDependents, text))
}

/// Tells each partner concerned of an assignment, what it may see of it: of whom the machine is, or was assigned to
/// before or now, which are told by the partner's internal id.
async fn audit(
    op: &mut Operation,
    action: &'static str,
    row: &Resource,
    (was, before): (Option<i64>, &MachineView),
    (is, after): (Option<i64>, &MachineView),
) -> Result<(), Error> {
    let concerned: BTreeSet<i64> = [row.partner_id, was, is].into_iter().flatten().collect();
    for partner_id in concerned {
        let shown = |view: &MachineView, assigned: Option<i64>| {
            let mut view = view.clone();
            if row.partner_id.is_some_and(|owner| owner != partner_id) {
                (view.project, view.owner_tag) = (None, None);
            }
            view.assigned = view.assigned.filter(|_| assigned == Some(partner_id));
            view
        };
        let (before, after) = (shown(before, was), shown(after, is));
        let (partner_id, id, name) = (Some(partner_id), row.uuid, row.name.as_str());
        let change = Change { partner_id, kind: KIND, id, name, before: Some(&before), after: Some(&after) };
        op.audit_as(action, change).await?;
    }
    Ok(())
}

/// The machine of this id.
async fn find(op: &mut Operation, id: &str) -> Result<Resource, Error> {
    let visible = op.visible();
    let id = Uuid::parse_str(id).map_err(|_| Error::NotFound)?;
    let row = queries::resource::find(op.conn(), &visible, id).await?;
    row.filter(|row| row.kind == kind_text(Kind::Machine)).ok_or(Error::NotFound)
}

async fn view(op: &mut Operation, row: &Resource) -> Result<MachineView, Error> {
    Refs::load(op, std::slice::from_ref(row)).await?.view(row)
}

/// Whether a project may be seen, to which a machine was assigned that is another one's until the next inventory.
fn is_seen(visible: &Visible, owner: &ProjectOwner) -> bool {
    let Visible::Only(only) = visible else { return true };
    only.partners.contains(&owner.partner_id)
        || only.clients.contains(&owner.client_id)
        || only.projects.contains(&owner.project_id)
}

/// What machines refer to.
struct Refs {
    hypervisors: BTreeMap<i64, Ref>,
    projects: BTreeMap<i64, Ref>,
    assigned: BTreeMap<Uuid, ProjectOwner>,
}

impl Refs {
    async fn load(op: &mut Operation, rows: &[Resource]) -> Result<Self, Error> {
        let ids = list::distinct(rows.iter().filter_map(|row| row.hypervisor_id));
        let hypervisors = queries::hypervisor::get_many(op.conn(), &ids).await?;
        let machines: Vec<Uuid> = rows.iter().map(|row| row.uuid).collect();
        let mut assigned = queries::machine_owner::of_machines(op.conn(), &machines).await?;
        let visible = op.visible();
        assigned.retain(|_, owner| is_seen(&visible, owner));
        let partner_ids = rows.iter().filter_map(|row| row.partner_id);
        let partner_ids = list::distinct(partner_ids.chain(assigned.values().map(|owner| owner.partner_id)));
        let ids = rows.iter().filter_map(|row| row.project_id);
        let ids = list::distinct(ids.chain(assigned.values().map(|owner| owner.project_id)));
        let projects = queries::project::get_many(op.conn(), &partner_ids, &ids).await?;
        let projects = projects
            .into_iter()
            .map(|row| (row.id, Ref { id: row.public_id.0, code: row.code.to_string(), name: row.name }));
        let projects = projects.collect();
        let hypervisors = hypervisors.iter().map(|row| (row.id, hypervisor::reference(row))).collect();
        Ok(Self { hypervisors, projects, assigned })
    }

    fn view(&self, row: &Resource) -> Result<MachineView, Error> {
        let fact: Fact = row.fact.read().map_err(convert::stored)?;
        let (vcpu, ram_mib, power) = match fact {
            Fact::Present(Shape { thing: Thing::Machine { vcpu, ram_mib, .. }, power, .. }) => {
                (vcpu, ram_mib, power_shown(power))
            }
            _ => (0, 0, MachinePower::Unknown),
        };
        Ok(MachineView {
            id: MachineId(row.uuid),
            name: row.name.clone(),
            hypervisor: row.hypervisor_id.and_then(|id| self.hypervisors.get(&id)).cloned(),
            owner_tag: row.owner.clone(),
            project: row.project_id.and_then(|id| self.projects.get(&id)).cloned(),
            assigned: self
                .assigned
                .get(&row.uuid)
                .and_then(|owner| self.projects.get(&owner.project_id))
                .cloned(),
            problem: row.problem.as_deref().map(str::parse).transpose().map_err(convert::stored)?,
            power,
            vcpu,
            ram_mib,
            first_seen_at: row.first_seen_at,
            last_seen_at: row.last_seen_at,
            ended_at: row.ended_at,
        })
    }
}

const fn power_shown(power: Power) -> MachinePower {
    match power {
        Power::Running => MachinePower::On,
        Power::Paused => MachinePower::Paused,
        Power::Off => MachinePower::Off,
    }
}
