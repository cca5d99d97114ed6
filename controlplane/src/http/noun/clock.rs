//! Operations on the test clock.

use super::handle;
use crate::app::clock as app;
use schemas::endpoint::clock as endpoint;

handle!(endpoint::Read, |op, _, _, ()| app::read(op).await);
handle!(endpoint::Replace, |op, _, _, wanted| app::replace(op, wanted).await);
