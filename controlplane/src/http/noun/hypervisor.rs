//! Operations on hypervisors.

use super::{handle, managed, singleton};

managed!(hypervisor);
handle!(
    endpoint::Collect,
    |op, path, query, ()| app::collect(op, &path.id, &query).await,
    seen by app::read
);
