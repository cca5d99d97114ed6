//! Clients of a partner.

use super::contract::{NewContract, NewFact};
use crate::{
    schema::client,
    types::{Json, Sql, SqlOption, words},
};
use diesel::{AsChangeset, ExpressionMethods, Insertable, Queryable, Selectable};
use schemas::{
    code::Code,
    id::{ClientId, ProjectId},
    money::Money,
    time::Instant,
};

words! {
    /// When a client pays.
    PaymentModel {
        /// Before use.
        Prepay = "prepay",
        /// After use.
        Postpay = "postpay",
    }
}

/// A client.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = client)]
pub struct Client {
    /// The partner it belongs to.
    pub partner_id: i64,
    /// The internal id.
    pub id: i64,
    /// The public id.
    pub public_id: ClientId,
    /// Moved by every edit.
    pub version: i64,
    /// The code, unique within its parent.
    pub code: Code,
    /// The name.
    pub name: String,
    /// Its width to the internet in Mbit/s; none for no limit.
    pub internet_mbps: Option<i64>,
    /// Its width within the cloud in Mbit/s.
    pub lan_mbps: i64,
    /// The hypervisors it may use, as JSON; none for all of its partner.
    pub allowed_hypervisors: Option<Json>,
    /// How it may pay, as JSON.
    pub payment_methods: Json,
    /// Before or after use.
    pub payment_model: PaymentModel,
    /// The balance below which it is told so.
    pub min_balance: Option<Money>,
    /// Whether its deletion is refused.
    pub deletion_protection: bool,
    /// When it was made.
    pub created_at: Instant,
}

/// A client to make.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = client, treat_none_as_default_value = false)]
pub struct NewClient {
    /// The partner it belongs to.
    pub partner_id: i64,
    /// The public id.
    #[diesel(serialize_as = Sql<ClientId>)]
    pub public_id: ClientId,
    /// The code, unique within its parent.
    #[diesel(serialize_as = Sql<Code>)]
    pub code: Code,
    /// The name.
    pub name: String,
    /// Its width to the internet in Mbit/s; none for no limit.
    pub internet_mbps: Option<i64>,
    /// Its width within the cloud in Mbit/s.
    pub lan_mbps: i64,
    /// The hypervisors it may use, as JSON; none for all of its partner.
    pub allowed_hypervisors: Option<Json>,
    /// How it may pay, as JSON.
    pub payment_methods: Json,
    /// Before or after use.
    pub payment_model: PaymentModel,
    /// The balance below which it is told so.
    #[diesel(serialize_as = SqlOption<Money>)]
    pub min_balance: Option<Money>,
    /// Whether its deletion is refused.
    pub deletion_protection: bool,
    /// When it was made.
    #[diesel(serialize_as = Sql<Instant>)]
    pub created_at: Instant,
}

/// A client to make with everything that comes with it.
#[derive(Clone, Debug)]
pub struct WholeClient {
    /// The client.
    pub client: NewClient,
    /// Its contract; the client's internal id is found by its public one.
    pub contract: NewContract,
    /// The first fact about the contract.
    pub fact: NewFact,
    /// Public id and code of its project, which has its name.
    pub project: (ProjectId, Code),
}

/// What of a client may be changed; `None` empties a field.
#[derive(Clone, Debug, PartialEq, Eq, AsChangeset)]
#[diesel(table_name = client, treat_none_as_null = true)]
pub struct ClientEdit {
    /// The name.
    pub name: String,
    /// Its width to the internet in Mbit/s; none for no limit.
    pub internet_mbps: Option<i64>,
    /// Its width within the cloud in Mbit/s.
    pub lan_mbps: i64,
    /// The hypervisors it may use, as JSON; none for all of its partner.
    pub allowed_hypervisors: Option<Json>,
    /// How it may pay, as JSON.
    pub payment_methods: Json,
    /// Before or after use.
    pub payment_model: PaymentModel,
    /// The balance below which it is told so.
    #[diesel(serialize_as = SqlOption<Money>)]
    pub min_balance: Option<Money>,
    /// Whether its deletion is refused.
    pub deletion_protection: bool,
}

/// The order of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClientSort {
    /// By name.
    #[default]
    Name,
    /// By code.
    Code,
    /// By the time of making.
    CreatedAt,
    /// By the balance of the contract.
    Balance,
    /// By the name of the tariff plan.
    Plan,
    /// By the number of projects.
    Projects,
    /// By the name of the partner.
    Partner,
}

/// Which clients are wanted.
#[derive(Clone, Debug, Default)]
pub struct ClientFilter {
    /// Of this partner.
    pub partner_id: Option<i64>,
    /// On this plan now: the internal ids of its partner and its own.
    pub plan: Option<(i64, i64)>,
    /// Of this code.
    pub code: Option<String>,
}
