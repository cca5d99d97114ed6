//! Operations on domains.

use super::{ById, InParent, Page, Patch, endpoint, list_query};
use crate::resource::domain::{DomainSpec, DomainUpdate, DomainView};

list_query! {
    /// Which domains, in which order.
    DomainQuery, sorted by "`name`, `ctime` or `partner`", searched by "name" {
        /// Exactly this name.
        name: String,
        /// Code or id of the partner.
        partner: String,
        /// `true` for domains whose users may register themselves, `false` for the others.
        registration_enabled: bool,
    }
}

endpoint! {
    /// Lists the domains that the caller may see.
    List = "domain.list" GET "/v1/domain" Partner query DomainQuery, answer Page<DomainView>
}

endpoint! {
    /// Creates a domain.
    Create = "domain.create" POST "/v1/domain" Platform body DomainSpec, answer DomainView
}

endpoint! {
    /// Reads one domain by id or name.
    Read = "domain.read" GET "/v1/domain/{id}" Partner path ById, query InParent, answer DomainView
}

endpoint! {
    /// Replaces everything that may change in a domain; what is left out goes back to its default.
    Replace = "domain.replace" PUT "/v1/domain/{id}" Platform path ById, query InParent, body DomainUpdate, answer DomainView
}

endpoint! {
    /// Changes some fields of a domain.
    Modify = "domain.modify" PATCH "/v1/domain/{id}" Platform path ById, query InParent, body Patch<DomainUpdate>, answer DomainView
}

endpoint! {
    /// Deletes a domain.
    Delete = "domain.delete" DELETE "/v1/domain/{id}" Platform path ById, query InParent, answer ()
}
