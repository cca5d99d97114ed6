//! Reading objects: every read of one object goes through here.

use crate::{
    answer::Answer,
    call::{CallOptions, Client},
    error::ClientError,
};
use schemas::registry::ResourceInfo;
use serde_json::json;

/// Reads objects of any resource.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    client: &'a Client,
}

impl Client {
    /// Reads objects of any resource.
    pub fn reader(&self) -> Reader<'_> {
        Reader { client: self }
    }
}

impl Reader<'_> {
    /// The object with this id; `None` when it is gone, or not to be seen.
    ///
    /// # Errors
    /// Why it cannot be told.
    pub async fn by_id(
        &self,
        resource: &ResourceInfo,
        id: &str,
        options: &CallOptions,
    ) -> Result<Option<Answer>, ClientError> {
        self.read(resource, id, None, options).await
    }

    /// The object with this code, in this partner where the code alone is ambiguous.
    ///
    /// # Errors
    /// Why it cannot be told; several objects have the code, for one.
    pub async fn by_code(
        &self,
        resource: &ResourceInfo,
        code: &str,
        partner: Option<&str>,
        options: &CallOptions,
    ) -> Result<Option<Answer>, ClientError> {
        self.read(resource, code, partner, options).await
    }

    async fn read(
        &self,
        resource: &ResourceInfo,
        id: &str,
        partner: Option<&str>,
        options: &CallOptions,
    ) -> Result<Option<Answer>, ClientError> {
        let (params, query) = (json!({ "id": id }), json!({ "partner": partner }));
        match self.client.send(&resource.read, &params, &query, None, options).await {
            Ok(answer) => Ok(Some(answer)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }
}
