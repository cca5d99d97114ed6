//! The machine's time, which the protocol wants for one thing: by when an ephemeral resource is renewed.

use std::time::SystemTime;

/// What time it is.
pub(crate) fn now() -> SystemTime {
    SystemTime::now()
}
