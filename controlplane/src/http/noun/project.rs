//! Operations on projects.

use super::handle;
use crate::app::project as app;
use schemas::endpoint::project as endpoint;

handle!(endpoint::List, |op, _, query, ()| app::list(op, query).await);
handle!(endpoint::Read, |op, path, query, ()| app::read(op, &path.id, &query).await);
