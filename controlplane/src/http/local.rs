//! The API without a network: what commands read as a platform administrator on the database beside them.

use super::{Settings, State, batch, call::Sent};
use crate::app::{App, Error, Operation};
use http::Method;
use serde_json::Value;

/// Reads what `GET` of a path answers.
///
/// # Errors
/// What a caller would be answered.
pub async fn read(app: &App, path: &str) -> Result<Value, Error> {
    let state = State::new(app.clone(), Settings::default());
    let (member, sent): (_, Sent) = batch::find(&Method::GET, path).map_err(Error::BadRequest)?;
    let mut op = Operation::reading(app.clone(), app.local_request()).await?;
    let done = member.perform(&state, &mut op, &sent, None).await?;
    serde_json::from_str(&done.text).map_err(|error| Error::internal("answer", error))
}
