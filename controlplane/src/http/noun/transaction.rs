//! Operations on the ledger.

use super::handle;
use crate::app::transaction as app;
use schemas::endpoint::transaction as endpoint;

handle!(endpoint::List, |op, _, query, ()| app::list(op, query).await);
