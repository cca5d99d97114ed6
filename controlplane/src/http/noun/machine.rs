//! Operations on machines.

use super::handle;
use crate::app::machine as app;
use schemas::endpoint::machine as endpoint;

handle!(endpoint::List, |op, _, query, ()| app::list(op, query).await);
handle!(
    endpoint::Assign,
    |op, path, _, to| app::assign(op, &path.id, to).await,
    seen by app::read
);
handle!(
    endpoint::Release,
    |op, path, _, ()| app::release(op, &path.id).await,
    seen by app::read
);
