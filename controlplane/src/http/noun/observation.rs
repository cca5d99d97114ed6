//! Operations on observations.

use super::handle;
use crate::app::observation as app;
use schemas::endpoint::observation as endpoint;

handle!(endpoint::OpenSource, |op, _, _, source| app::open_source(op, source).await);
handle!(endpoint::Create, |op, _, _, batch| app::create(op, batch).await);
