//! The only crate that knows SQL: SQLite and PostgreSQL from one source.
//!
//! ```text
//! let store = Store::connect("sqlite:/var/lib/esu/esu.db", &Settings::default()).await?;
//! store.migrate().await?;
//! let mut tx = store.begin().await?;
//! let partner = queries::partner::insert(&mut tx, &new).await?;
//! tx.commit().await?;
//! ```
//!
//! A transaction that is dropped is rolled back, wherever its future stopped. Functions that write take a [`Tx`];
//! functions that read take a [`Conn`], which a [`Tx`] and a [`Reader`] both are.
//! [`model`] holds the rows and [`queries`] what is asked of them, one file per noun in each.

mod conn;
mod error;
pub mod list;
mod migrate;
pub mod model;
mod pool;
pub mod queries;
mod schema;
mod sql;
mod store;
mod types;

pub use conn::{Conn, Reader, Tx};
pub use error::{Optional, StoreError};
pub use list::{ListQuery, Listed, Only, Page, Visible};
pub use migrate::MIGRATIONS;
pub use store::{Backend, Settings, Store};
pub use types::Json;

// Named so that the bundled library is built and linked; diesel itself would look for one of the system's.
use libsqlite3_sys as _;
