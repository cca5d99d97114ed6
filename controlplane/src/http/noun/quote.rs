//! Quotes.

use super::handle;
use crate::app::quote as app;
use schemas::endpoint::quote as endpoint;

handle!(endpoint::Read, |op, _, query, ()| app::read(op, &query).await);
