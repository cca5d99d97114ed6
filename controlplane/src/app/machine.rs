//! Machines, as the collectors see them.

use super::{Error, Operation, convert, hypervisor, list};
use billing::observation::{Fact, Kind, Power, Shape, Thing};
use schemas::{
    endpoint::{Page, machine::MachineQuery},
    id::MachineId,
    resource::{Ref, machine::MachineView},
};
use std::collections::{BTreeMap, btree_map::Entry};
use store::{
    ListQuery as StoreList,
    model::resource::{Resource, ResourceFilter, ResourceSort},
    queries,
};

/// Lists the machines that the caller sees. Those without an owner are the platform's to see.
///
/// # Errors
/// When the query asks for what lists do not have.
pub async fn list(op: &mut Operation, query: MachineQuery) -> Result<Page<MachineView>, Error> {
    let page = list::page(query.page, query.limit, None)?;
    let visible = op.request.actor.visible();
    let hypervisor_id = match &query.hypervisor {
        Some(id) => Some(op.hypervisor(id).await?.id),
        None => None,
    };
    let filter = ResourceFilter {
        hypervisor_id,
        owned: query.owned,
        live: query.live,
        kind: Some(super::recording::kind_text(Kind::Machine).to_owned()),
        ..ResourceFilter::default()
    };
    let wanted =
        StoreList { sort: ResourceSort::Name, descending: false, search: None, filter, page: page.0 };
    let listed = queries::resource::list(op.conn(), &visible, &wanted).await?;
    let refs = Refs::load(op, &listed.rows).await?;
    let views = listed.rows.iter().map(|row| refs.view(row)).collect::<Result<_, Error>>()?;
    list::paged(&listed, views, page, |row| row.id)
}

/// What machines refer to.
struct Refs {
    hypervisors: BTreeMap<i64, Ref>,
    projects: BTreeMap<i64, Ref>,
}

impl Refs {
    async fn load(op: &mut Operation, rows: &[Resource]) -> Result<Self, Error> {
        let ids: Vec<i64> = rows.iter().filter_map(|row| row.hypervisor_id).collect();
        let hypervisors = queries::hypervisor::get_many(op.conn(), &ids).await?;
        let mut projects = BTreeMap::new();
        for row in rows {
            let (Some(partner_id), Some(id)) = (row.partner_id, row.project_id) else { continue };
            if let Entry::Vacant(vacant) = projects.entry(id) {
                let project = queries::project::get(op.conn(), partner_id, id).await?;
                vacant.insert(Ref {
                    id: project.public_id.0,
                    code: project.code.to_string(),
                    name: project.name,
                });
            }
        }
        let hypervisors = hypervisors.iter().map(|row| (row.id, hypervisor::reference(row))).collect();
        Ok(Self { hypervisors, projects })
    }

    fn view(&self, row: &Resource) -> Result<MachineView, Error> {
        let fact: Fact = row.fact.read().map_err(convert::stored)?;
        let (vcpu, ram_mib, power) = match fact {
            Fact::Present(Shape { thing: Thing::Machine { vcpu, ram_mib, .. }, power, .. }) => {
                (vcpu, ram_mib, power_text(power))
            }
            _ => (0, 0, "unknown"),
        };
        Ok(MachineView {
            id: MachineId(row.uuid),
            name: row.name.clone(),
            hypervisor: row.hypervisor_id.and_then(|id| self.hypervisors.get(&id)).cloned(),
            owner_tag: row.owner.clone(),
            project: row.project_id.and_then(|id| self.projects.get(&id)).cloned(),
            problem: row.problem.clone(),
            power: power.to_owned(),
            vcpu,
            ram_mib,
            first_seen_at: row.first_seen_at,
            last_seen_at: row.last_seen_at,
            ended_at: row.ended_at,
        })
    }
}

const fn power_text(power: Power) -> &'static str {
    match power {
        Power::Running => "on",
        Power::Paused => "paused",
        Power::Off => "off",
    }
}
