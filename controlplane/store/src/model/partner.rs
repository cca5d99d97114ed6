//! Partners: resellers and white-label operators.

use crate::{
    schema::partner,
    types::{Json, Sql, SqlOption, words},
};
use diesel::{AsChangeset, ExpressionMethods, Insertable, Queryable, Selectable};
use schemas::{code::Code, id::PartnerId, time::Instant};

words! {
    /// How a partner sells.
    PartnerModel {
        /// Under its own name and prices.
        WhiteLabel = "white_label",
        /// At the platform's prices.
        Reseller = "reseller",
    }
}

/// A partner.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = partner)]
pub struct Partner {
    /// The internal id.
    pub id: i64,
    /// The public id.
    pub public_id: PartnerId,
    /// Moved by every edit.
    pub version: i64,
    /// The code, unique within its parent.
    pub code: Code,
    /// The name.
    pub name: String,
    /// How it sells.
    pub model: PartnerModel,
    /// Its IANA time zone, copied to its contracts.
    pub time_zone: String,
    /// The code of the plan of new contracts that name none; there need not be such a plan yet.
    pub default_plan: Option<Code>,
    /// Seconds between exhaustion and suspension.
    pub grace_s: i64,
    /// Its name servers, as JSON.
    pub dns_ns: Json,
    /// The address of its DNS administrator.
    pub dns_admin_email: Option<String>,
    /// The services it may sell, as JSON; none for all.
    pub services: Option<Json>,
    /// Its limits, as JSON.
    pub limits: Option<Json>,
    /// When it was made.
    pub created_at: Instant,
}

/// A partner to make.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = partner)]
pub struct NewPartner {
    /// The public id.
    #[diesel(serialize_as = Sql<PartnerId>)]
    pub public_id: PartnerId,
    /// The code, unique within its parent.
    #[diesel(serialize_as = Sql<Code>)]
    pub code: Code,
    /// The name.
    pub name: String,
    /// How it sells.
    pub model: PartnerModel,
    /// Its IANA time zone, copied to its contracts.
    pub time_zone: String,
    /// The code of the plan of new contracts that name none; there need not be such a plan yet.
    #[diesel(serialize_as = SqlOption<Code>)]
    pub default_plan: Option<Code>,
    /// Seconds between exhaustion and suspension.
    pub grace_s: i64,
    /// Its name servers, as JSON.
    pub dns_ns: Json,
    /// The address of its DNS administrator.
    pub dns_admin_email: Option<String>,
    /// The services it may sell, as JSON; none for all.
    pub services: Option<Json>,
    /// Its limits, as JSON.
    pub limits: Option<Json>,
    /// When it was made.
    #[diesel(serialize_as = Sql<Instant>)]
    pub created_at: Instant,
}

/// What of a partner may be changed; `None` empties a field.
#[derive(Clone, Debug, PartialEq, Eq, AsChangeset)]
#[diesel(table_name = partner, treat_none_as_null = true)]
pub struct PartnerEdit {
    /// The name.
    pub name: String,
    /// How it sells.
    pub model: PartnerModel,
    /// Its IANA time zone, copied to its contracts.
    pub time_zone: String,
    /// The code of the plan of new contracts that name none; there need not be such a plan yet.
    #[diesel(serialize_as = SqlOption<Code>)]
    pub default_plan: Option<Code>,
    /// Seconds between exhaustion and suspension.
    pub grace_s: i64,
    /// Its name servers, as JSON.
    pub dns_ns: Json,
    /// The address of its DNS administrator.
    pub dns_admin_email: Option<String>,
    /// The services it may sell, as JSON; none for all.
    pub services: Option<Json>,
    /// Its limits, as JSON.
    pub limits: Option<Json>,
}

/// The order of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PartnerSort {
    /// By name.
    #[default]
    Name,
    /// By code.
    Code,
    /// By the time of making.
    CreatedAt,
}

/// Which partners are wanted.
#[derive(Clone, Debug, Default)]
pub struct PartnerFilter {
    /// Of this code.
    pub code: Option<String>,
}
