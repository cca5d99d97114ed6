//! `esu_client_limits`: how much a client may use of each hypervisor.

use crate::adapter::Managed;
use schemas::{registry::resource_info, resource::client_limits::ClientLimits};

/// The resource.
pub(crate) fn resource() -> Managed {
    Managed::new(resource_info::<ClientLimits>())
}
