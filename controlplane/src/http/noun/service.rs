//! Operations on the catalogue.

use super::handle;
use crate::app::service as app;
use schemas::endpoint::service as endpoint;

handle!(endpoint::List, |_op, _, _, ()| Ok(app::list()));
