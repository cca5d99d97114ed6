//! Operations on domains.

use super::{handle, managed, singleton};

managed!(domain);
