//! A collector that is fed by hand: what a hypervisor would have shown.

use crate::fixture::Fixture;
use collect::{Counters, Disk, Epoch, Machine, Owner, Power, Shape, Snapshot, Unreadable};
use controlplane::app::{
    App, Error, Key,
    clock::ServerClock,
    inventory::{Collector, Outcome},
};
use schemas::time::TestClock;
use std::sync::Arc;
use store::{
    Settings, Store,
    model::{hypervisor::Hypervisor, resource::Resource},
    queries,
};
use uuid::Uuid;

pub(crate) struct Hand {
    pub(crate) app: App,
    pub(crate) collector: Collector,
    pub(crate) clock: Arc<TestClock>,
}

impl Hand {
    /// The collector of a hypervisor, on a clock of its own that starts at `now`.
    pub(crate) async fn of(f: &Fixture, hypervisor: &str, now: &str) -> Self {
        Self::with(f, hypervisor, now, &Settings::default()).await
    }

    /// The same, with other settings of the store.
    pub(crate) async fn with(f: &Fixture, hypervisor: &str, now: &str, settings: &Settings) -> Self {
        let store = Store::connect(f.database.url(), settings).await.unwrap();
        let clock = Arc::new(TestClock::new(now.parse().unwrap()));
        let key = Key::from_base64(&format!("{}=", "A".repeat(43))).unwrap();
        let app = App::new(store, ServerClock::Test(Arc::clone(&clock)), key);
        Self::within(app, clock, hypervisor).await
    }

    /// The collector of another hypervisor in the same server.
    pub(crate) async fn beside(&self, hypervisor: &str) -> Self {
        Self::within(self.app.clone(), Arc::clone(&self.clock), hypervisor).await
    }

    /// The same collector after its connection ended.
    pub(crate) async fn reconnected(self, hypervisor: &str) -> Self {
        let Self { app, collector, clock } = self;
        let row = row(&app, hypervisor).await;
        let collector = Collector::reopen(&app, row, Some(collector)).await.unwrap();
        Self { app, collector, clock }
    }

    async fn within(app: App, clock: Arc<TestClock>, hypervisor: &str) -> Self {
        let collector = Collector::open(&app, row(&app, hypervisor).await).await.unwrap();
        Self { app, collector, clock }
    }

    /// Takes an inventory of these machines at an instant.
    pub(crate) async fn take(&mut self, at: &str, machines: &[Machine]) -> Outcome {
        self.take_with(at, machines, Some(&[])).await
    }

    /// The same, with what the counters of the machines show.
    pub(crate) async fn take_with(
        &mut self,
        at: &str,
        machines: &[Machine],
        counters: Option<&[Counters]>,
    ) -> Outcome {
        self.try_take(at, machines, counters).await.unwrap()
    }

    /// The same, which may fail.
    pub(crate) async fn try_take(
        &mut self,
        at: &str,
        machines: &[Machine],
        counters: Option<&[Counters]>,
    ) -> Result<Outcome, Error> {
        self.clock.advance_to(at.parse().unwrap());
        let snapshot = Snapshot {
            host: "kvm".into(),
            epoch: Epoch(1),
            machines: machines.to_vec(),
            unidentified: vec![],
        };
        self.collector.take(&self.app, &snapshot, counters).await
    }

    /// What is known of a thing.
    pub(crate) async fn row(&self, id: Uuid) -> Resource {
        let mut reader = self.app.store.read().await.unwrap();
        queries::resource::by_uuids(&mut reader, &[id]).await.unwrap().pop().unwrap()
    }

    /// When a thing ended, as text.
    pub(crate) async fn ended(&self, id: Uuid) -> Option<String> {
        self.row(id).await.ended_at.map(|at| at.to_string())
    }
}

async fn row(app: &App, hypervisor: &str) -> Hypervisor {
    let mut reader = app.store.read().await.unwrap();
    queries::hypervisor::find_by_code(&mut reader, hypervisor).await.unwrap().unwrap()
}

/// A running machine without disks.
pub(crate) fn machine(id: Uuid, owner: &str, vcpu: u32, memory_mib: u64) -> Machine {
    let shape = Shape {
        power: Power::On,
        vcpu,
        memory_mib,
        disks: Vec::new(),
        nics: Vec::new(),
        owner: if owner.is_empty() { Owner::Untagged } else { Owner::parse(owner) },
        guest_os: None,
        cpu_time_ns: None,
    };
    Machine { uuid: id, name: "web".into(), incarnation: None, shape: Ok(shape) }
}

/// The same with a disk.
pub(crate) fn with_disk(machine: Machine, pool: &str, capacity_mib: Option<u64>) -> Machine {
    let disk = Disk {
        key: format!("{pool}/{}", machine.uuid),
        target: "vda".into(),
        capacity_mib,
        pool: Some(pool.into()),
        path: None,
        boot_order: None,
        system: true,
    };
    edited(machine, |shape| shape.disks.push(disk))
}

/// The same, changed.
pub(crate) fn edited(machine: Machine, change: impl FnOnce(&mut Shape)) -> Machine {
    let mut shape = machine.shape.unwrap();
    change(&mut shape);
    Machine { shape: Ok(shape), ..machine }
}

/// The same, which could not be read.
pub(crate) fn unreadable(machine: Machine) -> Machine {
    Machine { shape: Err(Unreadable { reason: "it does not answer".into() }), ..machine }
}
