//! The register of idempotency keys, as far as callers look after it themselves.

use super::{Error, Operation};
use schemas::endpoint::idempotency::Creations;
use store::queries;

/// Forgets keys of the caller, and those under which it made objects. The register is no object of anybody's: what is forgotten is not told in the audit log,
/// as what grows old in it is not.
///
/// # Errors
/// When the database fails.
pub async fn forget(op: &mut Operation, creations: &Creations) -> Result<(), Error> {
    let account_id = op.request.actor.account_id;
    queries::idempotency::delete(op.tx()?, account_id, &creations.keys).await?;
    queries::idempotency::delete_by_objects(op.tx()?, account_id, &creations.objects).await?;
    Ok(())
}
