//! `esu_partner`: a reseller or white-label operator of the cloud.

use crate::adapter::Managed;
use schemas::{registry::resource_info, resource::partner::Partner};

/// The resource.
pub(crate) fn resource() -> Managed {
    Managed::new(resource_info::<Partner>())
}
