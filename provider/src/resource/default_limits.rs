//! `esu_default_limits`: the limits that clients begin with that register themselves.

use crate::adapter::Managed;
use schemas::{registry::resource_info, resource::default_limits::DefaultLimits};

/// The resource.
pub(crate) fn resource() -> Managed {
    Managed::new(resource_info::<DefaultLimits>())
}
