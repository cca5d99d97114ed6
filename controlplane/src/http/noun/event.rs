//! Operations on the audit log.

use super::handle;
use crate::app::event as app;
use schemas::endpoint::event as endpoint;

handle!(endpoint::List, |op, _, query, ()| app::list(op, query).await);
