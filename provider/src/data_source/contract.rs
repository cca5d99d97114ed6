//! `esu_contract`: where a client's charges are booked.

use crate::adapter::View;
use schemas::{
    endpoint::contract::{List, Read},
    registry::{endpoint_info, schema_of},
    resource::contract::ContractView,
    tf,
};
use serde_json::json;

/// Contracts, as they are looked up.
pub(crate) fn view() -> View {
    let description = "A contract is where a client's charges are booked; it comes with its client";
    let shown = schema_of::<ContractView>();
    let (list, read) = (endpoint_info::<List>(), endpoint_info::<Read>());
    let key = &["partner", "client"];
    let mut view = View::read_only("contract", description, key, &shown, list, Some(read));
    // One is found by its partner's code: that is what the attribute is, not the reference that the answer nests.
    for partner in view.attributes.iter_mut().filter(|attribute| attribute.name == "partner") {
        "/partner/code".clone_into(&mut partner.path);
        partner.field = tf::field(&json!({ "type": "string" }));
        "Code of the partner that it belongs to; null once the partner is deleted."
            .clone_into(&mut partner.description);
    }
    view
}
