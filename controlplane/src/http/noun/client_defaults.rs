//! Operations on client defaults.

use super::{handle, singleton};

singleton!(client_defaults);
