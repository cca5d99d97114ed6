//! Collects from every hypervisor: an inventory on a period and after every hint of a change.

use super::{lease::Holder, stopped};
use crate::app::{
    App, Error,
    hypervisor::vmware,
    inventory::{Collector, Outcome},
};
use collect::{
    Backend, Change, ChangeKind, Changes, Counters, Metered, Past,
    kvm::{Kvm, Options},
};
use futures::StreamExt;
use schemas::code::Code;
use std::{
    collections::BTreeMap,
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};
use store::{
    ListQuery, StoreError,
    model::hypervisor::{Hypervisor, HypervisorType},
    queries,
};
use tokio::{
    sync::{Mutex, Notify, watch},
    task::JoinHandle,
    time::{self, Instant},
};

/// How long a hypervisor with accounts is left alone after it refused a login, unless it is edited or an inventory is asked
/// for. ESXi locks an account that fails five times within a quarter of an hour.
const REFUSED_PAUSE: Duration = Duration::from_secs(300);

/// How long a connection may take, where an inventory may not take longer.
const CONNECT_DEADLINE: Duration = Duration::from_secs(15);

/// How long the log of what happened while nobody listened may take.
const HISTORY_DEADLINE: Duration = Duration::from_secs(60);

/// How often in a row that log may fail to be read until it is done without.
const HISTORY_ATTEMPTS: u32 = 3;

/// How long a hypervisor may take to end a login.
const CLOSE_DEADLINE: Duration = Duration::from_secs(5);

/// Hints come in bursts; an inventory waits this long for the end of one.
const SETTLE: Duration = Duration::from_millis(200);

/// How often the list of hypervisors is read, beside the signals of this server's own changes.
const LIST_PERIOD: Duration = Duration::from_secs(30);

/// A collector that is running, for the version of the hypervisor that it was started with.
struct Running {
    version: i64,
    /// The name of its lease.
    task: String,
    /// When an inventory was last asked for, as far as the collector was told.
    asked_at: Option<schemas::time::Instant>,
    wake: Arc<Notify>,
    stop: watch::Sender<bool>,
    handle: JoinHandle<()>,
}

/// Keeps one collector running for every hypervisor.
pub(super) async fn run(app: App, mut stop: watch::Receiver<bool>) {
    let holder = Holder::new();
    let mut running: BTreeMap<i64, Running> = BTreeMap::new();
    loop {
        match hypervisors(&app).await {
            Ok(wanted) => follow(&app, &holder, &mut running, wanted),
            Err(error) => tracing::error!(%error, "the list of hypervisors cannot be read"),
        }
        tokio::select! {
            () = stopped(&mut stop) => break,
            () = app.hypervisors_changed.notified() => {}
            () = time::sleep(LIST_PERIOD) => {}
        }
    }
    for collector in running.values() {
        // One that ended already hears nothing.
        let _ = collector.stop.send(true);
    }
    for collector in running.into_values() {
        if let Err(error) = collector.handle.await {
            tracing::error!(%error, "a collector failed");
        }
        // Another server, or this one when it is back, need not wait for its end.
        if let Err(error) = holder.release(&app, &collector.task).await {
            tracing::warn!(%error, "the lease of a collector cannot be given back");
        }
    }
}

/// The name of the lease of a hypervisor's collector.
fn task(hypervisor: &Hypervisor) -> String {
    format!("collect/{}", hypervisor.public_id)
}

async fn hypervisors(app: &App) -> Result<Vec<Hypervisor>, Error> {
    let mut reader = app.store.read().await?;
    Ok(queries::hypervisor::list(&mut reader, &ListQuery::default()).await?.rows)
}

/// Starts collectors of new hypervisors, restarts those of changed ones, ends those of removed ones.
fn follow(app: &App, holder: &Holder, running: &mut BTreeMap<i64, Running>, wanted: Vec<Hypervisor>) {
    let keep = |id: &i64, collector: &mut Running| {
        let same = wanted.iter().any(|row| row.id == *id && row.version == collector.version);
        // One that is let go stops.
        same && !collector.handle.is_finished()
    };
    running.retain(keep);
    for hypervisor in wanted {
        let collector = running.entry(hypervisor.id).or_insert_with(|| {
            let wake = Arc::new(Notify::new());
            let (stop, stopping) = watch::channel(false);
            Running {
                version: hypervisor.version,
                task: task(&hypervisor),
                asked_at: hypervisor.collect_asked_at,
                wake: Arc::clone(&wake),
                stop,
                handle: tokio::spawn(collect(
                    app.clone(),
                    holder.clone(),
                    hypervisor.clone(),
                    wake,
                    stopping,
                )),
            }
        });
        // Asked through another server, this is noticed with the next reading of the list.
        if collector.asked_at != hypervisor.collect_asked_at {
            collector.asked_at = hypervisor.collect_asked_at;
            collector.wake.notify_one();
        }
    }
}

/// Collects from one hypervisor until it is told to stop, or whoever can tell is gone; whatever fails is noted and tried
/// again after its interval.
async fn collect(
    app: App,
    holder: Holder,
    hypervisor: Hypervisor,
    wake: Arc<Notify>,
    mut stop: watch::Receiver<bool>,
) {
    let interval = Duration::from_secs(u64::try_from(hypervisor.poll_interval_s).unwrap_or(30).max(1));
    let task = task(&hypervisor);
    let (holder, wake) = (&holder, &wake);
    let place = Place {
        app: &app,
        holder,
        hypervisor: &hypervisor,
        wake,
        interval,
        task,
        is_refused: AtomicBool::new(false),
        history_failures: AtomicU32::new(0),
        last: Mutex::new(None),
    };
    let backend = backend(&app, &hypervisor);
    loop {
        tokio::select! {
            () = place.visit(backend.as_deref()) => {}
            () = stopped(&mut stop) => break,
        }
        close(backend.as_deref()).await;
        tokio::select! {
            () = place.keeping(time::sleep(place.pause())) => {}
            () = wake.notified() => {}
            () = stopped(&mut stop) => return,
        }
    }
    close(backend.as_deref()).await;
}

/// Leaves no login behind.
async fn close(backend: Result<&dyn Backend, &String>) {
    if let Ok(backend) = backend {
        backend.close(CLOSE_DEADLINE).await;
    }
}

/// What a collector works with.
struct Place<'a> {
    app: &'a App,
    holder: &'a Holder,
    hypervisor: &'a Hypervisor,
    wake: &'a Notify,
    interval: Duration,
    task: String,
    /// Whether the last visit ended because the login was refused.
    is_refused: AtomicBool,
    /// How often in a row the log of a silence was not read.
    history_failures: AtomicU32,
    /// The collector of the last connection, which remembers more than is stored.
    last: Mutex<Option<Collector>>,
}

/// Why a connection ended.
struct Failure {
    reason: String,
    /// Whether the login was refused.
    is_refused: bool,
}

impl From<String> for Failure {
    fn from(reason: String) -> Self {
        Self { reason, is_refused: false }
    }
}

impl From<collect::Error> for Failure {
    fn from(error: collect::Error) -> Self {
        let is_refused = matches!(error, collect::Error::Denied { .. });
        Self { reason: error.to_string(), is_refused }
    }
}

impl Place<'_> {
    /// Collects as long as that goes well and is this server's; notes why it ended.
    async fn visit(&self, backend: Result<&dyn Backend, &String>) {
        let ended = match self.is_mine().await {
            Ok(true) => match backend {
                Ok(backend) => self.keeping(self.session(backend)).await,
                Err(reason) => Err(Failure::from(reason.clone())),
            },
            Ok(false) => return,
            Err(error) => return tracing::error!(%error, "no lease for a collector"),
        };
        let Err(Failure { reason, is_refused }) = ended else { return };
        self.is_refused.store(is_refused, Ordering::Relaxed);
        // Where another server collects by now, it tells how that goes.
        if matches!(self.is_mine().await, Ok(false)) {
            return tracing::info!(hypervisor = %self.hypervisor.code, %reason, "collection was given up");
        }
        tracing::warn!(hypervisor = %self.hypervisor.code, %reason, "collection failed");
        if let Err(error) = Collector::failed(self.app, self.hypervisor, &reason).await {
            tracing::error!(%error, "the state of a collector cannot be written");
        }
    }

    /// Does something while this server keeps collecting to itself: a look may take longer than a lease.
    async fn keeping<T>(&self, work: impl Future<Output = T>) -> T {
        tokio::select! {
            done = work => done,
            never = self.keep() => match never {},
        }
    }

    async fn keep(&self) -> Infallible {
        loop {
            time::sleep(LIST_PERIOD / 2).await;
            if let Err(error) = self.is_mine().await {
                tracing::warn!(%error, "the lease of a collector cannot be kept");
            }
        }
    }

    /// How long the hypervisor is left alone after a visit. Hosts lock an account for a while after a few refused logins:
    /// with a wrong password that would keep others out, too.
    fn pause(&self) -> Duration {
        let has_account = self.hypervisor.type_ == HypervisorType::Vmware;
        let is_refused = self.is_refused.swap(false, Ordering::Relaxed);
        if has_account && is_refused { self.interval.max(REFUSED_PAUSE) } else { self.interval }
    }

    /// Whether this server collects from the hypervisor, as it goes on to do then.
    async fn is_mine(&self) -> Result<bool, StoreError> {
        self.holder.claim(self.app, &self.task, self.interval.max(LIST_PERIOD) * 2).await
    }

    /// One connection: an epoch of observations. Ends with the reason why it cannot go on.
    async fn session(&self, backend: &dyn Backend) -> Result<(), Failure> {
        let app = self.app;
        // A vCenter begins its stream of changes with all that it has.
        let deadline = inventory_timeout(self.hypervisor).max(CONNECT_DEADLINE);
        let mut changes = backend.changes(deadline).await?;
        let last = self.last.lock().await.take();
        let collector = Collector::reopen(app, self.hypervisor.clone(), last).await;
        let mut collector = collector.map_err(|error| error.to_string())?;
        let ended = self.follow(backend, &mut changes, &mut collector).await;
        *self.last.lock().await = Some(collector);
        ended
    }

    /// Takes inventories until one fails, or another server's are to be taken.
    async fn follow(
        &self,
        backend: &dyn Backend,
        changes: &mut Changes,
        collector: &mut Collector,
    ) -> Result<(), Failure> {
        let app = self.app;
        let mut silence = collector.silence(app).await.map_err(|error| error.to_string())?;
        let told_at = Instant::now();
        loop {
            let failures = &self.history_failures;
            let unheard = silence.take().map(|length| Unheard { length, told_at, failures });
            inventory(app, backend, collector, self.hypervisor, unheard).await?;
            let next = Instant::now() + self.interval;
            // Whatever changed, what holds now is in the next inventory, once the burst of hints is over.
            let mut until = next;
            while let Some(change) = hint(changes, self.wake, until).await? {
                if let ChangeKind::Removed(machine) = change.kind {
                    let at = change.at.map_or_else(|| app.clock.now(), Into::into);
                    collector.removed(app, machine, at).await.map_err(|error| error.to_string())?;
                }
                until = next.min(Instant::now() + SETTLE);
            }
            if !self.is_mine().await.map_err(|error| error.to_string())? {
                return Err("another server collects from this hypervisor now".to_owned().into());
            }
        }
    }
}

/// A time in which nobody listened, whose log is to be read.
pub(crate) struct Unheard<'a> {
    /// How long it was, when it was told.
    length: Duration,
    told_at: Instant,
    /// How often in a row the log was not read.
    failures: &'a AtomicU32,
}

/// One look at everything: what is new, changed or gone is recorded.
pub(crate) async fn inventory(
    app: &App,
    backend: &dyn Backend,
    collector: &mut Collector,
    hypervisor: &Hypervisor,
    unheard: Option<Unheard<'_>>,
) -> Result<(), String> {
    let snapshot =
        backend.inventory(inventory_timeout(hypervisor)).await.map_err(|error| error.to_string())?;
    if let Some(unheard) = unheard {
        collector.recall(app.clock.now(), history(backend, &hypervisor.code, unheard).await?);
    }
    let counters = counters(backend, &collector.metered(&snapshot), hypervisor).await;
    let outcome: Outcome =
        collector.take(app, &snapshot, counters.as_deref()).await.map_err(|error| error.to_string())?;
    if outcome.recorded > 0 {
        tracing::info!(
            hypervisor = %hypervisor.code,
            machines = outcome.counts.machines,
            unowned = outcome.counts.unowned,
            mismatched = outcome.counts.mismatched,
            unmapped_disks = outcome.counts.unmapped_disks,
            recorded = outcome.recorded,
            "inventory"
        );
    }
    if let Some(alert) = outcome.alert {
        tracing::warn!(hypervisor = %hypervisor.code, %alert, "inventory in doubt");
    }
    Ok(())
}

/// How long a hypervisor may take to show everything.
fn inventory_timeout(hypervisor: &Hypervisor) -> Duration {
    Duration::from_secs(u64::try_from(hypervisor.inventory_timeout_s).unwrap_or(60).max(1))
}

/// What happened while nobody listened, as far as the hypervisor knows. What it does not know stays unknown. A log that
/// cannot be read is waited for, a few times: without it nothing tells what a machine was, which is the same now as before.
async fn history(backend: &dyn Backend, code: &Code, unheard: Unheard<'_>) -> Result<Vec<Past>, String> {
    let Unheard { length, told_at, failures } = unheard;
    // The inventory since then took its time.
    let error = match backend.history(length + told_at.elapsed(), HISTORY_DEADLINE).await {
        Ok(past) => {
            failures.store(0, Ordering::Relaxed);
            return Ok(past.unwrap_or_default());
        }
        Err(error) => error,
    };
    if failures.fetch_add(1, Ordering::Relaxed) + 1 < HISTORY_ATTEMPTS {
        return Err(format!("the log of what happened meanwhile cannot be read: {error}"));
    }
    failures.store(0, Ordering::Relaxed);
    tracing::warn!(hypervisor = %code, %error, "the log of what happened is done without");
    Ok(Vec::new())
}

/// What the counters of some machines show. Without them the inventory is complete all the same: what was used meanwhile
/// is told by the next reading.
async fn counters(
    backend: &dyn Backend,
    machines: &[Metered],
    hypervisor: &Hypervisor,
) -> Option<Vec<Counters>> {
    if machines.is_empty() {
        return Some(Vec::new());
    }
    match backend.counters(machines, inventory_timeout(hypervisor)).await {
        Ok(counters) => Some(counters),
        Err(error) => {
            tracing::warn!(hypervisor = %hypervisor.code, %error, "traffic counters cannot be read");
            None
        }
    }
}

/// The next hint before `until`; none when there was none, or an inventory is asked for. An end of the stream is an
/// error: hints were missed.
async fn hint(changes: &mut Changes, wake: &Notify, until: Instant) -> Result<Option<Change>, String> {
    let next = tokio::select! {
        next = time::timeout_at(until, changes.next()) => next,
        () = wake.notified() => return Ok(None),
    };
    match next {
        Err(_) => Ok(None),
        Ok(Some(Change { kind: ChangeKind::Gap(reason), .. })) => Err(reason),
        Ok(Some(change)) => Ok(Some(change)),
        Ok(None) => Err("the stream of changes ended".to_owned()),
    }
}

/// The backend of a hypervisor's type.
pub(crate) fn backend(app: &App, hypervisor: &Hypervisor) -> Result<Box<dyn Backend>, String> {
    match hypervisor.type_ {
        HypervisorType::Kvm => {
            let kvm = Kvm::new(&hypervisor.uri, Options::default()).map_err(|error| error.to_string())?;
            Ok(Box::new(kvm))
        }
        HypervisorType::Vmware => {
            let vmware = vmware(hypervisor, &app.key).map_err(|error| error.to_string())?;
            Ok(Box::new(vmware))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use collect::vmware::{Account, Options, Trust, Vmware};

    #[tokio::test]
    async fn a_log_that_cannot_be_read_is_waited_for_a_few_times() {
        let account = Account { user: "root".into(), password: String::new().into() };
        // Nobody listens there.
        let host =
            Vmware::new("https://127.0.0.1:9", Trust::Thumbprint([0; 32]), account, Options::default())
                .unwrap();
        let (failures, code) = (AtomicU32::new(0), "esx1".parse().unwrap());
        let read = async || {
            let (length, told_at) = (Duration::from_secs(3600), Instant::now());
            let unheard = Unheard { length, told_at, failures: &failures };
            history(&host, &code, unheard).await
        };
        for _ in 0..2 {
            for _ in 1..HISTORY_ATTEMPTS {
                let said = read().await.unwrap_err();
                assert!(said.starts_with("the log of what happened meanwhile cannot be read: "), "{said}");
            }
            assert_eq!(read().await, Ok(Vec::new()));
        }
    }
}
