//! Operations on registrations.

use super::handle;
use crate::app::registration as app;
use schemas::endpoint::registration as endpoint;

handle!(endpoint::Create, |op, _, _, spec| app::create(op, spec).await);
handle!(endpoint::Confirm, |op, path, _, confirmation| app::confirm(op, &path.id, confirmation).await);
