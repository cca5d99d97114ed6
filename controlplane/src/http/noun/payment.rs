//! Operations on payments.

use super::handle;
use crate::app::payment as app;
use schemas::endpoint::payment as endpoint;

handle!(endpoint::List, |op, _, query, ()| app::list(op, query).await);
handle!(endpoint::Create, |op, _, _, spec| app::create(op, spec).await);
handle!(endpoint::Read, |op, path, _, ()| app::read(op, &path.id).await);
