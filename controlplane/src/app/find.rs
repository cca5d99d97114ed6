//! Objects by id or code. What the caller may not see does not exist.

use super::{Error, Operation, list, role::Act};
use schemas::{
    code::Code,
    endpoint::InParent,
    id::{AccessId, AccountId, DomainId, NoteId, PublicKeyId},
};
use store::{
    StoreError,
    model::{
        access::Access, client::Client, contract::Contract, domain::Domain, hypervisor::Hypervisor,
        note::Note, partner::Partner, project::Project, promotion::Promotion, public_key::PublicKey,
        tariff_plan::TariffPlan, user::User,
    },
    queries,
};
use uuid::Uuid;

/// A row of a partner's, found by code: the one in the partner that is named, or the only one.
macro_rules! in_partner {
    ($op:expr, $noun:ident, $id:expr, $parent:expr) => {{
        let visible = $op.visible();
        match Uuid::parse_str($id) {
            Ok(id) => queries::$noun::find($op.conn(), &visible, id.into_id()).await?,
            Err(_) => {
                let partner = $op.partner_named($parent.partner.as_deref()).await?;
                let mut rows = queries::$noun::find_by_code($op.conn(), &visible, $id).await?;
                rows.retain(|row| partner.as_ref().is_none_or(|partner| partner.id == row.partner_id));
                only(rows, "partner")?
            }
        }
        .ok_or(Error::NotFound)
    }};
}

/// Makes a typed id of a UUID.
trait IntoId<T> {
    fn into_id(self) -> T;
}

macro_rules! into_id {
    ($($id:ident),*) => {$(
        impl IntoId<schemas::id::$id> for Uuid {
            fn into_id(self) -> schemas::id::$id {
                schemas::id::$id(self)
            }
        }
    )*};
}

into_id!(ClientId, ContractId, ProjectId, PromotionId, TariffPlanId);

fn only<T>(mut rows: Vec<T>, parent: &str) -> Result<Option<T>, Error> {
    if rows.len() > 1 {
        return Err(Error::Ambiguous(format!("several objects have this code; say which by ?{parent}=")));
    }
    Ok(rows.pop())
}

impl Operation {
    /// The partner of this id or code.
    pub(crate) async fn partner(&mut self, id: &str) -> Result<Partner, Error> {
        let visible = self.visible();
        match Uuid::parse_str(id) {
            Ok(id) => queries::partner::find(self.conn(), &visible, schemas::id::PartnerId(id)).await?,
            Err(_) => queries::partner::find_by_code(self.conn(), &visible, id).await?,
        }
        .ok_or(Error::NotFound)
    }

    /// The partner that a query names.
    pub(crate) async fn partner_named(&mut self, id: Option<&str>) -> Result<Option<Partner>, Error> {
        let Some(id) = id else { return Ok(None) };
        match self.partner(id).await {
            Err(Error::NotFound) => Err(Error::field("partner", format!("there is no partner \"{id}\""))),
            found => found.map(Some),
        }
    }

    /// The hypervisor of this id or code; a partner's administrator sees those of its partners.
    pub(crate) async fn hypervisor(&mut self, id: &str) -> Result<Hypervisor, Error> {
        let row = match Uuid::parse_str(id) {
            Ok(id) => queries::hypervisor::find(self.conn(), schemas::id::HypervisorId(id)).await?,
            Err(_) => queries::hypervisor::find_by_code(self.conn(), id).await?,
        }
        .ok_or(Error::NotFound)?;
        let seen = match self.hypervisors_seen().await? {
            Some(ids) => ids.contains(&row.id),
            None => true,
        };
        if seen { Ok(row) } else { Err(Error::NotFound) }
    }

    /// The ids of the hypervisors that the caller may see; none for all.
    pub(crate) async fn hypervisors_seen(&mut self) -> Result<Option<Vec<i64>>, Error> {
        let store::Visible::Only(only) = self.visible() else { return Ok(None) };
        let pairs = queries::partner::hypervisors(self.conn(), &only.partners).await?;
        Ok(Some(list::distinct(pairs.into_iter().map(|(_, hypervisor)| hypervisor))))
    }

    /// The tariff plan of this id or code.
    pub(crate) async fn tariff_plan(&mut self, id: &str, parent: &InParent) -> Result<TariffPlan, Error> {
        in_partner!(self, tariff_plan, id, parent)
    }

    /// The promotion of this id or code.
    pub(crate) async fn promotion(&mut self, id: &str, parent: &InParent) -> Result<Promotion, Error> {
        in_partner!(self, promotion, id, parent)
    }

    /// The client of this id or code.
    pub(crate) async fn client(&mut self, id: &str, parent: &InParent) -> Result<Client, Error> {
        in_partner!(self, client, id, parent)
    }

    /// The client that a specification names, kept from being deleted until the transaction ends.
    pub(crate) async fn client_of_spec(
        &mut self,
        code: &Code,
        partner: Option<&Code>,
    ) -> Result<Client, Error> {
        let parent = InParent { partner: partner.map(ToString::to_string), client: None };
        let missing = || Error::field("client", format!("there is no client \"{code}\""));
        let row = match self.client(code.as_str(), &parent).await {
            Err(Error::NotFound) => return Err(missing()),
            found => found?,
        };
        match queries::client::lock(self.tx()?, row.partner_id, row.id).await {
            Err(StoreError::NotFound) => Err(missing()),
            locked => Ok(locked?),
        }
    }

    /// The internal ids of the partner, and of the partner and the client, that a list is filtered by.
    pub(crate) async fn parents_named(
        &mut self,
        partner: Option<&str>,
        client: Option<&str>,
    ) -> Result<(Option<i64>, Option<i64>), Error> {
        let partner_id = self.partner_named(partner).await?.map(|partner| partner.id);
        let Some(client) = client else { return Ok((partner_id, None)) };
        let parent = InParent { partner: partner.map(str::to_owned), client: None };
        match self.client(client, &parent).await {
            Err(Error::NotFound) => Err(Error::field("client", format!("there is no client \"{client}\""))),
            found => found.map(|row| (Some(row.partner_id), Some(row.id))),
        }
    }

    /// What a list of things of contracts is filtered by: the internal id of the partner, and the internal ids of the
    /// contract's partner and its own. The contract is named by itself or by its client.
    pub(crate) async fn contract_named(
        &mut self,
        (partner, client, contract): (Option<&str>, Option<&str>, Option<&str>),
    ) -> Result<(Option<i64>, Option<(i64, i64)>), Error> {
        let own = |row: Contract| (row.partner_id, row.id);
        let (partner_id, client_id) = self.parents_named(partner, client).await?;
        let of_client = match (partner_id, client_id) {
            (Some(partner), Some(client)) => {
                queries::contract::of_clients(self.conn(), &[partner], &[client]).await?.pop().map(own)
            }
            _ => None,
        };
        let Some(id) = contract else { return Ok((partner_id, of_client)) };
        let parent = InParent { partner: partner.map(str::to_owned), client: None };
        let found = match self.contract(id, &parent).await {
            Err(Error::NotFound) => {
                return Err(Error::field("contract", format!("there is no contract \"{id}\"")));
            }
            found => own(found?),
        };
        if of_client.is_some_and(|own| own != found) {
            return Err(Error::field("contract", "it is not the contract of this client"));
        }
        Ok((partner_id, Some(found)))
    }

    /// The internal ids of the partner and the plan that a list is filtered by.
    pub(crate) async fn plan_named(
        &mut self,
        partner: Option<&str>,
        plan: Option<&str>,
    ) -> Result<Option<(i64, i64)>, Error> {
        let Some(plan) = plan else { return Ok(None) };
        let parent = InParent { partner: partner.map(str::to_owned), client: None };
        match self.tariff_plan(plan, &parent).await {
            Err(Error::NotFound) => {
                Err(Error::field("tariff_plan", format!("there is no tariff plan \"{plan}\"")))
            }
            found => found.map(|row| Some((row.partner_id, row.id))),
        }
    }

    /// The note of this id.
    pub(crate) async fn note(&mut self, id: &str) -> Result<Note, Error> {
        let Ok(id) = Uuid::parse_str(id) else { return Err(Error::NotFound) };
        let visible = self.visible();
        queries::note::find(self.conn(), &visible, NoteId(id)).await?.ok_or(Error::NotFound)
    }

    /// The domain of this id or name.
    pub(crate) async fn domain(&mut self, id: &str) -> Result<Domain, Error> {
        let visible = self.visible();
        match Uuid::parse_str(id) {
            Ok(id) => queries::domain::find(self.conn(), &visible, DomainId(id)).await?,
            Err(_) => queries::domain::find_by_name(self.conn(), &visible, id).await?,
        }
        .ok_or(Error::NotFound)
    }

    /// The access of this id.
    pub(crate) async fn access(&mut self, id: &str) -> Result<Access, Error> {
        let Ok(id) = Uuid::parse_str(id) else { return Err(Error::NotFound) };
        let visible = self.visible();
        queries::access::find(self.conn(), &visible, AccessId(id)).await?.ok_or(Error::NotFound)
    }

    /// The user of this id or login.
    pub(crate) async fn user(&mut self, id: &str) -> Result<User, Error> {
        let visible = self.visible();
        match Uuid::parse_str(id) {
            Ok(id) => queries::user::find(self.conn(), &visible, AccountId(id)).await?,
            Err(_) => queries::user::find_by_login(self.conn(), &visible, id).await?,
        }
        .ok_or(Error::NotFound)
    }

    /// The public key of this id: one's own, or of a user that the caller sees.
    pub(crate) async fn public_key(&mut self, id: &str) -> Result<PublicKey, Error> {
        let Ok(id) = Uuid::parse_str(id) else { return Err(Error::NotFound) };
        self.enter(Act::USER);
        let (visible, own) = (self.visible(), self.request.actor.account_id);
        queries::public_key::find(self.conn(), &visible, own, PublicKeyId(id)).await?.ok_or(Error::NotFound)
    }

    /// The project of this id or code.
    pub(crate) async fn project(&mut self, id: &str, parent: &InParent) -> Result<Project, Error> {
        let Some(client) = parent.client.as_deref().filter(|_| Uuid::parse_str(id).is_err()) else {
            return in_partner!(self, project, id, parent);
        };
        let client = self.client(client, parent).await?;
        let visible = self.visible();
        let mut rows = queries::project::find_by_code(self.conn(), &visible, id).await?;
        rows.retain(|row| row.client_id == client.id && row.partner_id == client.partner_id);
        only(rows, "client")?.ok_or(Error::NotFound)
    }

    /// The contract of this id, or of the client that has this code.
    pub(crate) async fn contract(&mut self, id: &str, parent: &InParent) -> Result<Contract, Error> {
        if let Ok(id) = Uuid::parse_str(id) {
            let visible = self.visible();
            return queries::contract::find(self.conn(), &visible, schemas::id::ContractId(id))
                .await?
                .ok_or(Error::NotFound);
        }
        let client = self.client(id, parent).await?;
        let contracts =
            queries::contract::of_clients(self.conn(), &[client.partner_id], &[client.id]).await?;
        contracts.into_iter().next().ok_or(Error::NotFound)
    }
}
