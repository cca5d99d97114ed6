//! The one source of what ESU is made of: resource types, endpoints, ids, money and time.
//!
//! The server mounts these endpoints, the client calls them, and the Terraform schema, the JSON Schemas,
//! the OpenAPI document and the reference docs are read off these types. Nothing here does I/O.

pub mod code;
pub mod cost;
pub mod endpoint;
pub mod error;
pub mod format;
pub mod id;
pub mod money;
pub mod openapi;
pub mod period;
pub mod registry;
pub mod resource;
pub mod service;
pub mod sku;
pub mod span;
pub mod ssh;
pub mod tf;
pub mod time;

/// Reads a query flag or number that arrives as text, the only form a query string has.
pub(crate) mod query {
    use serde::{Deserialize, Deserializer};
    use std::str::FromStr;

    /// An optional value written as text, such as `?limit=100`.
    pub(crate) fn optional<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
    where
        D: Deserializer<'de>,
        T: FromStr,
        T::Err: std::fmt::Display,
    {
        let Some(text) = Option::<String>::deserialize(deserializer)? else {
            return Ok(None);
        };
        text.parse().map(Some).map_err(serde::de::Error::custom)
    }
}
