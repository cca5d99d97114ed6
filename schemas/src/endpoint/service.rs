//! Operations on the catalogue.

use super::{Page, endpoint};
use crate::service::{Measure, Service};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A service of the catalogue as the API returns it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct ServiceView {
    /// Id, the key of a plan's `services`.
    pub id: Service,
    /// Name.
    pub name: String,
    /// Article code; not unique.
    pub sku: String,
    /// What one unit is: `gb` of 1024 MiB, or `pc`, a piece.
    pub measure: Measure,
}

endpoint! {
    /// Lists the services that a tariff plan prices.
    List = "service.list" GET "/v1/service" Account answer Page<ServiceView>
}
