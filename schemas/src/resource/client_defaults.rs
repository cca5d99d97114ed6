//! What a client that registers itself begins with (5.1).

use super::{
    Computed, Ref, Resource,
    client::{PaymentMethod, PaymentModel, lan_default},
};
use crate::{code::Code, endpoint, id::PartnerId, money::Money, time::WireTime};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

const fn balance_default() -> Money {
    Money::ZERO
}

/// What may change in a partner's client defaults. An edit reaches registrations made after it, and no client that is there (5-06).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub struct ClientDefaultsUpdate {
    /// Balance in rubles that the client starts with: 0 or more (5.1-02).
    #[serde(default = "balance_default")]
    #[schemars(extend("minimum" = 0))]
    pub balance: Money,
    /// Code of the partner's tariff plan that the client is on; without it, the partner's default plan (5.1-03). A reseller's administrator cannot choose it.
    #[serde(default)]
    #[schemars(extend("x-tf" = {"path": "/tariff_plan/code"}))]
    pub tariff_plan: Option<Code>,
    /// Internet speed in Mbit/s; without it, internet access is off (5.1-04).
    #[serde(default)]
    #[schemars(range(min = 1, max = 100_000))]
    pub internet_mbps: Option<u32>,
    /// Speed of the local network in Mbit/s (5.1-05).
    #[serde(default = "lan_default")]
    #[schemars(range(min = 1, max = 100_000))]
    pub lan_mbps: u32,
    /// How the client may pay: `bank_transfer`, `yandex_kassa` (5.1-06).
    #[serde(default)]
    pub payment_methods: BTreeSet<PaymentMethod>,
    /// When the client pays: `prepay`, usual for individuals, or `postpay`, usual for legal entities (5.1-07).
    #[serde(default)]
    pub payment_model: PaymentModel,
}

/// What a partner's client defaults are made from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub struct ClientDefaultsSpec {
    /// Code of the partner whose defaults they are.
    #[schemars(extend("x-tf" = {"path": "/partner/code"}))]
    pub partner: Code,
    /// What may change later.
    #[serde(flatten)]
    pub settings: ClientDefaultsUpdate,
}

/// A partner's client defaults as the API returns them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClientDefaultsView {
    /// Id of the partner, which names its defaults too.
    pub id: PartnerId,
    /// When they were first set.
    pub ctime: WireTime,
    /// Moves with every edit; the value of `ETag`.
    pub version: i64,
    /// The partner whose defaults they are.
    pub partner: Ref,
    /// Balance in rubles that a client starts with.
    pub balance: Money,
    /// The tariff plan that a client is on; null is the partner's default plan.
    pub tariff_plan: Option<Ref>,
    /// Internet speed in Mbit/s; null is off.
    pub internet_mbps: Option<u32>,
    /// Speed of the local network in Mbit/s.
    pub lan_mbps: u32,
    /// How a client may pay.
    pub payment_methods: BTreeSet<PaymentMethod>,
    /// When a client pays.
    pub payment_model: PaymentModel,
}

/// What every client of a partner begins with that registers itself: balance, tariff plan, internet and local network, payment. They count where the partner has a domain that allows registration. Clients that an administrator creates do not take anything from them.
#[derive(JsonSchema)]
pub struct ClientDefaults;

impl Resource for ClientDefaults {
    const NOUN: &'static str = "client_defaults";
    const KEY: &'static [&'static str] = &["partner"];
    const COMPUTED: &'static [Computed] = &[];
    type Spec = ClientDefaultsSpec;
    type Update = ClientDefaultsUpdate;
    type View = ClientDefaultsView;
    type List = endpoint::client_defaults::List;
    type Create = endpoint::client_defaults::Replace;
    type Read = endpoint::client_defaults::Read;
    type Replace = endpoint::client_defaults::Replace;
    type Delete = endpoint::client_defaults::Delete;
}
