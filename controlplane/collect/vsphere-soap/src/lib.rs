//! An async client of vSphere's SOAP interface, as ESXi hosts and vCenters have it, of the few calls that collecting
//! needs.
//!
//! A [`Session`] is one login. Every call has a deadline, and calls may be under way at once. A session that the other
//! side has ended is not renewed behind the caller's back: its calls fail with an error of which
//! [`Error::is_session_over`] says so, since whatever was made in it (views, filters) is gone too. A session is logged
//! out when it is dropped.
//!
//! What comes back is not trusted: its size, its depth and its numbers are checked. The password is in no error and in
//! no log.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use std::time::Duration;
//! use vsphere_soap::{Account, Session, Trust};
//!
//! let deadline = Duration::from_secs(15);
//! let account = Account { user: "root".into(), password: "sesame".to_owned().into() };
//! let session = Session::login(&"https://esx1.example/".parse()?, &Trust::System, &account, deadline).await?;
//! let machines = session.view("VirtualMachine", deadline).await?;
//! let names = |object: vsphere_soap::Object| object.text("name").map(str::to_owned);
//! println!("{:?}", session.of_view(&machines, &["name"], names, deadline).await?);
//! session.logout(deadline).await?;
//! # Ok(()) }
//! ```

mod address;
mod body;
mod error;
mod event;
#[cfg(test)]
mod fuzz_tests;
mod performance;
mod property;
mod reference;
mod session;
mod task;
mod transport;
mod trust;
mod update;
mod xml;

pub use address::{Address, AddressError};
pub use body::Body;
pub use error::{Error, Fault};
pub use event::Event;
pub use performance::{Measured, Metric, Sample, Samples, Series};
pub use property::{Object, View};
pub use reference::Reference;
pub use session::{About, Account, Session};
pub use trust::{Trust, TrustError};
pub use update::{Update, UpdateKind, Updates, Watch};
pub use xml::{Element, Limits, Malformed, parse};
