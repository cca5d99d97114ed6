//! Writing objects: every creation, change and deletion goes through here.

use crate::{
    answer::Answer,
    call::{CallOptions, Client},
    error::ClientError,
    key::Key,
    repeat::Refused,
};
use schemas::registry::{EndpointInfo, ResourceInfo};
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
        let written = self.client.write(&resource.create, &Value::Null, &Value::Null, Some(body), options);
        written.await.map_err(|refused| refused.error)
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
        self.put(resource, &resource.create, parent, body, &options).await
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
        self.put(resource, &resource.replace, &Key::new(id), body, options).await
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
            self.client.write(&resource.delete, &json!({ "id": id }), &Value::Null, None, options).await;
        match sent.map_err(|refused| refused.error) {
            Ok(_) => Ok(()),
            Err(error) if error.is_not_found() => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn put(
        &self,
        resource: &ResourceInfo,
        endpoint: &EndpointInfo,
        key: &Key,
        body: &Value,
        options: &CallOptions,
    ) -> Result<Answer, ClientError> {
        let params = json!({ "id": key.code });
        match self.client.write(endpoint, &params, &key.query(), Some(body), options).await {
            Ok(answer) => Ok(answer),
            Err(refused) => {
                let done = self.done_before(resource, key, &refused, options).await;
                done.ok_or(refused.error)
            }
        }
    }

    /// The object, if a refused write was carried out by an attempt whose answer was lost: the object has moved since
    /// its version was read, and it was this very write that moved it. The audit log knows by which request.
    async fn done_before(
        &self,
        resource: &ResourceInfo,
        key: &Key,
        refused: &Refused,
        options: &CallOptions,
    ) -> Option<Answer> {
        if refused.error.status() != Some(412) || refused.unanswered.is_empty() {
            return None;
        }
        let now = self.client.reader().by_key(resource, key, options).await.ok()??;
        let id = now.body.get("id")?.as_str()?;
        let change = self.client.last_change(resource.noun, id, options).await.ok()??;
        let is_ours = refused.unanswered.contains(&change.request_id);
        is_ours.then_some(Answer { replayed: true, ..now })
    }
}
