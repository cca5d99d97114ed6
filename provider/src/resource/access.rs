//! `esu_access`: what a user may do with a partner or a client.

use crate::adapter::Managed;
use schemas::{registry::resource_info, resource::access::Access};
use tfplugin::{Diagnostics, Object};

/// The resource.
pub(crate) fn resource() -> Managed {
    Managed::new(resource_info::<Access>()).checked(check)
}

/// A role over a partner has no client, and any other has one; projects are assigned to one role alone.
fn check(config: &Object) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    let Some(role) = config.str("role") else { return diagnostics };
    let is_over_partner = role == "partner_admin";
    if is_over_partner && config.str("client").is_some() {
        let text = "A partner_admin is over a partner: leave the client out.";
        diagnostics.error("client", "Invalid value", text);
    }
    if !is_over_partner && config.get("client").is_null() {
        diagnostics.error("client", "Missing value", format!("Say over which client the {role} is."));
    }
    if role != "client_user" && config.elements("projects").is_some_and(|projects| !projects.is_empty()) {
        let text = "Projects are assigned to a client_user; the other roles have all of the client's.";
        diagnostics.error("projects", "Invalid value", text);
    }
    diagnostics
}
