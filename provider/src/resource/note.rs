//! `esu_note`: a note on a client.

use crate::adapter::Managed;
use schemas::{registry::resource_info, resource::note::Note};

/// The resource.
pub(crate) fn resource() -> Managed {
    Managed::new(resource_info::<Note>())
}
