//! Projects: what a client's machines belong to. One is made with every client (3.2-14).

use super::Ref;
use crate::{
    id::{ClientId, ContractId, ProjectId},
    money::{self, Money},
    time::WireTime,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The contract of a project's client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct ProjectContract {
    /// Id of the contract.
    pub id: ContractId,
    /// Its name.
    pub name: String,
    /// What is booked so far, in rubles.
    #[serde(with = "money::number")]
    #[schemars(with = "Money")]
    pub balance: Money,
}

/// The client of a project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct ProjectClient {
    /// Id of the client.
    pub id: ClientId,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its contract.
    pub contract: ProjectContract,
}

/// A project as the API returns it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProjectView {
    /// Id of the project.
    pub id: ProjectId,
    /// When it was made.
    pub ctime: WireTime,
    /// Moves with every edit; the value of `ETag`.
    pub version: i64,
    /// Code, unique within the client; `default` for the automatic one.
    pub code: String,
    /// Name.
    pub name: String,
    /// The partner of its client.
    pub partner: Ref,
    /// The client that it belongs to.
    pub client: ProjectClient,
    /// The owner tag that makes a machine this project's: `partner/client/project`.
    pub owner_tag: String,
}
