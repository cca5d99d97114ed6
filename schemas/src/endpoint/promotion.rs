//! Operations on promotions.

use super::{ById, InParent, Page, PageInPartner, Patch, endpoint, list_query};
use crate::{
    resource::promotion::{PromotionGrantView, PromotionSpec, PromotionUpdate, PromotionView},
    time::CivilDay,
};

list_query! {
    /// Which promotions, in which order (6.2-09).
    PromotionQuery, sorted by "`starts_on`, `ends_on`, `price_per_day`, `name`, `code`, `ctime` or `partner`", searched by "name" {
        /// Part of the name, as `q`: the platform's public clients compare the whole name themselves.
        name: String,
        /// Exactly this code.
        code: String,
        /// Code or id of the partner.
        partner: String,
        /// Of this platform: `kvm` or `vmware`.
        platform: String,
        /// Those that give their price on this day, such as `2022-06-01`.
        on: CivilDay,
    }
}

endpoint! {
    /// Lists the promotions that the caller may see, the last to start first.
    List = "promotion.list" GET "/v1/promotion" Partner query PromotionQuery, answer Page<PromotionView>
}

endpoint! {
    /// Creates a promotion. A reseller's administrator may, too.
    Create = "promotion.create" POST "/v1/promotion" Partner body PromotionSpec, answer PromotionView
}

endpoint! {
    /// Reads one promotion by id or code.
    Read = "promotion.read" GET "/v1/promotion/{id}" Partner path ById, query InParent, answer PromotionView
}

endpoint! {
    /// Replaces everything that may change in a promotion; what is left out goes back to its default. Machines that have the price keep it.
    Replace = "promotion.replace" PUT "/v1/promotion/{id}" Partner path ById, query InParent, body PromotionUpdate, answer PromotionView
}

endpoint! {
    /// Changes some fields of a promotion. Machines that have the price keep it.
    Modify = "promotion.modify" PATCH "/v1/promotion/{id}" Partner path ById, query InParent, body Patch<PromotionUpdate>, answer PromotionView
}

endpoint! {
    /// Lists the machines that were given the price, the first one first.
    ListGrants = "promotion.list_grants" GET "/v1/promotion/{id}/grant" Partner path ById, query PageInPartner, answer Page<PromotionGrantView>
}

endpoint! {
    /// Deletes a promotion, running or over (6.2.2-02). Machines that have the price keep it.
    Delete = "promotion.delete" DELETE "/v1/promotion/{id}" Partner path ById, query InParent, answer ()
}
