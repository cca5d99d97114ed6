//! Reads that are answered from lists.
//!
//! Terraform refreshes a state object by object, ten at a time. Instead of one request for each, a collection is read
//! in pages of 1000, once for all readers of its kind. The rule:
//!
//! - The first read of a kind goes alone: a plan of one object lists nothing.
//! - A read that comes while another of its kind is under way, or after ten of them, begins a pass over the collection
//!   (of the provider's partner, where one is set). Whoever comes while a page is on its way waits for it.
//! - An object that was found is handed out once, from memory; who asks again asks the server. One that is not found is
//!   asked for alone: absence from a list proves nothing.
//! - The first page is read for two readers. The rest is only begun once so many reads were asked for that it is
//!   cheaper than they were: ten for each page that is left. Fifty objects of a partner with 100 000 clients cost one
//!   page and fifty reads; 8000 of 8000 clients cost eight pages and some sixty reads.
//! - A pass rests when nobody waits, and goes on when somebody does.
//! - The first write ends it all: from then on every read asks the server. So does a list that is older than two
//!   minutes, or fails twice.
//!
//! The pass is a task of its own. A reader that gives up ends it for nobody else, and a pass that fails fails nobody:
//! each waiter then asks for its own object, within its own time.

use crate::{
    answer::Answer,
    call::CallOptions,
    repeat::Route,
    transport::{Prepared, Transport},
    url::url_of,
};
use schemas::{endpoint::Page, registry::ResourceInfo};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{sync::watch, time::Instant};

/// How many objects are read at once: as many as the server gives.
pub(crate) const PAGE: i64 = 1000;
/// For how many reads a page is worth its cost.
const READS_PER_PAGE: i64 = 10;
/// How long what was listed is taken for what holds.
const MAX_AGE: Duration = Duration::from_secs(120);
/// How many bytes of a kind's objects are kept at most.
const MAX_BYTES: usize = 64 << 20;
/// How many pages of a kind may fail before its lists are given up.
const MAX_FAILURES: u32 = 2;

/// The collections of a server, as far as they were read.
pub(crate) struct Collections {
    transport: Arc<Transport>,
    partner: Option<String>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    kinds: HashMap<&'static str, Kind>,
    /// Whether something was written: what was listed may not hold any more.
    is_written: bool,
}

/// What is known of one kind.
struct Kind {
    /// The query of its list beside paging; `None` where it cannot be read by pages.
    filter: Option<Value>,
    /// How many reads there were, and how many go alone now.
    asked: i64,
    alone: usize,
    /// How many readers wait for each object.
    waiting: HashMap<String, usize>,
    pass: Pass,
    /// How many objects are not read yet, once that is known.
    left: Option<i64>,
    failures: u32,
    /// The objects that nobody asked for yet, as JSON. Bytes take a tenth of the memory of values.
    bodies: HashMap<String, Box<[u8]>>,
    bytes: usize,
    /// When the pass began, and how long it waited because the server asked for it.
    began: Instant,
    waited: Duration,
    /// Told of every page, and of the end.
    news: watch::Sender<()>,
}

/// How far a collection is read.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Pass {
    /// At rest: where it goes on.
    Resting { cursor: String },
    /// A page is on its way.
    Reading,
    /// All is read, or no more will be.
    Over,
}

/// What a reader does next.
pub(crate) enum Step {
    /// Takes this object.
    Take(Answer),
    /// Asks the server for it alone.
    Ask,
    /// Waits for the next page.
    Wait,
}

/// A reader, until its object is there.
pub(crate) struct Turn {
    collections: Arc<Collections>,
    noun: &'static str,
    id: String,
    role: Role,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    None,
    Alone,
    Waiting,
}

impl Collections {
    pub(crate) fn new(transport: Arc<Transport>, partner: Option<String>) -> Self {
        Self { transport, partner, state: Mutex::default() }
    }

    /// Forgets everything, for ever: something is written.
    pub(crate) fn forget(&self) {
        let mut state = self.state();
        state.is_written = true;
        for kind in state.kinds.values_mut() {
            kind.bodies = HashMap::new();
            kind.pass = Pass::Over;
            kind.news.send_replace(());
        }
    }

    /// The object, if a list has it or comes to have it within the caller's time; else the caller asks for it alone, and
    /// keeps the turn until it has the answer.
    pub(crate) async fn read(
        self: &Arc<Self>,
        resource: &ResourceInfo,
        id: &str,
        options: &CallOptions,
    ) -> Result<Answer, Turn> {
        let mut turn =
            Turn { collections: Arc::clone(self), noun: resource.noun, id: id.to_owned(), role: Role::None };
        let (first, mut news) = self.enter(resource, &mut turn);
        let limits = options.limits();
        // Half of the time is left for asking alone.
        let enough = Instant::now() + limits.deadline.saturating_duration_since(Instant::now()) / 2;
        let mut step = first;
        loop {
            match step {
                Step::Take(answer) => return Ok(answer),
                Step::Ask => return Err(turn),
                Step::Wait => {
                    let next = tokio::time::timeout_at(enough, news.changed());
                    let next = match &limits.cancellation {
                        Some(token) => token.run_until_cancelled(next).await,
                        None => Some(next.await),
                    };
                    step = match next {
                        Some(Ok(Ok(()))) => self.look(&mut turn),
                        _ => {
                            turn.becomes(&mut self.state(), Role::Alone);
                            Step::Ask
                        }
                    };
                }
            }
        }
    }

    fn enter(self: &Arc<Self>, resource: &ResourceInfo, turn: &mut Turn) -> (Step, watch::Receiver<()>) {
        let mut state = self.state();
        let is_written = state.is_written;
        let kind = state
            .kinds
            .entry(resource.noun)
            .or_insert_with(|| Kind::new(filter(resource, self.partner.as_deref())));
        kind.asked += 1;
        kind.drop_old();
        let news = kind.news.subscribe();
        if let Some(answer) = kind.take(&turn.id) {
            return (Step::Take(answer), news);
        }
        if let Some(cursor) = kind.begins().filter(|_| !is_written) {
            kind.pass = Pass::Reading;
            tokio::spawn(Arc::clone(self).pass(resource.clone(), cursor));
        }
        let is_reading = kind.pass == Pass::Reading;
        turn.becomes(&mut state, if is_reading { Role::Waiting } else { Role::Alone });
        (if is_reading { Step::Wait } else { Step::Ask }, news)
    }

    /// Looks whether the object has come.
    fn look(&self, turn: &mut Turn) -> Step {
        let mut state = self.state();
        let Some(kind) = state.kinds.get_mut(turn.noun) else { return Step::Ask };
        if let Some(answer) = kind.take(&turn.id) {
            let waited = kind.waited;
            turn.becomes(&mut state, Role::None);
            return Step::Take(Answer { waited, ..answer });
        }
        if kind.pass == Pass::Reading {
            return Step::Wait;
        }
        turn.becomes(&mut state, Role::Alone);
        Step::Ask
    }

    /// Reads pages as long as they are worth it.
    async fn pass(self: Arc<Self>, resource: ResourceInfo, mut cursor: String) {
        let options = CallOptions {
            deadline: Some(self.transport.request_timeout().saturating_mul(2)),
            ..CallOptions::default()
        };
        loop {
            let filter = self.state().kinds.get(resource.noun).and_then(|kind| kind.filter.clone());
            let page = match filter {
                Some(filter) => self.page(&resource, filter, &cursor, &options).await,
                None => None,
            };
            let mut state = self.state();
            let is_written = state.is_written;
            let Some(kind) = state.kinds.get_mut(resource.noun) else { return };
            match page {
                _ if is_written => kind.pass = Pass::Over,
                Some((page, waited)) => {
                    kind.waited += waited;
                    kind.keep(page);
                    if let (true, Pass::Resting { cursor: next }) = (kind.is_worth_the_next(), &kind.pass) {
                        cursor.clone_from(next);
                        kind.pass = Pass::Reading;
                    }
                }
                None => kind.fail(std::mem::take(&mut cursor)),
            }
            kind.news.send_replace(());
            if kind.pass != Pass::Reading {
                return;
            }
        }
    }

    /// One page, and how long the server made it wait; `None` when it cannot be had.
    async fn page(
        &self,
        resource: &ResourceInfo,
        filter: Value,
        cursor: &str,
        options: &CallOptions,
    ) -> Option<(Page<Value>, Duration)> {
        let mut query = json!({ "limit": PAGE, "cursor": cursor });
        query.as_object_mut()?.extend(filter.as_object()?.clone());
        let list = &resource.list;
        let request = Prepared {
            method: list.method.clone(),
            url: url_of(self.transport.endpoint(), list.path, &Value::Null, &query).ok()?,
            body: None,
            is_lines: false,
            idempotency_key: None,
            if_match: None,
            if_none_match: false,
        };
        let answer = Route::Alone(&self.transport).repeat(&Arc::new(request), options).await.ok()?;
        let page = serde_json::from_value(answer.body).ok()?;
        Some((page, answer.waited))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kind {
    fn new(filter: Option<Value>) -> Self {
        let pass = if filter.is_some() { Pass::start() } else { Pass::Over };
        Self {
            filter,
            asked: 0,
            alone: 0,
            waiting: HashMap::new(),
            pass,
            left: None,
            failures: 0,
            bodies: HashMap::new(),
            bytes: 0,
            began: Instant::now(),
            waited: Duration::ZERO,
            news: watch::Sender::new(()),
        }
    }

    fn take(&mut self, id: &str) -> Option<Answer> {
        let bytes = self.bodies.remove(id)?;
        self.bytes = self.bytes.saturating_sub(bytes.len());
        let body = serde_json::from_slice(&bytes).ok()?;
        Some(Answer { body, replayed: false, waited: Duration::ZERO })
    }

    /// Where a reader that comes begins to read pages, if it does.
    fn begins(&mut self) -> Option<String> {
        let Pass::Resting { cursor } = &self.pass else { return None };
        let cursor = self.is_worth_a_page().then(|| cursor.clone())?;
        if cursor.is_empty() {
            self.began = Instant::now();
        }
        self.waited = Duration::ZERO;
        Some(cursor)
    }

    /// Whether a page is worth reading for a reader that comes.
    fn is_worth_a_page(&self) -> bool {
        match self.left {
            None => self.alone > 0 || self.asked > READS_PER_PAGE,
            Some(left) => self.asked * PAGE >= left * READS_PER_PAGE,
        }
    }

    /// Whether the next page is worth reading for those who wait still.
    fn is_worth_the_next(&self) -> bool {
        let somebody_waits = self.waiting.keys().any(|id| !self.bodies.contains_key(id));
        somebody_waits && self.is_worth_a_page()
    }

    fn keep(&mut self, page: Page<Value>) {
        let read = i64::try_from(page.items.len()).unwrap_or(i64::MAX);
        self.left = Some(self.left.unwrap_or(page.total).saturating_sub(read).max(0));
        for item in page.items {
            let Some(id) = item.get("id").and_then(Value::as_str).map(str::to_owned) else { continue };
            let bytes = item.to_string().into_bytes().into_boxed_slice();
            self.bytes += bytes.len();
            self.bodies.insert(id, bytes);
        }
        self.pass = match page.next_cursor {
            Some(cursor) if self.bytes <= MAX_BYTES => Pass::Resting { cursor },
            _ => Pass::Over,
        };
    }

    fn fail(&mut self, cursor: String) {
        self.failures += 1;
        self.pass = if self.failures < MAX_FAILURES { Pass::Resting { cursor } } else { Pass::Over };
    }

    /// Forgets what was listed too long ago.
    fn drop_old(&mut self) {
        if self.pass != Pass::Reading && self.began.elapsed() > MAX_AGE && self.failures < MAX_FAILURES {
            self.bodies = HashMap::new();
            self.bytes = 0;
            self.left = None;
            self.pass = if self.filter.is_some() { Pass::start() } else { Pass::Over };
        }
    }
}

impl Pass {
    fn start() -> Self {
        Self::Resting { cursor: String::new() }
    }
}

impl Turn {
    fn becomes(&mut self, state: &mut State, role: Role) {
        let Some(kind) = state.kinds.get_mut(self.noun) else { return };
        match self.role {
            Role::None => {}
            Role::Alone => kind.alone = kind.alone.saturating_sub(1),
            Role::Waiting => {
                let count = kind.waiting.get_mut(&self.id);
                if count.is_some_and(|count| {
                    *count -= 1;
                    *count == 0
                }) {
                    kind.waiting.remove(&self.id);
                }
            }
        }
        match role {
            Role::None => {}
            Role::Alone => kind.alone += 1,
            Role::Waiting => *kind.waiting.entry(self.id.clone()).or_default() += 1,
        }
        self.role = role;
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if self.role != Role::None {
            let collections = Arc::clone(&self.collections);
            let mut state = collections.state();
            self.becomes(&mut state, Role::None);
        }
    }
}

/// The query of a kind's list beside paging; `None` where it cannot be read by pages.
fn filter(resource: &ResourceInfo, partner: Option<&str>) -> Option<Value> {
    let query = (resource.list.query)();
    let takes = |name: &str| query.pointer(&format!("/properties/{name}")).is_some();
    if !takes("cursor") || !takes("limit") || resource.list.path.contains('{') {
        return None;
    }
    let partner = partner.filter(|_| takes("partner") && resource.key.contains(&"partner"));
    Some(json!({ "partner": partner }))
}
