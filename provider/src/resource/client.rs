//! `esu_client`: a customer of a partner.

use crate::adapter::Managed;
use schemas::{registry::resource_info, resource::client::Client};

/// The resource.
pub(crate) fn resource() -> Managed {
    Managed::new(resource_info::<Client>())
}
