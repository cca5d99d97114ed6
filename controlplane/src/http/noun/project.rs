//! Operations on projects.

use super::{handle, managed, singleton};

managed!(project);
