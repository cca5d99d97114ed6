//! `docs/openapi/`: the API's description, which the server also answers with at `/v1/openapi.json`.

use crate::{Files, pretty};

/// The documents.
pub(crate) fn files() -> Result<Files, serde_json::Error> {
    Ok(vec![("v1.json".to_owned(), pretty(&schemas::openapi::document())?)])
}
