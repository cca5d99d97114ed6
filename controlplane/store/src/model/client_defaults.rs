//! What a partner's clients begin with that register themselves.

use super::client::PaymentModel;
use crate::{
    schema::client_defaults,
    types::{Json, Sql},
};
use diesel::{AsChangeset, ExpressionMethods, Insertable, Queryable, Selectable};
use schemas::{money::Money, time::Instant};

/// A partner's client defaults.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = client_defaults)]
pub struct ClientDefaults {
    /// The partner whose they are.
    pub partner_id: i64,
    /// The internal id.
    pub id: i64,
    /// Moved by every edit.
    pub version: i64,
    /// The balance that a client starts with.
    pub balance: Money,
    /// The plan that a client is on; none for the partner's default plan.
    pub plan_id: Option<i64>,
    /// A client's width to the internet in Mbit/s; none for off.
    pub internet_mbps: Option<i64>,
    /// A client's width within the cloud in Mbit/s.
    pub lan_mbps: i64,
    /// How a client may pay, as JSON.
    pub payment_methods: Json,
    /// Before or after use.
    pub payment_model: PaymentModel,
    /// When they were first set.
    pub created_at: Instant,
}

/// What client defaults are set to; `None` empties a field.
#[derive(Clone, Debug, Insertable, AsChangeset)]
#[diesel(table_name = client_defaults, treat_none_as_null = true)]
pub struct ClientDefaultsEdit {
    /// The balance that a client starts with.
    #[diesel(serialize_as = Sql<Money>)]
    pub balance: Money,
    /// The plan that a client is on; none for the partner's default plan.
    pub plan_id: Option<i64>,
    /// A client's width to the internet in Mbit/s; none for off.
    pub internet_mbps: Option<i64>,
    /// A client's width within the cloud in Mbit/s.
    pub lan_mbps: i64,
    /// How a client may pay, as JSON.
    pub payment_methods: Json,
    /// Before or after use.
    pub payment_model: PaymentModel,
}

/// The order of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClientDefaultsSort {
    /// By the time of first setting.
    #[default]
    CreatedAt,
}

/// Which are wanted.
#[derive(Clone, Debug, Default)]
pub struct ClientDefaultsFilter {
    /// Of this partner.
    pub partner_id: Option<i64>,
}
