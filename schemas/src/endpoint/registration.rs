//! Operations on registrations.

use super::{ById, endpoint};
use crate::resource::registration::{Confirmation, Registered, RegistrationReceipt, RegistrationSpec};

endpoint! {
    /// Registers somebody in a domain whose users may register themselves: a message with a link is sent.
    Create = "registration.create" POST "/v1/registration" Nobody body RegistrationSpec, answer RegistrationReceipt
}

endpoint! {
    /// Confirms a registration by the secret of its link: makes the client, with what the partner's clients begin with at this moment, and its administrator.
    Confirm = "registration.confirm" POST "/v1/registration/{id}/confirm" Nobody path ById, body Confirmation, answer Registered
}
