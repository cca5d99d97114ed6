//! Operations on notes.

use super::{handle, managed, singleton};

managed!(note);
handle!(
    endpoint::Confirm,
    |op, path, query, ()| app::confirm(op, &path.id, &query).await,
    seen by app::read
);
