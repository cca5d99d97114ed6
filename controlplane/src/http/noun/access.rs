//! Operations on access objects.

use super::{handle, managed, singleton};

managed!(access);
handle!(
    endpoint::ResendInvitation,
    |op, path, query, ()| app::resend_invitation(op, &path.id, &query).await,
    seen by app::read
);
