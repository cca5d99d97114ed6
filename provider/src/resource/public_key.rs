//! `esu_public_key`: a public key of a user.

use crate::adapter::Managed;
use schemas::{registry::resource_info, resource::public_key::PublicKey};

pub(crate) fn resource() -> Managed {
    Managed::new(resource_info::<PublicKey>())
}
