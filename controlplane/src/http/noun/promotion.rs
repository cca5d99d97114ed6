//! Operations on promotions.

use super::{handle, managed, singleton};

managed!(promotion);
handle!(endpoint::ListGrants, |op, path, query, ()| app::list_grants(op, &path.id, query).await);
