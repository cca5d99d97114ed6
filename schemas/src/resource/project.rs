//! Projects: what a client's machines belong to. One is made with every client (3.2-14), others by hand.

use super::{Computed, Ref, Resource};
use crate::{
    code::Code,
    endpoint,
    id::{ClientId, ContractId, ProjectId},
    money::{self, Money},
    time::WireTime,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What may change in a project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub struct ProjectUpdate {
    /// Name of the project, shown to people.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
}

/// What a project is created from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub struct ProjectSpec {
    /// Code of the project, unique within the client. `default` is the code of the project that comes with the client, which is not managed by itself.
    pub code: Code,
    /// Code of the client that the project belongs to.
    #[schemars(extend("x-tf" = {"path": "/client/code"}))]
    pub client: Code,
    /// Code of the client's partner, where the client's code alone is ambiguous.
    #[serde(default)]
    #[schemars(extend("x-tf" = {"path": "/partner/code", "computed": true}))]
    pub partner: Option<Code>,
    /// What may change later.
    #[serde(flatten)]
    pub settings: ProjectUpdate,
}

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

/// A project is what machines belong to: those that carry its owner tag are billed to its client. One, with the code `default`, comes with every client and goes with it; others are made as they are needed. A project with machines cannot be deleted.
#[derive(JsonSchema)]
pub struct Project;

impl Resource for Project {
    const NOUN: &'static str = "project";
    const KEY: &'static [&'static str] = &["partner", "client", "code"];
    const COMPUTED: &'static [Computed] = &[Computed {
        name: "owner_tag",
        path: "/owner_tag",
        description: "The tag that makes a machine this project's: `partner/client/project`.",
    }];
    type Spec = ProjectSpec;
    type Update = ProjectUpdate;
    type View = ProjectView;
    type List = endpoint::project::List;
    type Create = endpoint::project::Create;
    type Read = endpoint::project::Read;
    type Replace = endpoint::project::Replace;
    type Delete = endpoint::project::Delete;
}
