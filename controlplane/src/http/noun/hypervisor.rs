//! Operations on hypervisors.

use super::{handle, managed};

managed!(hypervisor);
