//! Operations on client defaults.

use super::{ById, InParent, ListQuery, Page, Patch, endpoint};
use crate::resource::client_defaults::{ClientDefaultsUpdate, ClientDefaultsView};

endpoint! {
    /// Lists the client defaults that are set, of the partners that the caller may see.
    List = "client_defaults.list" GET "/v1/client_defaults" Partner query ListQuery, answer Page<ClientDefaultsView>
}

endpoint! {
    /// Sets a partner's client defaults as a whole; what is left out goes back to its default. With `If-None-Match: *` only where none are set.
    Replace = "client_defaults.replace" PUT "/v1/partner/{id}/client_defaults" Partner path ById, query InParent, body ClientDefaultsUpdate, answer ClientDefaultsView
}

endpoint! {
    /// Reads a partner's client defaults; 404 where none are set.
    Read = "client_defaults.read" GET "/v1/partner/{id}/client_defaults" Partner path ById, query InParent, answer ClientDefaultsView
}

endpoint! {
    /// Changes some of a partner's client defaults that are set.
    Modify = "client_defaults.modify" PATCH "/v1/partner/{id}/client_defaults" Partner path ById, query InParent, body Patch<ClientDefaultsUpdate>, answer ClientDefaultsView
}

endpoint! {
    /// Clears a partner's client defaults; where none are set, that is done already.
    Delete = "client_defaults.delete" DELETE "/v1/partner/{id}/client_defaults" Partner path ById, query InParent, answer ()
}
