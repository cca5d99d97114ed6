//! Answers of many events.

use std::{panic::AssertUnwindSafe, sync::Arc};

use futures::{FutureExt, future::BoxFuture, stream};
use tokio::sync::mpsc;
use tonic::{Response, Status, codegen::BoxStream};
use tracing::Instrument;

use super::{answer::panic_diagnostic, registry::Registry, trace::Rpc, value_message::write_diagnostics};
use crate::{diagnostics::Diagnostics, framework::Context, proto::tfplugin6::Diagnostic, value::Type};

/// How many items may wait for the host to read them.
const WAITING: usize = 32;

/// A handler that sends items, and its words at the end.
pub(super) trait Source: Send + Sync + 'static {
    /// What it sends.
    type Item: Send + 'static;
    /// What the host reads.
    type Event: Send + 'static;

    /// Does the work. The items that it sends are read at the same time.
    fn run<'a>(
        &'a self,
        registry: &'a Registry,
        context: &'a Context,
        items: mpsc::Sender<Self::Item>,
    ) -> BoxFuture<'a, Result<(), Diagnostics>>;

    /// An item as an event.
    fn event(&self, registry: &Registry, item: Self::Item) -> Result<Self::Event, Diagnostics>;

    /// The last event; `None` where nothing is left to say.
    fn last(&self, diagnostics: Vec<Diagnostic>) -> Option<Self::Event>;

    /// The type of the configuration, to which diagnostics point.
    fn ty<'a>(&self, registry: &'a Registry) -> Option<&'a Type>;
}

/// Runs a handler in a task of its own. When the host stops reading, the handler's context is cancelled.
pub(super) fn events<S: Source>(
    rpc: Rpc,
    registry: Arc<Registry>,
    source: S,
) -> Response<BoxStream<S::Event>> {
    let (sender, receiver) = mpsc::channel(1);
    let (context, guard) = registry.guarded_context();
    let span = rpc.span().clone();
    tokio::spawn(
        async move {
            let diagnostics = produce(&registry, &context, &source, &sender).await;
            let diagnostics = write_diagnostics(diagnostics, source.ty(&registry));
            rpc.answered(&diagnostics);
            if let Some(last) = source.last(diagnostics) {
                // Nobody reads it when the host is gone.
                let _ = sender.send(Ok(last)).await;
            }
        }
        .instrument(span),
    );
    let unread = (receiver, guard);
    Response::new(Box::pin(stream::unfold(unread, |(mut receiver, guard)| async move {
        receiver.recv().await.map(|event| (event, (receiver, guard)))
    })))
}

async fn produce<S: Source>(
    registry: &Registry,
    context: &Context,
    source: &S,
    events: &mpsc::Sender<Result<S::Event, Status>>,
) -> Diagnostics {
    let (sender, mut items) = mpsc::channel(WAITING);
    let running = AssertUnwindSafe(source.run(registry, context, sender)).catch_unwind();
    // It owns the receiver: however it ends, the handler learns that nothing is read any more.
    let forwarding = async move {
        while let Some(item) = items.recv().await {
            let event = source.event(registry, item)?;
            if events.send(Ok(event)).await.is_err() {
                break;
            }
        }
        Ok::<_, Diagnostics>(())
    };
    let (ran, forwarded) = futures::join!(running, forwarding);
    let mut diagnostics = match ran {
        Ok(outcome) => outcome.err().unwrap_or_default(),
        Err(panic) => panic_diagnostic(&*panic).into(),
    };
    diagnostics.extend(forwarded.err().unwrap_or_default());
    diagnostics.extend(context.take_warnings());
    diagnostics
}
