//! What limits come to.

use super::handle;
use crate::app::effective_limits as app;
use schemas::endpoint::effective_limits as endpoint;

handle!(endpoint::Read, |op, _, query, ()| app::read(op, &query).await);
