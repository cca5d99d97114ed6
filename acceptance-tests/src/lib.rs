//! The real terraform against the real server.
