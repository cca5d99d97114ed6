//! Operations on the test clock, which is there only when the server is started with one.

use super::endpoint;
use crate::time::Instant;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The server's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClockView {
    /// What time it is for the server.
    pub now: Instant,
}

endpoint! {
    /// Reads the test clock.
    Read = "clock.read" GET "/v1/clock" Platform answer ClockView
}

endpoint! {
    /// Moves the test clock forward.
    Replace = "clock.replace" PUT "/v1/clock" Platform body ClockView, answer ClockView
}
