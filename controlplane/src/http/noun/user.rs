//! Operations on users.

use super::{handle, managed, singleton};

managed!(user);
handle!(
    endpoint::ResetPassword,
    |op, path, query, ()| app::reset_password(op, &path.id, &query).await,
    seen by app::read
);
