//! Reading objects: every read of one object goes through here.

use crate::{
    answer::Answer,
    call::{CallOptions, Client},
    collection::PAGE,
    error::ClientError,
    key::Key,
};
use schemas::{
    endpoint::Page,
    registry::{EndpointInfo, ResourceInfo},
};
use serde_json::{Value, json};

/// A part of a collection.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    /// The objects, each as if it was read alone.
    pub items: Vec<Value>,
    /// How many there are in all.
    pub total: i64,
    /// Where the next part begins; `None` at the end.
    pub next_cursor: Option<String>,
}

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
    /// The object with this id; `None` when it is gone, or not to be seen. Where several objects of a kind are read at
    /// once, it may come from a list that was read since this process began, and before its first write.
    ///
    /// # Errors
    /// Why it cannot be told.
    pub async fn by_id(
        &self,
        resource: &ResourceInfo,
        id: &str,
        options: &CallOptions,
    ) -> Result<Option<Answer>, ClientError> {
        let _turn = match self.client.collections() {
            Some(collections) => match collections.read(resource, id, options).await {
                Ok(answer) => return Ok(Some(answer)),
                Err(turn) => Some(turn),
            },
            None => None,
        };
        self.read(resource, id, &Value::Null, options).await
    }

    /// The same as it is now: the server is asked for this object alone. For data sources, and for whoever has to see
    /// what just happened.
    ///
    /// # Errors
    /// Why it cannot be told.
    pub async fn fresh(
        &self,
        resource: &ResourceInfo,
        id: &str,
        options: &CallOptions,
    ) -> Result<Option<Answer>, ClientError> {
        self.read(resource, id, &Value::Null, options).await
    }

    /// A part of a collection, as it is now: `filter` is the query beside paging, `cursor` empty at first, then that
    /// of the part before.
    ///
    /// # Errors
    /// Why it cannot be told.
    pub async fn list(
        &self,
        collection: &EndpointInfo,
        filter: &Value,
        cursor: &str,
        options: &CallOptions,
    ) -> Result<Listed, ClientError> {
        let mut query = json!({ "limit": PAGE, "cursor": cursor });
        if let (Some(query), Some(filter)) = (query.as_object_mut(), filter.as_object()) {
            query.extend(filter.clone());
        }
        let answer = self.client.send(collection, &Value::Null, &query, None, options).await?;
        let page: Page<Value> = serde_json::from_value(answer.body)
            .map_err(|error| ClientError::Malformed { status: 200, reason: error.to_string() })?;
        Ok(Listed { items: page.items, total: page.total, next_cursor: page.next_cursor })
    }

    /// The object with this key, as it is now.
    ///
    /// # Errors
    /// Why it cannot be told; several objects have the code, for one.
    pub async fn by_key(
        &self,
        resource: &ResourceInfo,
        key: &Key,
        options: &CallOptions,
    ) -> Result<Option<Answer>, ClientError> {
        self.read(resource, &key.code, &key.query(), options).await
    }

    async fn read(
        &self,
        resource: &ResourceInfo,
        id: &str,
        query: &Value,
        options: &CallOptions,
    ) -> Result<Option<Answer>, ClientError> {
        match self.client.send(&resource.read, &json!({ "id": id }), query, None, options).await {
            Ok(answer) => Ok(Some(answer)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }
}
