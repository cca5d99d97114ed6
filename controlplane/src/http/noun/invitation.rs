//! Operations on invitations.

use super::handle;
use crate::app::invitation as app;
use schemas::endpoint::invitation as endpoint;

handle!(endpoint::Read, |op, path, _, ()| app::read(op, &path.id).await);
handle!(endpoint::Accept, |op, path, _, acceptance| app::accept(op, &path.id, acceptance).await);
