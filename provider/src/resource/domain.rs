//! `esu_domain`: a domain whose users belong to a partner.

use crate::adapter::Managed;
use schemas::{registry::resource_info, resource::domain::Domain};

/// The resource.
pub(crate) fn resource() -> Managed {
    Managed::new(resource_info::<Domain>())
}
