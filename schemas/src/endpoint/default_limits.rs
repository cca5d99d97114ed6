//! Operations on default limits.

use super::{ById, InParent, ListQuery, Page, Patch, endpoint};
use crate::resource::default_limits::{DefaultLimitsUpdate, DefaultLimitsView};

endpoint! {
    /// Lists the default limits that are set, of the partners that the caller may see.
    List = "default_limits.list" GET "/v1/default_limits" Partner query ListQuery, answer Page<DefaultLimitsView>
}

endpoint! {
    /// Sets a partner's default limits as a whole; what is left out goes back to its default. With `If-None-Match: *` only where none are set.
    Replace = "default_limits.replace" PUT "/v1/partner/{id}/default_limits" Partner path ById, query InParent, body DefaultLimitsUpdate, answer DefaultLimitsView
}

endpoint! {
    /// Reads a partner's default limits; 404 where none are set.
    Read = "default_limits.read" GET "/v1/partner/{id}/default_limits" Partner path ById, query InParent, answer DefaultLimitsView
}

endpoint! {
    /// Changes some of a partner's default limits that are set.
    Modify = "default_limits.modify" PATCH "/v1/partner/{id}/default_limits" Partner path ById, query InParent, body Patch<DefaultLimitsUpdate>, answer DefaultLimitsView
}

endpoint! {
    /// Clears a partner's default limits; where none are set, that is done already.
    Delete = "default_limits.delete" DELETE "/v1/partner/{id}/default_limits" Partner path ById, query InParent, answer ()
}
