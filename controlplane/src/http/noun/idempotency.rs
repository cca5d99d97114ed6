//! Operations on the register of idempotency keys.

use super::handle;
use crate::app::idempotency as app;
use schemas::endpoint::idempotency as endpoint;

handle!(endpoint::Forget, |op, _, _, creations| app::forget(op, &creations).await);
