//! Operations on accounts.

use super::handle;
use crate::app;
use schemas::endpoint::account as endpoint;

handle!(endpoint::Me, |op, _, _, ()| app::me(op).await);
handle!(endpoint::ChangePassword, |op, _, _, change| app::change_password(op, &change).await);
handle!(endpoint::ChangeNotify, |op, _, _, notify| app::change_notify(op, notify).await);
