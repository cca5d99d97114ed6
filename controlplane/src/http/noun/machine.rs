//! Operations on machines.

use super::handle;
use crate::app::machine as app;
use schemas::endpoint::machine as endpoint;

handle!(endpoint::List, |op, _, query, ()| app::list(op, query).await);
