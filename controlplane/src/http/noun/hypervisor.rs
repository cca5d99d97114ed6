//! Operations on hypervisors.

use super::{handle, managed, singleton};

managed!(hypervisor);
