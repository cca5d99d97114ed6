//! Many clients of a partner at once: a line for each.

use super::client::ClientUpdate;
use crate::{
    code::Code,
    id::{ClientId, ContractId, ProjectId},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What one of many clients is created from: a client without its partner, which all of them have in common.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub struct ClientLine {
    /// Code of the client, unique within the partner.
    pub code: Code,
    /// What may change later.
    #[serde(flatten)]
    pub settings: ClientUpdate,
}

/// What the server chose for one of many clients.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClientReceipt {
    /// Code of the client.
    pub code: String,
    /// Id of the client.
    pub id: ClientId,
    /// Its version; the value of `ETag`.
    pub version: i64,
    /// Id of the client's contract.
    pub contract_id: ContractId,
    /// Name of the client's contract.
    pub contract_name: String,
    /// Id of the project that was made with the client; its code is `default`.
    pub default_project_id: ProjectId,
    /// Code of the tariff plan that the contract is charged by.
    pub tariff_plan: String,
}
