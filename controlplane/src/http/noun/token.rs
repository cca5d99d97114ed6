//! Operations on tokens.

use super::handle;
use crate::app::token as app;
use schemas::endpoint::token as endpoint;

handle!(endpoint::List, |op, path, query, ()| app::list(op, &path.id, &query).await);
handle!(endpoint::Create, |op, path, _, spec| app::create(op, &path.id, &spec).await);
handle!(endpoint::Delete, |op, path, _, ()| app::delete(op, &path.id, &path.number).await);
