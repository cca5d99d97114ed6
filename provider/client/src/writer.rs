//! Writing objects: every creation, change and deletion goes through here.

use crate::{
    answer::Answer,
    call::{CallOptions, Client},
    error::ClientError,
    key::Key,
};
use schemas::registry::ResourceInfo;
use serde_json::{Value, json};

/// Writes objects of any resource.
#[derive(Clone, Copy, Debug)]
pub struct Writer<'a> {
    client: &'a Client,
}

impl Client {
    /// Writes objects of any resource.
    pub fn writer(&self) -> Writer<'_> {
        Writer { client: self }
    }
}

impl Writer<'_> {
    /// Creates an object.
    ///
    /// # Errors
    /// Why it was not created, or why that cannot be told.
    pub async fn create(
        &self,
        resource: &ResourceInfo,
        body: &Value,
        options: &CallOptions,
    ) -> Result<Answer, ClientError> {
        self.client.send(&resource.create, &Value::Null, &Value::Null, Some(body), options).await
    }

    /// Sets a singleton of the parent with this key, where none is set yet.
    ///
    /// # Errors
    /// Why it was not set; that it is set already, for one.
    pub async fn set(
        &self,
        resource: &ResourceInfo,
        parent: &Key,
        body: &Value,
        options: &CallOptions,
    ) -> Result<Answer, ClientError> {
        let options = CallOptions { if_none_match: true, ..options.clone() };
        let params = json!({ "id": parent.code });
        self.client.send(&resource.create, &params, &parent.query(), Some(body), &options).await
    }

    /// Replaces everything that may change in an object.
    ///
    /// # Errors
    /// Why it was not changed, or why that cannot be told.
    pub async fn replace(
        &self,
        resource: &ResourceInfo,
        id: &str,
        body: &Value,
        options: &CallOptions,
    ) -> Result<Answer, ClientError> {
        self.client.send(&resource.replace, &json!({ "id": id }), &Value::Null, Some(body), options).await
    }

    /// Deletes an object. One that is gone already is no error.
    ///
    /// # Errors
    /// Why it was not deleted, or why that cannot be told.
    pub async fn delete(
        &self,
        resource: &ResourceInfo,
        id: &str,
        options: &CallOptions,
    ) -> Result<(), ClientError> {
        let sent =
            self.client.send(&resource.delete, &json!({ "id": id }), &Value::Null, None, options).await;
        match sent {
            Ok(_) => Ok(()),
            Err(error) if error.is_not_found() => Ok(()),
            Err(error) => Err(error),
        }
    }
}
