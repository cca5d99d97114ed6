//! Sending a request until it is answered, or another attempt makes no sense.

use crate::{
    answer::Answer,
    batch::Batcher,
    call::CallOptions,
    error::ClientError,
    retry,
    transport::{Failure, Limits, Prepared, Transport},
};
use std::{sync::Arc, time::Duration};
use tokio::time::Instant;
use uuid::Uuid;

/// How long a request and its repetitions may take where the caller says nothing.
const DEADLINE: Duration = Duration::from_secs(20 * 60);

/// How a request is sent.
#[derive(Clone, Copy)]
pub(crate) enum Route<'a> {
    /// By itself.
    Alone(&'a Transport),
    /// With others that are sent now.
    Together(&'a Arc<Batcher>),
}

/// A request that got no answer.
pub(crate) struct Refused {
    /// Why.
    pub(crate) error: ClientError,
    /// Ids of the attempts before that the server may have carried out though no answer came.
    pub(crate) unanswered: Vec<Uuid>,
}

impl CallOptions {
    /// When the call has to end.
    pub(crate) fn limits(&self) -> Limits {
        let deadline = Instant::now() + self.deadline.unwrap_or(DEADLINE);
        Limits { deadline, cancellation: self.cancellation.clone(), repetitions: 0 }
    }
}

impl Route<'_> {
    fn transport(&self) -> &Transport {
        match self {
            Self::Alone(transport) => transport,
            Self::Together(batcher) => batcher.transport(),
        }
    }

    async fn attempt(&self, request: &Arc<Prepared>, limits: &Limits) -> Result<Answer, Failure> {
        match self {
            Self::Alone(transport) => transport.attempt(request, limits).await,
            Self::Together(batcher) => batcher.attempt(request, limits).await,
        }
    }

    /// Sends a request until it is answered, or another attempt makes no sense.
    pub(crate) async fn repeat(
        &self,
        request: &Arc<Prepared>,
        options: &CallOptions,
    ) -> Result<Answer, Refused> {
        let mut limits = options.limits();
        let max_retries = options.max_retries.unwrap_or(self.transport().max_retries());
        let idempotent = retry::is_idempotent(&request.method, request.idempotency_key.is_some());
        let mut waited = Duration::ZERO;
        let mut unanswered = Vec::new();
        loop {
            let failure = match self.attempt(request, &limits).await {
                Ok(answer) => return Ok(Answer { waited: waited + answer.waited, ..answer }),
                Err(failure) => failure,
            };
            limits.repetitions += 1;
            let wait = failure.wait.unwrap_or_else(|| retry::wait(limits.repetitions, failure.asked_wait));
            let worth_it = retry::is_worth_it(&failure.error, idempotent, failure.sent);
            let is_late = Instant::now() + wait >= limits.deadline;
            if !worth_it || limits.repetitions > max_retries || is_late {
                return Err(Refused { error: failure.error, unanswered });
            }
            if failure.sent && retry::may_be_done(&failure.error) {
                unanswered.push(failure.request_id);
            }
            if let Err(error) = limits.wait_until(Instant::now() + wait).await {
                return Err(Refused { error, unanswered });
            }
            waited += wait;
        }
    }
}
