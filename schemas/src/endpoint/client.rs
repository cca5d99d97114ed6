//! Operations on clients.

use super::{ById, InParent, Page, Patch, endpoint, list_query};
use crate::resource::client::{ClientSpec, ClientUpdate, ClientView};

list_query! {
    /// Which clients, in which order.
    ClientQuery, sorted by "`name`, `code`, `ctime`, `balance`, `tariff_plan`, `projects` or `partner`", searched by "name" {
        /// Part of the name, as `q`: the platform's public clients compare the whole name themselves.
        name: String,
        /// Exactly this code.
        code: String,
        /// Code or id of the partner.
        partner: String,
        /// Code or id of the tariff plan that they are on.
        tariff_plan: String,
    }
}

endpoint! {
    /// Lists the clients that the caller may see.
    List = "client.list" GET "/v1/client" Partner query ClientQuery, answer Page<ClientView>
}

endpoint! {
    /// Creates a client.
    Create = "client.create" POST "/v1/client" Partner body ClientSpec, answer ClientView
}

endpoint! {
    /// Reads one client by id or code.
    Read = "client.read" GET "/v1/client/{id}" Partner path ById, query InParent, answer ClientView
}

endpoint! {
    /// Replaces everything that may change in a client; what is left out goes back to its default.
    Replace = "client.replace" PUT "/v1/client/{id}" Partner path ById, query InParent, body ClientUpdate, answer ClientView
}

endpoint! {
    /// Changes some fields of a client.
    Modify = "client.modify" PATCH "/v1/client/{id}" Partner path ById, query InParent, body Patch<ClientUpdate>, answer ClientView
}

endpoint! {
    /// Deletes a client.
    Delete = "client.delete" DELETE "/v1/client/{id}" Partner path ById, query InParent, answer ()
}
