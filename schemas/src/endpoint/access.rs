//! Operations on access objects.

use super::{ById, InParent, Page, Patch, endpoint, list_query};
use crate::resource::access::{AccessSpec, AccessUpdate, AccessView, GrantedRole};

list_query! {
    /// Which access objects, in which order.
    AccessQuery, sorted by "`user` or `ctime`", searched by "login" {
        /// Login of the user.
        user: String,
        /// The role.
        role: GrantedRole,
        /// Code or id of the partner.
        partner: String,
        /// Code or id of the client.
        client: String,
    }
}

endpoint! {
    /// Lists what was given over the partners and clients whose access the caller manages.
    List = "access.list" GET "/v1/access" Partner query AccessQuery, answer Page<AccessView>
}

endpoint! {
    /// Gives a user access to a partner or a client.
    Create = "access.create" POST "/v1/access" Partner body AccessSpec, answer AccessView
}

endpoint! {
    /// Reads one access object by id.
    Read = "access.read" GET "/v1/access/{id}" Partner path ById, query InParent, answer AccessView
}

endpoint! {
    /// Assigns other projects.
    Replace = "access.replace" PUT "/v1/access/{id}" Partner path ById, query InParent, body AccessUpdate, answer AccessView
}

endpoint! {
    /// Changes some fields of an access object.
    Modify = "access.modify" PATCH "/v1/access/{id}" Partner path ById, query InParent, body Patch<AccessUpdate>, answer AccessView
}

endpoint! {
    /// Sends an invitation again, with another link: the one before ends. What was accepted is left as it is.
    ResendInvitation = "access.resend_invitation" POST "/v1/access/{id}/resend_invitation" Partner path ById, query InParent, answer AccessView, status OK
}

endpoint! {
    /// Takes access back, at once and for good.
    Delete = "access.delete" DELETE "/v1/access/{id}" Partner path ById, query InParent, answer ()
}
