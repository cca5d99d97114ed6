//! Corrections of balances, as Terraform writes them down (7.7).

use super::payment::CorrectionSpec;
use crate::code::Code;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Corrects the balance of a client once, by an amount: up or down. What is in the ledger stays for ever: a correction is never changed, and destroying it only takes it out of the state. To take it back, write another one with the amount turned round. Once for its reference: where the same amount is there already under it, that correction is taken over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BalanceCorrection {
    /// Code of the client whose balance is corrected.
    #[schemars(extend("x-tf" = {"path": "/client/code"}))]
    pub client: Code,
    /// Code of the client's partner, where the client's code alone is ambiguous.
    #[serde(default)]
    #[schemars(extend("x-tf" = {"path": "/partner/code", "computed": true}))]
    pub partner: Option<Code>,
    /// What is written.
    #[serde(flatten)]
    pub correction: CorrectionSpec,
}
