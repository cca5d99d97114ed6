//! Clients of a partner, with the contract and the project that come with each (3.2).

use super::{Computed, Ref, Resource, contract::ContractRef, hypervisor::HypervisorType};
use crate::{
    code::Code,
    endpoint,
    id::{ClientId, HypervisorId},
    money::Money,
    time::WireTime,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How a client pays (3.2-09).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum PaymentMethod {
    /// By invoice.
    BankTransfer,
    /// By card.
    YandexKassa,
}

/// When a client pays (3.2-10).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum PaymentModel {
    /// Before: without money, access is restricted (5.1-08).
    #[default]
    Prepay,
    /// After, by invoice: the balance goes negative (5.1-10).
    Postpay,
}

pub(crate) const fn lan_default() -> u32 {
    1000
}

/// What may change in a client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub struct ClientUpdate {
    /// Name of the client, shown to people.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
    /// Code of the partner's tariff plan that the client's contract is charged by; without it, the partner's default plan when the client is created, and afterwards the plan that it has. A new plan counts from the start of each service's next period. A reseller's administrator cannot choose it. Terraform orders by references: a client that names no plan, in the configuration that also makes the default plan, needs `depends_on` with that plan.
    #[serde(default)]
    #[schemars(extend("x-tf" = {"path": "/contract/billing_plan/code", "computed": true}))]
    pub tariff_plan: Option<Code>,
    /// Name of the client's contract; without it, the client's name when it was created.
    #[serde(default)]
    #[schemars(length(min = 1, max = 255), extend("x-tf" = {"path": "/contract/name", "computed": true}))]
    pub contract_name: Option<String>,
    /// Internet speed in Mbit/s; without it, internet access is off. A change reaches new external connections only.
    #[serde(default)]
    #[schemars(range(min = 1, max = 100_000), extend("x-tf" = {"name": "internet_mbps"}))]
    pub internet: Option<u32>,
    /// Speed of the local network in Mbit/s. A change reaches new servers only.
    #[serde(default = "lan_default")]
    #[schemars(range(min = 1, max = 100_000), extend("x-tf" = {"name": "lan_mbps"}))]
    pub lan: u32,
    /// Codes of the hypervisors that the client may use; without it, all of the partner's.
    #[serde(default)]
    #[schemars(extend("x-tf" = {"path": "/allowed_hypervisor_codes"}))]
    pub allowed_hypervisors: Option<BTreeSet<Code>>,
    /// How the client may pay: `bank_transfer`, `yandex_kassa`.
    #[serde(default)]
    pub payment_methods: BTreeSet<PaymentMethod>,
    /// When the client pays: `prepay` or `postpay`.
    #[serde(default)]
    pub payment_model: PaymentModel,
    /// Balance in rubles at which a notice is sent, each time that a prepaid balance falls to it; without it, none is.
    #[serde(default)]
    pub min_balance: Option<Money>,
    /// Whether the client is kept from being deleted. Set it to false first to delete the client.
    #[serde(default)]
    pub deletion_protection: bool,
}

/// What a client is created from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub struct ClientSpec {
    /// Code of the client, unique within the partner.
    pub code: Code,
    /// Code of the partner whose client it is. It cannot be changed: a contract stays with its partner.
    #[schemars(extend("x-tf" = {"path": "/partner/code", "immutable": true}))]
    pub partner: Code,
    /// What may change later.
    #[serde(flatten)]
    pub settings: ClientUpdate,
}

/// A hypervisor that a client may use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct AllowedHypervisor {
    /// Id of the hypervisor.
    pub id: HypervisorId,
    /// Code of the hypervisor.
    pub code: String,
    /// Its name.
    pub name: String,
    /// What virtualizes.
    #[serde(rename = "type")]
    pub kind: HypervisorType,
}

/// A client as the API returns it, in the wire format of the platform's public clients.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClientView {
    /// Id of the client.
    pub id: ClientId,
    /// When it was created.
    pub ctime: WireTime,
    /// Moves with every edit; the value of `ETag`.
    pub version: i64,
    /// Code, unique within the partner.
    pub code: String,
    /// Name.
    pub name: String,
    /// The partner whose client it is.
    pub partner: Ref,
    /// How many projects it has.
    pub projects: i64,
    /// People to write to.
    pub contact_emails: Vec<ContactEmail>,
    /// Internet speed in Mbit/s; null is off.
    pub internet: Option<u32>,
    /// Speed of the local network in Mbit/s.
    pub lan: u32,
    /// Hypervisors that it may use now.
    pub allowed_hypervisors: Vec<AllowedHypervisor>,
    /// Codes of the hypervisors that it is restricted to; null is all of the partner's.
    pub allowed_hypervisor_codes: Option<BTreeSet<String>>,
    /// How it may pay.
    pub payment_methods: BTreeSet<PaymentMethod>,
    /// When it pays.
    pub payment_model: PaymentModel,
    /// Balance at which a notice is sent.
    pub min_balance: Option<Money>,
    /// Whether it is kept from being deleted.
    pub deletion_protection: bool,
    /// Its contract.
    pub contract: ContractRef,
    /// The project that was made with it.
    pub default_project: Ref,
}

/// A person to write to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct ContactEmail {
    /// Id of the user.
    pub id: uuid::Uuid,
    /// Full name.
    pub username: String,
    /// E-mail address.
    pub email: String,
    /// Phone number.
    pub phone: Option<String>,
}

/// A client is a customer of a partner. Its contract, where its charges are booked, and its first project come with it. A client with machines, or with `deletion_protection`, cannot be deleted.
#[derive(JsonSchema)]
pub struct Client;

impl Resource for Client {
    const NOUN: &'static str = "client";
    const KEY: &'static [&'static str] = &["partner", "code"];
    const COMPUTED: &'static [Computed] = &[
        Computed { name: "contract_id", path: "/contract/id", description: "Id of the client's contract." },
        Computed {
            name: "default_project_id",
            path: "/default_project/id",
            description: "Id of the project that was made with the client; its code is `default`.",
        },
    ];
    type Spec = ClientSpec;
    type Update = ClientUpdate;
    type View = ClientView;
    type List = endpoint::client::List;
    type Create = endpoint::client::Create;
    type Read = endpoint::client::Read;
    type Replace = endpoint::client::Replace;
    type Delete = endpoint::client::Delete;
}
