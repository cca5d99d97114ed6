//! Operations on contracts.

use super::handle;
use crate::app::{contract as app, payment};
use schemas::endpoint::contract as endpoint;

handle!(endpoint::List, |op, _, query, ()| app::list(op, query).await);
handle!(endpoint::Read, |op, path, query, ()| app::read(op, &path.id, &query).await);
handle!(endpoint::Report, |op, path, query, ()| app::report(op, &path.id, &query).await);
handle!(
    endpoint::Correct,
    |op, path, query, spec| payment::correct(op, &path.id, &query, spec).await,
    seen by app::read
);
