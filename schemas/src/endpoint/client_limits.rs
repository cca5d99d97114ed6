//! Operations on client limits.

use super::{ById, InParent, ListQuery, Page, Patch, endpoint};
use crate::resource::client_limits::{ClientLimitsUpdate, ClientLimitsView};

endpoint! {
    /// Lists the client limits that are set, of the clients that the caller may see.
    List = "client_limits.list" GET "/v1/client_limits" Partner query ListQuery, answer Page<ClientLimitsView>
}

endpoint! {
    /// Sets a client's limits as a whole; what is left out goes back to its default. With `If-None-Match: *` only where none are set.
    Replace = "client_limits.replace" PUT "/v1/client/{id}/limits" Partner path ById, query InParent, body ClientLimitsUpdate, answer ClientLimitsView
}

endpoint! {
    /// Reads a client's limits; 404 where none are set.
    Read = "client_limits.read" GET "/v1/client/{id}/limits" Partner path ById, query InParent, answer ClientLimitsView
}

endpoint! {
    /// Changes some of a client's limits that are set.
    Modify = "client_limits.modify" PATCH "/v1/client/{id}/limits" Partner path ById, query InParent, body Patch<ClientLimitsUpdate>, answer ClientLimitsView
}

endpoint! {
    /// Clears a client's limits; where none are set, that is done already.
    Delete = "client_limits.delete" DELETE "/v1/client/{id}/limits" Partner path ById, query InParent, answer ()
}
