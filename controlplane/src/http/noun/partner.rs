//! Operations on partners.

use super::{handle, managed};

managed!(partner);
