//! Operations on machines, as the collectors see them.

use super::{Page, endpoint};
use crate::resource::machine::MachineView;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which machines.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MachineQuery {
    /// Code or id of the hypervisor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hypervisor: Option<String>,
    /// `true` for machines that a project owns, `false` for those that none owns.
    #[serde(default, deserialize_with = "crate::query::optional", skip_serializing_if = "Option::is_none")]
    pub owned: Option<bool>,
    /// `true` for machines that are there, `false` for those that ended.
    #[serde(default, deserialize_with = "crate::query::optional", skip_serializing_if = "Option::is_none")]
    pub live: Option<bool>,
    /// Page, from 1.
    #[serde(default, deserialize_with = "crate::query::optional", skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub page: Option<i64>,
    /// Machines on a page: 1 to 1000, 10 without it.
    #[serde(default, deserialize_with = "crate::query::optional", skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub limit: Option<i64>,
}

endpoint! {
    /// Lists the machines that the caller may see; those without an owner are the platform's to see.
    List = "machine.list" GET "/v1/machine" Partner query MachineQuery, answer Page<MachineView>
}
