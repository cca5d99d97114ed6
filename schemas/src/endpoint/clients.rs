//! Many clients of a partner at once.

use super::{ById, Lines, endpoint};
use crate::resource::clients::{ClientLine, ClientReceipt};

/// The most clients of one call.
pub const MAX_LINES: usize = 100_000;

/// The longest line, in bytes.
pub const MAX_LINE_LENGTH: usize = 64 << 10;

endpoint! {
    /// Creates any number of clients of a partner, all or nothing: one on each line of the body, and its receipt on the same line of the answer.
    Create = "clients.create" PUT "/v1/partner/{id}/clients" Partner path ById, body Lines<ClientLine>, answer Lines<ClientReceipt>
}
