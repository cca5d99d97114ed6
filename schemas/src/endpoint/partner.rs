//! Operations on partners.

use super::{ById, InParent, Page, Patch, endpoint, list_query};
use crate::resource::partner::{PartnerSpec, PartnerUpdate, PartnerView};

list_query! {
    /// Which partners, in which order.
    PartnerQuery, sorted by "`name`, `code` or `ctime`", searched by "name" {
        /// Part of the name, as `q`: the platform's public clients compare the whole name themselves.
        name: String,
        /// Exactly this code.
        code: String,
    }
}

endpoint! {
    /// Lists the partners that the caller may see.
    List = "partner.list" GET "/v1/partner" Partner query PartnerQuery, answer Page<PartnerView>
}

endpoint! {
    /// Creates a partner.
    Create = "partner.create" POST "/v1/partner" Platform body PartnerSpec, answer PartnerView
}

endpoint! {
    /// Reads one partner by id or code.
    Read = "partner.read" GET "/v1/partner/{id}" Partner path ById, query InParent, answer PartnerView
}

endpoint! {
    /// Replaces everything that may change in a partner; what is left out goes back to its default.
    Replace = "partner.replace" PUT "/v1/partner/{id}" Partner path ById, query InParent, body PartnerUpdate, answer PartnerView
}

endpoint! {
    /// Changes some fields of a partner.
    Modify = "partner.modify" PATCH "/v1/partner/{id}" Partner path ById, query InParent, body Patch<PartnerUpdate>, answer PartnerView
}

endpoint! {
    /// Deletes a partner.
    Delete = "partner.delete" DELETE "/v1/partner/{id}" Platform path ById, query InParent, answer ()
}
