//! Limits by hypervisor: what may be limited, and how limits are stored (5.2).

use super::{Error, FieldErrors, Operation, convert, partner};
use schemas::{code::Code, resource::limits::LimitsByHypervisor};
use store::{Json, model::partner::Partner};

/// Where the limits are in a body.
const FIELD: &str = "limits";

/// The limits that a column holds.
pub(super) fn stored(column: Option<&Json>) -> Result<LimitsByHypervisor, Error> {
    column.map_or_else(|| Ok(LimitsByHypervisor::new()), |json| json.read().map_err(convert::stored))
}

/// An error at each hypervisor that is limited and not the partner's (5.2-02).
pub(super) fn strangers(
    owner: &Code,
    limits: &LimitsByHypervisor,
    has: impl Fn(&str) -> bool,
) -> FieldErrors {
    let refused = limits.keys().filter(|code| !has(code));
    let error = |code: &String| {
        let text = format!("the partner \"{owner}\" has no hypervisor \"{code}\"");
        (format!("{FIELD}.{code}"), vec![text])
    };
    refused.map(error).collect()
}

/// Refuses limits of nothing, and of what is not the partner's.
pub(super) async fn check(
    op: &mut Operation,
    owner: &Partner,
    limits: &LimitsByHypervisor,
) -> Result<(), Error> {
    if limits.is_empty() {
        return Err(Error::field(FIELD, "limit at least one hypervisor, or delete the limits as a whole"));
    }
    let assigned = partner::assigned(op, owner.id).await?;
    let errors = strangers(&owner.code, limits, |code| assigned.iter().any(|row| row.code.as_str() == code));
    if errors.is_empty() { Ok(()) } else { Err(Error::Fields(errors)) }
}
