//! The register of idempotency keys, as far as callers look after it themselves.

use super::{Error, Operation};
use schemas::endpoint::idempotency::Keys;
use store::queries;

/// Forgets keys of the caller. The register is no object of anybody's: what is forgotten is not told in the audit log,
/// as what grows old in it is not.
///
/// # Errors
/// When the database fails.
pub async fn forget(op: &mut Operation, keys: &Keys) -> Result<(), Error> {
    let account_id = op.request.actor.account_id;
    queries::idempotency::delete(op.tx()?, account_id, &keys.keys).await?;
    Ok(())
}
