//! Operations on tariff plans.

use super::{handle, managed, singleton};

managed!(tariff_plan);
handle!(
    endpoint::Clone,
    |op, path, query, copy| app::clone(op, &path.id, &query, copy).await,
    seen by app::read
);
handle!(endpoint::ListVersions, |op, path, query, ()| app::list_versions(op, &path.id, query).await);
