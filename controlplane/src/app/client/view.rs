//! Clients as the API shows them: many at once, in a few queries.

use super::super::{Error, Operation, contract, convert, list, partner};
use schemas::{
    code::Code,
    resource::{
        Ref,
        client::{AllowedHypervisor, ClientUpdate, ClientView, PaymentModel},
    },
    time::WireTime,
};
use std::collections::{BTreeMap, BTreeSet};
use store::{
    model::{
        client::{Client, PaymentModel as Model},
        contract::Contract,
        hypervisor::Hypervisor,
        partner::Partner,
        project::Project,
        tariff_plan::TariffPlan,
    },
    queries,
};

/// One client.
pub(super) async fn view(op: &mut Operation, row: &Client) -> Result<ClientView, Error> {
    let mut views = views(op, std::slice::from_ref(row)).await?;
    views.pop().ok_or_else(|| Error::internal("client", "no view"))
}

/// Many clients, in the order of the rows.
pub(super) async fn views(op: &mut Operation, rows: &[Client]) -> Result<Vec<ClientView>, Error> {
    let around = Around::load(op, rows).await?;
    rows.iter().map(|row| around.view(row)).collect()
}

/// A client that this very call made: what was made with it need not be read again.
pub(super) async fn view_of_new(
    op: &mut Operation,
    row: &Client,
    owner: Partner,
    plan: TariffPlan,
    contract: Contract,
    project: Project,
) -> Result<ClientView, Error> {
    let hypervisors = partner::assigned_to(op, &[owner.id]).await?;
    let refs = contract::Refs::of_new(op, owner.clone(), plan).await?;
    let around = Around {
        partners: [(owner.id, owner)].into(),
        hypervisors,
        contracts: [(row.id, contract)].into(),
        projects: [(row.id, vec![project])].into(),
        refs,
    };
    around.view(row)
}

/// Everything around some clients that their views show: partners by internal id, hypervisors by partner, the rest by
/// client.
struct Around {
    partners: BTreeMap<i64, Partner>,
    hypervisors: BTreeMap<i64, Vec<Hypervisor>>,
    contracts: BTreeMap<i64, Contract>,
    projects: BTreeMap<i64, Vec<Project>>,
    refs: contract::Refs,
}

impl Around {
    async fn load(op: &mut Operation, rows: &[Client]) -> Result<Self, Error> {
        let partner_ids = list::distinct(rows.iter().map(|row| row.partner_id));
        let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
        let partners = queries::partner::get_many(op.conn(), &partner_ids).await?;
        let contracts = queries::contract::of_clients(op.conn(), &partner_ids, &ids).await?;
        let mut projects: BTreeMap<i64, Vec<Project>> = BTreeMap::new();
        for project in queries::project::of_clients(op.conn(), &partner_ids, &ids).await? {
            projects.entry(project.client_id).or_default().push(project);
        }
        Ok(Self {
            partners: partners.into_iter().map(|row| (row.id, row)).collect(),
            hypervisors: partner::assigned_to(op, &partner_ids).await?,
            refs: contract::Refs::load(op, &contracts).await?,
            contracts: contracts.into_iter().filter_map(|row| Some((row.client_id?, row))).collect(),
            projects,
        })
    }

    fn view(&self, row: &Client) -> Result<ClientView, Error> {
        let missing = |what: &str| Error::internal("client", format!("{} has no {what}", row.public_id));
        let contract = self.contracts.get(&row.id).ok_or_else(|| missing("contract"))?;
        let projects = self.projects.get(&row.id).map_or(&[][..], Vec::as_slice);
        let default = projects.iter().find(|project| project.code == Code::default_code());
        let default = default.ok_or_else(|| missing("default project"))?;
        let codes: Option<BTreeSet<String>> =
            row.allowed_hypervisors.as_ref().map(store::Json::read).transpose().map_err(convert::stored)?;
        let is_allowed = |code: &str| codes.as_ref().is_none_or(|codes| codes.contains(code));
        let owner = self.partners.get(&row.partner_id).ok_or_else(|| missing("partner"))?;
        let assigned = self.hypervisors.get(&row.partner_id).map_or(&[][..], Vec::as_slice);
        let allowed = assigned.iter().filter(|hypervisor| is_allowed(hypervisor.code.as_str()));
        Ok(ClientView {
            id: row.public_id,
            ctime: WireTime(row.created_at),
            version: row.version,
            code: row.code.to_string(),
            name: row.name.clone(),
            partner: partner::reference(owner),
            projects: i64::try_from(projects.len()).unwrap_or(i64::MAX),
            contact_emails: Vec::new(),
            internet: row.internet_mbps.map(convert::unsigned).transpose()?,
            lan: convert::unsigned(row.lan_mbps)?,
            allowed_hypervisors: allowed.map(allowed_hypervisor).collect(),
            allowed_hypervisor_codes: codes,
            payment_methods: row.payment_methods.read().map_err(convert::stored)?,
            payment_model: match row.payment_model {
                Model::Prepay => PaymentModel::Prepay,
                Model::Postpay => PaymentModel::Postpay,
            },
            min_balance: row.min_balance,
            deletion_protection: row.deletion_protection,
            contract: self.refs.contract(contract)?,
            default_project: Ref {
                id: default.public_id.0,
                code: default.code.to_string(),
                name: default.name.clone(),
            },
        })
    }
}

fn allowed_hypervisor(row: &Hypervisor) -> AllowedHypervisor {
    AllowedHypervisor {
        id: row.public_id,
        code: row.code.to_string(),
        name: row.name.clone(),
        kind: super::super::hypervisor::kind(row),
    }
}

/// What may change, as it stands.
pub(super) fn editable(view: ClientView) -> ClientUpdate {
    ClientUpdate {
        name: view.name,
        tariff_plan: Some(Code::trusted(view.contract.billing_plan.code)),
        contract_name: Some(view.contract.name),
        internet: view.internet,
        lan: view.lan,
        allowed_hypervisors: view
            .allowed_hypervisor_codes
            .map(|codes| codes.into_iter().map(Code::trusted).collect()),
        payment_methods: view.payment_methods,
        payment_model: view.payment_model,
        min_balance: view.min_balance,
        deletion_protection: view.deletion_protection,
    }
}
