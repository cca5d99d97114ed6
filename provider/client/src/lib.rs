//! A typed client of the ESU API.
//!
//! [`Client::call`] takes an [`Endpoint`](schemas::endpoint::Endpoint) and its types; [`Client::send`] takes the
//! endpoint as data and JSON, for code that serves every resource alike. Objects are read through [`Reader`] and
//! written through [`Writer`], one seam each: what is read together comes from a list, what is written together goes as
//! a batch. Requests are repeated where that is safe, and only there. The token leaves this crate in the
//! `Authorization` header and nowhere else.

mod answer;
mod batch;
mod call;
mod change;
mod collection;
mod config;
mod endpoint;
mod error;
mod key;
mod lines;
mod pace;
mod reader;
mod repeat;
mod retry;
mod tls;
mod transport;
mod url;
mod writer;

pub use answer::Answer;
pub use call::{CallOptions, Client};
pub use change::Change;
pub use config::{Config, ConfigError, Setting};
pub use endpoint::Endpoint;
pub use error::ClientError;
pub use key::Key;
pub use reader::{Listed, Reader};
pub use writer::Writer;

pub use secrecy::{ExposeSecret, SecretString};
pub use tokio_util::sync::CancellationToken;
