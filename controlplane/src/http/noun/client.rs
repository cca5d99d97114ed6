//! Operations on clients.

use super::{handle, managed, singleton};

managed!(client);
