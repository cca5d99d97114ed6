//! Plan impact.

use super::handle;
use crate::app::plan_impact as app;
use schemas::endpoint::plan_impact as endpoint;

handle!(endpoint::Read, |op, _, query, ()| app::read(op, &query).await);
