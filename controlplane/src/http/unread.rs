//! Bodies that a refusal leaves unread.
//!
//! A connection that is closed while its caller still sends is reset, and the caller sees that instead of the answer. So
//! what is left of a body is read and dropped before a refusal goes out, within bounds.

use axum::{
    body::{Body, BodyDataStream, HttpBody},
    extract::Request,
    middleware::Next,
    response::Response,
};
use futures::{StreamExt, stream};
use http::header;
use std::{
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};
use tokio::time;

/// How much of a body is dropped at most, in bytes.
const MOST_DROPPED: usize = 64 << 20;

/// How long that takes at most.
const DROPPING: Duration = Duration::from_secs(10);

/// A body that its reader may leave.
#[derive(Clone)]
struct Shared(Arc<Mutex<BodyDataStream>>);

impl Shared {
    fn poll(&self, context: &mut Context<'_>) -> Poll<Option<Result<axum::body::Bytes, axum::Error>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).poll_next_unpin(context)
    }

    fn stream(self) -> impl futures::Stream<Item = Result<axum::body::Bytes, axum::Error>> + Unpin {
        stream::poll_fn(move |context| self.poll(context))
    }
}

/// Reads what a refused request has left of its body.
pub(super) async fn drop_unread(request: Request, next: Next) -> Response {
    // Who waits for our consent before it sends gets the refusal in its place.
    if request.body().is_end_stream() || request.headers().contains_key(header::EXPECT) {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let shared = Shared(Arc::new(Mutex::new(body.into_data_stream())));
    let body = Body::from_stream(shared.clone().stream());
    let response = next.run(Request::from_parts(parts, body)).await;
    if !response.status().is_success() {
        // What is longer, or slower, gets no more than what was answered.
        let _ = time::timeout(DROPPING, drop_rest(shared)).await;
    }
    response
}

async fn drop_rest(shared: Shared) {
    let mut rest = shared.stream();
    let mut dropped = 0;
    while dropped < MOST_DROPPED
        && let Some(Ok(bytes)) = rest.next().await
    {
        dropped += bytes.len();
    }
}
