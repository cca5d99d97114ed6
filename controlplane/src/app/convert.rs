//! Between the columns of the store and the types of the API.

use super::Error;
use serde::Serialize;
use store::Json;

/// A value as a JSON column holds it.
pub(crate) fn json<T: Serialize + ?Sized>(value: &T) -> Result<Json, Error> {
    Json::of(value).map_err(|error| Error::internal("json", error))
}

/// A stored value that is not what it must be: a fault of ours.
pub(crate) fn stored(error: impl std::fmt::Display) -> Error {
    Error::internal("stored value", error)
}

/// A stored number that cannot be negative.
pub(crate) fn unsigned(number: i64) -> Result<u32, Error> {
    u32::try_from(number).map_err(stored)
}
