//! Public ids: UUID v4, one type per kind of object.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

/// Declares the id type of one kind of object.
macro_rules! id {
    ($($(#[$doc:meta])* $name:ident, $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
        )]
        #[serde(transparent)]
        #[schemars(inline)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new random id.
            pub fn random() -> Self {
                Self(Uuid::new_v4())
            }

            /// The short name of the object: its kind and the first 8 digits of its id.
            pub fn short(self) -> String {
                short($prefix, self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, uuid::Error> {
                text.parse().map(Self)
            }
        }
    )*};
}

/// The platform's short name of an object, such as `vm-954fd467`.
pub fn short(prefix: &str, id: Uuid) -> String {
    let digits = id.simple().to_string();
    format!("{prefix}-{}", digits.get(..8).unwrap_or(&digits))
}

id! {
    /// A partner: a reseller or white-label operator of the cloud.
    PartnerId, "partner";
    /// A hypervisor: a pool of KVM or ESXi machines under one endpoint.
    HypervisorId, "hypervisor";
    /// A tariff plan: a price list.
    TariffPlanId, "plan";
    /// A promotion: the price of a whole machine of one configuration.
    PromotionId, "promotion";
    /// A client of a partner.
    ClientId, "client";
    /// A client's contract: where its charges are booked.
    ContractId, "contract";
    /// A client's project: what its machines belong to.
    ProjectId, "project";
    /// A note on a client.
    NoteId, "note";
    /// A domain whose users belong to a partner.
    DomainId, "domain";
    /// An account that may call the API.
    AccountId, "account";
    /// What a user may do with a partner or a client.
    AccessId, "access";
    /// A public key of an account.
    PublicKeyId, "key";
    /// A machine, as a hypervisor knows it.
    MachineId, "vm";
}
