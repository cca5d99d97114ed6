//! An async client of libvirt's RPC protocol in pure Rust.
//!
//! It speaks to `libvirtd` and `virtqemud` over a local socket, TCP or TLS, without libvirt's C library. Every
//! call has a deadline; many calls may be under way at once on one [`Connection`]; what happens to domains
//! arrives as [`Events`]. When the connection ends, every waiting call fails and the events end: nothing
//! reconnects behind the caller's back.
//!
//! What the peer sends is not trusted: lengths, counts and texts are checked, and a packet that does not
//! add up ends the connection.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use libvirt_rpc::{Address, Connection};
//! use std::time::Duration;
//!
//! let deadline = Duration::from_secs(5);
//! let address: Address = "qemu+tcp://127.0.0.1:16509/system".parse()?;
//! let connection = Connection::open(&address, deadline).await?;
//! for domain in connection.domains(deadline).await? {
//!     println!("{} has {:?}", domain.name, connection.domain_info(&domain, deadline).await?);
//! }
//! # Ok(()) }
//! ```

mod address;
mod calls;
mod connection;
mod error;
mod event;
#[cfg(test)]
mod fuzz_tests;
mod operations;
mod packet;
mod tls;
mod types;
mod xdr;

pub use address::{Address, AddressError};
pub use connection::Connection;
pub use error::{Error, RemoteError, code};
pub use event::{Event, EventKind, Events, EventsError, Lifecycle, Watch};
pub use operations::{Affect, Undefine};
pub use types::{
    BlockInfo, Domain, DomainInfo, DomainState, DomainStats, Pool, StatsGroups, Value, Volume, VolumeInfo,
};
pub use xdr::DecodeError;
