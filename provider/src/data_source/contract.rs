//! `esu_contract`: where a client's charges are booked.

use crate::adapter::View;
use schemas::{
    endpoint::contract::{List, Read},
    registry::{endpoint_info, schema_of},
    resource::contract::ContractView,
};

/// Contracts, as they are looked up.
pub(crate) fn view() -> View {
    let description = "A contract is where a client's charges are booked; it comes with its client";
    let shown = schema_of::<ContractView>();
    let (list, read) = (endpoint_info::<List>(), endpoint_info::<Read>());
    View::read_only("contract", description, &["partner", "client"], &shown, list, Some(read))
}
