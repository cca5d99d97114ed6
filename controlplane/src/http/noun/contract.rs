//! Operations on contracts.

use super::handle;
use crate::app::contract as app;
use schemas::endpoint::contract as endpoint;

handle!(endpoint::List, |op, _, query, ()| app::list(op, query).await);
handle!(endpoint::Read, |op, path, query, ()| app::read(op, &path.id, &query).await);
handle!(endpoint::Report, |op, path, query, ()| app::report(op, &path.id, &query).await);
