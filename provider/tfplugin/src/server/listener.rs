//! The socket: Unix where there is one, else TCP on the loopback.

#[cfg(any(not(unix), test))]
mod tcp;
#[cfg(unix)]
mod unix;

#[cfg(not(unix))]
pub(super) use tcp::{Listener, Socket};
#[cfg(unix)]
pub(super) use unix::{Listener, Socket};
