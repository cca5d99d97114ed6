//! Operations on clients' limits.

use super::{handle, singleton};

singleton!(client_limits);
