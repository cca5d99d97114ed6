//! `docs/openapi/`: the API's description, which the server also answers with at `/v1/openapi.json`.

use crate::{Files, GenerateError, pretty};

/// The documents.
pub(crate) fn files() -> Result<Files, GenerateError> {
    Ok(vec![("v1.json".to_owned(), pretty(&schemas::openapi::document())?)])
}
