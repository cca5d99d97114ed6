//! `esu_client_defaults`: what a partner's clients begin with that register themselves.

use crate::adapter::Managed;
use schemas::{registry::resource_info, resource::client_defaults::ClientDefaults};

/// The resource.
pub(crate) fn resource() -> Managed {
    Managed::new(resource_info::<ClientDefaults>())
}
