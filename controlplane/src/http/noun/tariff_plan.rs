//! Operations on tariff plans.

use super::{handle, managed, singleton};

managed!(tariff_plan);
