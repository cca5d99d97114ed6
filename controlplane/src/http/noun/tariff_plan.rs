//! Operations on tariff plans.

use super::{handle, managed};

managed!(tariff_plan);
