//! Deleting an object that others still stand in the way of.
//!
//! Terraform orders deletions by the references of the configuration. A client that names no plan has its partner's
//! default plan and refers to nothing, so the plan may be deleted first, and is refused. Where what stands in the way
//! is going, the deletion waits for it, however long that takes; where nothing moves, it fails with the refusal.

use client::{CallOptions, Client, ClientError};
use schemas::{error::Alias, registry::ResourceInfo};
use std::time::Duration;
use tfplugin::Context;
use tokio::time::Instant;

/// How long a refusal must stay the same to be the last word.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long to wait before another attempt.
const PAUSE: Duration = Duration::from_millis(250);

/// Deletes an object, as soon as nothing stands in its way any more.
///
/// # Errors
/// When the server refuses, and what stands in the way stays as it is; when `options` leave no more time.
pub(crate) async fn delete(
    context: &Context,
    client: &Client,
    (info, id): (&ResourceInfo, &str),
    options: &CallOptions,
) -> Result<(), ClientError> {
    let begun = Instant::now();
    let (mut refusal, mut since) = (None, begun);
    loop {
        let Err(error) = client.writer().delete(info, id, options).await else { return Ok(()) };
        let Some(now) = in_the_way(&error) else { return Err(error) };
        if refusal.as_ref() != Some(&now) {
            (refusal, since) = (Some(now), Instant::now());
        }
        let is_late = options.deadline.is_some_and(|deadline| begun.elapsed() + PAUSE >= deadline);
        if is_late || since.elapsed() >= PATIENCE {
            return Err(error);
        }
        tokio::select! {
            () = context.cancellation().cancelled() => return Err(error),
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
}

/// What the server says is in the way, if anything is.
fn in_the_way(error: &ClientError) -> Option<String> {
    let waits = error.has_alias(Alias::PlanInUse) || error.has_alias(Alias::HasDependents);
    waits.then(|| error.body().and_then(|body| body.detail.clone()).unwrap_or_default())
}
