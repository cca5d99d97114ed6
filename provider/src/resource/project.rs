//! `esu_project`: what machines of a client belong to.

use crate::adapter::Managed;
use schemas::{code::Code, registry::resource_info, resource::project::Project};
use serde_json::Value as Json;

/// The resource.
pub(crate) fn resource() -> Managed {
    Managed::new(resource_info::<Project>())
}

/// Whether it is the project that came with its client and goes with it.
pub(crate) fn is_automatic(found: &Json) -> bool {
    found.get("code").and_then(Json::as_str) == Some(Code::default_code().as_str())
}
