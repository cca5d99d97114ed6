//! Operations on clients.

use super::{handle, managed};

managed!(client);
