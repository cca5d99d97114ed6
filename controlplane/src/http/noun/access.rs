//! Operations on access objects.

use super::{handle, managed, singleton};

managed!(access);
