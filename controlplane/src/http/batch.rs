//! Many operations in one call: each is done as a call of its own would be, in one transaction for all.

use super::{
    State,
    call::{Done, Payload, Sent, perform, refusal, without_dry_run},
    error,
    mount::{Handle, Served},
};
use crate::app::{Act, Error, FieldErrors, Operation};
use http::{Method, StatusCode, Uri};
use percent_encoding::percent_decode_str;
use schemas::endpoint::{
    self,
    batch::{Batch, BatchAnswer, BatchOperation, BatchResult},
};
use serde_json::{Map, Value, json};
use std::{collections::HashMap, marker::PhantomData, sync::LazyLock};

/// An operation that can be in a batch.
#[async_trait::async_trait]
pub(crate) trait Batched: Send + Sync {
    /// The endpoint's id.
    fn id(&self) -> &'static str;

    /// Does it inside the batch's operation.
    async fn perform(
        &self,
        state: &State,
        op: &mut Operation,
        sent: &Sent,
        body: Option<Value>,
    ) -> Result<Done, Error>;
}

/// An endpoint as a member of batches.
pub(crate) struct Member<E>(PhantomData<fn() -> E>);

impl<E> Default for Member<E> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

#[async_trait::async_trait]
impl<E: Handle> Batched for Member<E> {
    fn id(&self) -> &'static str {
        E::ID
    }

    async fn perform(
        &self,
        state: &State,
        op: &mut Operation,
        sent: &Sent,
        body: Option<Value>,
    ) -> Result<Done, Error> {
        let target = sent.target::<E>()?;
        if !op.request.actor.may_call(Act::of::<E>()) {
            return Err(refusal(op, target).await);
        }
        let prepared = sent.prepare(state, target, Payload::Json(body))?;
        perform(state, op, prepared).await
    }
}

/// The operations of the registry by method and path.
struct Table {
    routes: HashMap<Method, matchit::Router<Box<dyn Batched>>>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut table = Table { routes: HashMap::new() };
    macro_rules! members {
        ($($noun:ident::$name:ident),* $(,)?) => {
            $(table.add::<endpoint::$noun::$name>();)*
        };
    }
    schemas::for_each_endpoint!(members);
    table
});

impl Table {
    fn add<E: Served>(&mut self) {
        let Some(member) = E::member() else { return };
        if let Err(error) = self.routes.entry(E::METHOD).or_default().insert(E::PATH, member) {
            tracing::error!(operation = E::ID, %error, "the operation cannot be in a batch");
        }
    }

    /// The operation of a method and a path, with the path's parameters.
    fn find(&self, method: &Method, path: &str) -> Result<(&dyn Batched, Sent), String> {
        let uri: Uri = path.parse().map_err(|error| format!("it cannot be read: {error}"))?;
        if uri.host().is_some() || !path.starts_with('/') {
            return Err("write a path of this server, such as /v1/client/acme?partner=north".to_owned());
        }
        let (stripped, _) = without_dry_run(&uri).map_err(|error| error.to_string())?;
        if stripped != uri {
            return Err("dry_run is for the batch as a whole: POST /v1/batch?dry_run=true".to_owned());
        }
        let found = self.routes.get(method).and_then(|routes| routes.at(uri.path()).ok());
        let found =
            found.ok_or_else(|| format!("no operation that can be in a batch is {method} {}", uri.path()))?;
        let mut path = Map::new();
        for (name, value) in found.params.iter() {
            let value = percent_decode_str(value).decode_utf8().map_err(|_| "it is not UTF-8".to_owned())?;
            path.insert(name.to_owned(), Value::from(value));
        }
        let member: &dyn Batched = &**found.value;
        let sent = Sent { path, uri, if_match: None, if_none_match: None, idempotency_key: None };
        Ok((member, sent))
    }
}

/// The operation of a method and a path, with what is sent to it.
pub(crate) fn find(method: &Method, path: &str) -> Result<(&'static dyn Batched, Sent), String> {
    TABLE.find(method, path)
}

/// What a batch of so many operations costs beside the call itself: they share its transaction and its commit.
fn surcharge(operations: usize) -> u32 {
    u32::try_from(operations / 10).unwrap_or(u32::MAX)
}

/// Does the operations of a batch in their order.
///
/// A refused one is undone to its savepoint; where the database itself gives up, the whole batch does.
pub(crate) async fn run(state: &State, op: &mut Operation, batch: Batch) -> Result<BatchAnswer, Error> {
    let found = find_all(&batch)?;
    state.rate.charge(op.request.actor.token_id, surcharge(found.len()));
    let count = found.len();
    let mut results = Vec::with_capacity(count);
    let bodies = batch.operations.into_iter().map(|operation| operation.body);
    for (index, ((member, sent), body)) in found.into_iter().zip(bodies).enumerate() {
        let mark = op.mark().await?;
        match member.perform(state, op, &sent, body).await {
            Ok(done) => {
                op.keep(mark).await?;
                results.push(result(&done)?);
            }
            Err(unavailable @ Error::Unavailable(_)) => return Err(unavailable),
            Err(refused) => {
                op.undo(mark).await?;
                let refused = refusal_result(op, refused, member.id());
                if batch.atomic {
                    op.abandon();
                    return Ok(BatchAnswer { results: none_done(count, index, refused) });
                }
                results.push(refused);
            }
        }
    }
    Ok(BatchAnswer { results })
}

/// Every operation with its endpoint, or all that have none.
fn find_all(batch: &Batch) -> Result<Vec<(&'static dyn Batched, Sent)>, Error> {
    let mut errors = FieldErrors::new();
    let mut found = Vec::with_capacity(batch.operations.len());
    for (index, operation) in batch.operations.iter().enumerate() {
        match find(&operation.method.into(), &operation.path) {
            Ok((member, sent)) => found.push((member, with_headers(sent, operation))),
            Err(text) => {
                errors.insert(format!("operations.{index}.path"), vec![text]);
            }
        }
    }
    if errors.is_empty() { Ok(found) } else { Err(Error::Fields(errors)) }
}

fn with_headers(sent: Sent, operation: &BatchOperation) -> Sent {
    Sent {
        if_match: operation.if_match.clone(),
        if_none_match: operation.if_none_match.clone(),
        idempotency_key: operation.idempotency_key.clone(),
        ..sent
    }
}

fn result(done: &Done) -> Result<BatchResult, Error> {
    let body = match done.text.as_str() {
        "" => Value::Null,
        text => serde_json::from_str(text).map_err(|error| Error::internal("answer", error))?,
    };
    Ok(BatchResult { status: done.status.as_u16(), body, etag: done.etag(), replayed: done.replayed })
}

fn refusal_result(op: &Operation, refused: Error, operation: &'static str) -> BatchResult {
    let (status, body) = error::refusal(refused, op.request.request_id, operation);
    let body = serde_json::to_value(body).unwrap_or_default();
    BatchResult { status: status.as_u16(), body, etag: None, replayed: false }
}

/// The results of an atomic batch whose operation `index` was refused.
fn none_done(count: usize, index: usize, refused: BatchResult) -> Vec<BatchResult> {
    let text = format!("Nothing was done: the batch is atomic, and its operation {index} was refused.");
    let undone = BatchResult {
        status: StatusCode::FAILED_DEPENDENCY.as_u16(),
        body: json!({ "detail": text }),
        etag: None,
        replayed: false,
    };
    let mut results = vec![undone; count];
    if let Some(place) = results.get_mut(index) {
        *place = refused;
    }
    results
}
