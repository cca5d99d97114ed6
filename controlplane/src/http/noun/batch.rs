//! Batches.

use super::handle;
use crate::http::batch;
use schemas::endpoint::batch as endpoint;

handle!(endpoint::Run, state, |op, _, _, body| batch::run(state, op, body).await);
