//! `esu_project`: what machines of a client belong to.

use crate::adapter::Managed;
use schemas::{registry::resource_info, resource::project::Project};

/// The resource.
pub(crate) fn resource() -> Managed {
    Managed::new(resource_info::<Project>())
}
