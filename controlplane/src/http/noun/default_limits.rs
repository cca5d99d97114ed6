//! Operations on default limits.

use super::{handle, singleton};

singleton!(default_limits);
