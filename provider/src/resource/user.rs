//! `esu_user`: a person or a program that a partner lets in.

use crate::adapter::Managed;
use schemas::{registry::resource_info, resource::user::User};

/// The resource.
pub(crate) fn resource() -> Managed {
    Managed::new(resource_info::<User>())
}
