//! One adapter for every resource: what differs between them is read off `schemas`.
//!
//! [`schema`] turns the neutral attributes into Terraform's, [`outgoing`] values into request bodies, [`incoming`]
//! answers into values, [`refusal`] errors of the API into diagnostics at the attributes they are about.

mod deletion;
pub(crate) mod drift;
mod field_path;
mod import;
pub(crate) mod incoming;
pub(crate) mod key;
mod listing;
mod managed;
mod many;
pub(crate) mod noun;
mod one;
pub(crate) mod outgoing;
pub(crate) mod refusal;
pub(crate) mod schema;
pub(crate) mod timeouts;
pub(crate) mod upgrade;
pub(crate) mod validators;
pub(crate) mod version;
mod view;

#[cfg(test)]
mod round_trip_test;
#[cfg(test)]
mod schema_test;

pub(crate) use listing::Listing;
pub(crate) use managed::Managed;
pub(crate) use many::Many;
pub(crate) use one::One;
pub(crate) use view::View;
