//! Writes that are under way together go as one batch.
//!
//! Terraform writes ten objects at a time, each in a call of its own. The first write waits for company: until as many
//! writes wait as ever were under way at once, or for 2 ms. Then all that wait are sent as one `POST /v1/batch`, a
//! single one as the request that it is. One batch is under way at a time; what is written meanwhile gathers for the
//! next.
//!
//! Each write has its own answer: a refused one harms no other. When a batch fails as a whole, or its answer is lost,
//! every write in it decides for itself whether it may be repeated, as it would alone, and those that may wait for the
//! same time, so that they meet again. A caller that gives up takes back what is not sent yet; what is sent is
//! finished for the others. A server that takes no batches is sent every write alone, from then on.

use crate::{
    answer::{Answer, judge},
    endpoint::Endpoint,
    error::ClientError,
    repeat::Route,
    retry,
    transport::{Failure, Limits, Prepared, Transport},
    url::url_of,
};
use http::{Method, StatusCode};
use schemas::endpoint::{
    Endpoint as _,
    batch::{Batch, BatchAnswer, BatchMethod, BatchOperation, BatchResult, MAX_OPERATIONS, Run},
};
use serde_json::Value;
use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::{Notify, oneshot},
    task::JoinSet,
    time::{Instant, timeout_at},
};

/// How long a write waits for others at most.
const GATHERING: Duration = Duration::from_millis(2);
/// The most bytes of a batch's bodies; the server takes 8 MiB with what is around them.
const MAX_BYTES: usize = 6 << 20;

type Outcome = Result<Answer, Failure>;

/// Sends the writes of a client.
pub(crate) struct Batcher {
    transport: Arc<Transport>,
    queue: Mutex<Queue>,
    arrived: Notify,
    /// Whether the server turned out to take no batches.
    is_refused: AtomicBool,
}

/// The writes that wait to be sent.
#[derive(Default)]
struct Queue {
    waiting: VecDeque<Waiting>,
    /// Whether somebody sends what waits.
    is_served: bool,
    next_ticket: u64,
    /// How many writes are under way, and the most that ever were.
    under_way: usize,
    most: usize,
}

/// One write that waits to be sent.
struct Waiting {
    ticket: u64,
    request: Arc<Prepared>,
    limits: Limits,
    bytes: usize,
    answer: oneshot::Sender<Outcome>,
}

impl Batcher {
    pub(crate) fn new(transport: Arc<Transport>) -> Self {
        let (queue, arrived) = (Mutex::default(), Notify::new());
        Self { transport, queue, arrived, is_refused: AtomicBool::new(false) }
    }

    pub(crate) fn transport(&self) -> &Transport {
        &self.transport
    }

    /// How to send a write now.
    pub(crate) fn route<'a>(self: &'a Arc<Self>) -> Route<'a> {
        let alone = self.is_refused.load(Ordering::Relaxed);
        if alone { Route::Alone(&self.transport) } else { Route::Together(self) }
    }

    /// Sends a write with those that are under way, and waits for its answer.
    pub(crate) async fn attempt(self: &Arc<Self>, request: &Arc<Prepared>, limits: &Limits) -> Outcome {
        let (ticket, mut answer) = self.enter(request, limits);
        let _inside = Inside(self);
        let cancelled = async {
            match &limits.cancellation {
                Some(token) => token.cancelled().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            outcome = &mut answer => return outcome.unwrap_or_else(|_| Err(self.lost())),
            () = cancelled => {
                if self.take_back(ticket) {
                    return Err(Failure::unsent(ClientError::Cancelled));
                }
            }
            () = tokio::time::sleep_until(limits.deadline) => {
                let error = self.transport.out_of_time();
                let sent = !self.take_back(ticket);
                return Err(Failure { sent, ..Failure::unsent(error) });
            }
        }
        // What a write that is on its way did, nobody knows: it is waited for.
        match timeout_at(limits.deadline, answer).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => Err(self.lost()),
            Err(_) => Err(Failure { sent: true, ..Failure::unsent(self.transport.out_of_time()) }),
        }
    }

    fn enter(
        self: &Arc<Self>,
        request: &Arc<Prepared>,
        limits: &Limits,
    ) -> (u64, oneshot::Receiver<Outcome>) {
        let (answer, receiver) = oneshot::channel();
        let bytes = request.body.as_ref().map_or(0, |body| body.to_string().len());
        let mut queue = self.queue();
        queue.under_way += 1;
        queue.most = queue.most.max(queue.under_way);
        queue.next_ticket += 1;
        let ticket = queue.next_ticket;
        let (request, limits) = (Arc::clone(request), limits.clone());
        queue.waiting.push_back(Waiting { ticket, request, limits, bytes, answer });
        if !std::mem::replace(&mut queue.is_served, true) {
            // A task of its own: that the first caller gives up ends nobody else's write.
            tokio::spawn(Arc::clone(self).serve());
        }
        drop(queue);
        self.arrived.notify_one();
        (ticket, receiver)
    }

    /// Takes a write out of the queue; false when it is on its way.
    fn take_back(&self, ticket: u64) -> bool {
        let mut queue = self.queue();
        let place = queue.waiting.iter().position(|waiting| waiting.ticket == ticket);
        place.is_some_and(|place| queue.waiting.remove(place).is_some())
    }

    async fn serve(self: Arc<Self>) {
        loop {
            self.gather().await;
            let batch = self.take();
            if batch.is_empty() {
                let mut queue = self.queue();
                if queue.waiting.is_empty() {
                    queue.is_served = false;
                    return;
                }
                continue;
            }
            self.send(batch).await;
        }
    }

    /// Waits until all wait that ever were under way together, or for long enough.
    async fn gather(&self) {
        let enough = Instant::now() + GATHERING;
        loop {
            {
                let queue = self.queue();
                if queue.waiting.is_empty() || queue.waiting.len() >= queue.most.min(MAX_OPERATIONS) {
                    return;
                }
            }
            if timeout_at(enough, self.arrived.notified()).await.is_err() {
                return;
            }
        }
    }

    /// The next batch, without what nobody waits for any more.
    fn take(&self) -> Vec<Waiting> {
        let mut queue = self.queue();
        let (mut batch, mut bytes) = (Vec::new(), 0);
        while let Some(next) = queue.waiting.front() {
            bytes += next.bytes;
            if batch.len() == MAX_OPERATIONS || (bytes > MAX_BYTES && !batch.is_empty()) {
                break;
            }
            batch.extend(queue.waiting.pop_front().filter(|next| !next.answer.is_closed()));
        }
        batch
    }

    async fn send(&self, batch: Vec<Waiting>) {
        if batch.len() == 1 || self.is_refused.load(Ordering::Relaxed) {
            return self.send_alone(batch).await;
        }
        let Some(request) = self.together(&batch) else { return self.send_alone(batch).await };
        let longest = batch.iter().map(|waiting| waiting.limits.deadline).max();
        let repetitions = batch.iter().map(|waiting| waiting.limits.repetitions).max().unwrap_or_default();
        let deadline = longest.unwrap_or_else(Instant::now);
        let limits = Limits { deadline, cancellation: None, repetitions };
        match self.transport.attempt(&request, &limits).await {
            Ok(answer) => self.distribute(batch, answer.body),
            Err(failure) if is_no_batch(&failure.error) => {
                self.is_refused.store(true, Ordering::Relaxed);
                self.send_alone(batch).await;
            }
            Err(failure) => {
                let wait = Some(retry::wait(repetitions + 1, failure.asked_wait));
                answer_all(batch, &Failure { wait, ..failure });
            }
        }
    }

    /// The request that carries them all.
    fn together(&self, batch: &[Waiting]) -> Option<Prepared> {
        let endpoint = self.transport.endpoint();
        let operations: Option<Vec<_>> =
            batch.iter().map(|waiting| operation(endpoint, &waiting.request)).collect();
        let batch = Batch { atomic: false, operations: operations? };
        Some(Prepared {
            method: Run::METHOD,
            url: url_of(endpoint, Run::PATH, &Value::Null, &Value::Null).ok()?,
            body: Some(serde_json::to_value(batch).ok()?),
            is_lines: false,
            idempotency_key: None,
            if_match: None,
            if_none_match: false,
        })
    }

    /// Sends writes one by one, side by side.
    async fn send_alone(&self, batch: Vec<Waiting>) {
        let mut sending = JoinSet::new();
        for waiting in batch {
            let transport = Arc::clone(&self.transport);
            sending.spawn(async move {
                let limits = Limits { cancellation: None, ..waiting.limits };
                let outcome = transport.attempt(&waiting.request, &limits).await;
                // A caller that is gone needs no answer.
                let _ = waiting.answer.send(outcome);
            });
        }
        while sending.join_next().await.is_some() {}
    }

    /// Gives each write its own result.
    fn distribute(&self, batch: Vec<Waiting>, body: Value) {
        let results = serde_json::from_value(body).map(|BatchAnswer { results }| results);
        let failure = match results {
            Ok(results) if results.len() == batch.len() => {
                for (waiting, done) in batch.into_iter().zip(results) {
                    let _ = waiting.answer.send(outcome(done));
                }
                return;
            }
            Ok(results) => format!("it has {} results for {} operations", results.len(), batch.len()),
            Err(error) => error.to_string(),
        };
        let error = ClientError::Malformed { status: 200, reason: failure };
        answer_all(batch, &Failure { sent: true, ..Failure::unsent(error) });
    }

    fn lost(&self) -> Failure {
        let endpoint = self.transport.endpoint().to_string();
        let reason = "the task that sends requests ended".to_owned();
        Failure { sent: true, ..Failure::unsent(ClientError::Unreachable { endpoint, reason }) }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts a write as under way.
struct Inside<'a>(&'a Batcher);

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        self.0.queue().under_way -= 1;
    }
}

fn answer_all(batch: Vec<Waiting>, failure: &Failure) {
    for waiting in batch {
        let _ = waiting.answer.send(Err(failure.clone()));
    }
}

fn outcome(done: BatchResult) -> Outcome {
    let status = StatusCode::from_u16(done.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    match judge(status, Ok(done.body)) {
        Ok(body) => Ok(Answer { body, replayed: done.replayed, waited: Duration::ZERO }),
        Err(error) => Err(Failure { sent: true, ..Failure::unsent(error) }),
    }
}

/// Whether the server, or something before it, takes no batches, or not this one. Nothing of it was done then, and it
/// must not be read as the answer to any write in it: a 404 would mean that an object is gone.
fn is_no_batch(error: &ClientError) -> bool {
    match error {
        ClientError::Status { status, .. } => {
            (400..500).contains(status) && !matches!(status, 401 | 408 | 425 | 429)
        }
        ClientError::Malformed { status, .. } => (400..500).contains(status),
        _ => false,
    }
}

/// A write as a part of a batch; `None` where a batch takes none of its kind.
fn operation(endpoint: &Endpoint, request: &Prepared) -> Option<BatchOperation> {
    let method = match request.method {
        Method::POST => BatchMethod::Post,
        Method::PUT => BatchMethod::Put,
        Method::PATCH => BatchMethod::Patch,
        Method::DELETE => BatchMethod::Delete,
        _ => return None,
    };
    let path = request.url.path();
    let path = path.strip_prefix(endpoint.url().path().trim_end_matches('/')).unwrap_or(path);
    Some(BatchOperation {
        method,
        path: match request.url.query() {
            Some(query) => format!("{path}?{query}"),
            None => path.to_owned(),
        },
        body: request.body.clone(),
        if_match: request.if_match.map(|version| format!("\"{version}\"")),
        if_none_match: request.if_none_match.then(|| "*".to_owned()),
        idempotency_key: request.idempotency_key.clone(),
    })
}
