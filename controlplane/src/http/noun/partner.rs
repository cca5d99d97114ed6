//! Operations on partners.

use super::{handle, managed, singleton};

managed!(partner);
