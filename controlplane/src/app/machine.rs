//! Machines, as the collectors see them.

use super::{Error, Operation, convert, hypervisor, list};
use billing::observation::{Fact, Kind, Power, Shape, Thing};
use schemas::{
    endpoint::{InParent, Page, machine::MachineQuery},
    id::MachineId,
    resource::{Ref, machine::MachineView},
};
use std::collections::BTreeMap;
use store::{
    model::resource::{Resource, ResourceFilter, ResourceSort},
    queries,
};

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
        kind: Some(super::recording::kind_text(Kind::Machine).to_owned()),
        ..ResourceFilter::default()
    };
    let wanted = list::wanted(query.part(), &fields, (ResourceSort::Name, false), filter)?;
    let visible = op.visible();
    let listed = queries::resource::list(op.conn(), &visible, &wanted).await?;
    let refs = Refs::load(op, &listed.rows).await?;
    let views = listed.rows.iter().map(|row| refs.view(row)).collect::<Result<_, Error>>()?;
    list::answer(&listed, views, &wanted, |row| row.id)
}

/// What machines refer to.
struct Refs {
    hypervisors: BTreeMap<i64, Ref>,
    projects: BTreeMap<i64, Ref>,
}

impl Refs {
    async fn load(op: &mut Operation, rows: &[Resource]) -> Result<Self, Error> {
        let ids = list::distinct(rows.iter().filter_map(|row| row.hypervisor_id));
        let hypervisors = queries::hypervisor::get_many(op.conn(), &ids).await?;
        let partner_ids = list::distinct(rows.iter().filter_map(|row| row.partner_id));
        let ids = list::distinct(rows.iter().filter_map(|row| row.project_id));
        let projects = queries::project::get_many(op.conn(), &partner_ids, &ids).await?;
        let projects = projects
            .into_iter()
            .map(|row| (row.id, Ref { id: row.public_id.0, code: row.code.to_string(), name: row.name }));
        let projects = projects.collect();
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
