//! Operations on invitations.

use super::{ById, endpoint};
use crate::resource::invitation::{Acceptance, InvitationView};

endpoint! {
    /// Reads an invitation by the secret of its link.
    Read = "invitation.read" GET "/v1/invitation/{id}" Nobody path ById, answer InvitationView
}

endpoint! {
    /// Takes an invitation up. Who has no account yet gets one with this name and password; who has one gives its password.
    Accept = "invitation.accept" POST "/v1/invitation/{id}/accept" Nobody path ById, body Acceptance, answer InvitationView, status OK
}
