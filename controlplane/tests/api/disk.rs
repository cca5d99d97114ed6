//! Which disk is which, from the inventory to the bill (P6): a charge for a whole period comes once for each.

use crate::{
    billing::report,
    collector::{Hand, edited, machine, unreadable, with_disk},
    fixture::Fixture,
};
use collect::Machine;
use controlplane::app::inventory::Outcome;
use serde_json::{Value, json};
use uuid::Uuid;

struct Scene {
    day: &'static str,
    hand: Hand,
    /// The ids of two clients, who pay 10 a month for each GB.
    clients: [Value; 2],
    partner: String,
    hypervisor: Uuid,
}

impl Scene {
    async fn of(f: &Fixture, day: &'static str) -> Self {
        f.at(&format!("{day}T09:00:00Z")).await;
        let partner = f.partner().await;
        let monthly = json!({ "price": "10", "period": "month", "calendar": false });
        let services = json!({ "kvm_hdd_ultrafast": monthly, "kvm_hdd_slow": monthly });
        f.plan(&partner, "gold", &services).await;
        let clients = [f.client(&partner, "first", "gold").await, f.client(&partner, "second", "gold").await];
        let own = json!({ "disk_types": { "images": "ssd", "archive": "sata" }, "hold": "3650d" });
        let hypervisor = f.hypervisor_with(own).await;
        let hand = Hand::of(f, hypervisor["code"].as_str().unwrap(), &format!("{day}T09:00:00Z")).await;
        Self { day, hand, clients, partner, hypervisor: hypervisor["id"].as_str().unwrap().parse().unwrap() }
    }

    fn at(&self, minute: u32) -> String {
        format!("{}T09:{minute:02}:00Z", self.day)
    }

    /// Takes an inventory at a minute past nine.
    async fn take(&mut self, minute: u32, machines: &[Machine]) -> Outcome {
        let at = self.at(minute);
        self.hand.take(&at, machines).await
    }

    /// A machine of a client, by that one's code, with a disk of 1 GB.
    fn machine(&self, name: &str, client: &str) -> Machine {
        let owner = format!("{}/{client}/default", self.partner);
        let machine = with_disk(machine(Uuid::new_v4(), &owner, 1, 512), "images", Some(1024));
        Machine { name: name.into(), ..machine }
    }

    /// The id of the disk of this key.
    fn disk(&self, key: &str) -> Uuid {
        Uuid::new_v5(&self.hypervisor, key.as_bytes())
    }

    /// What each client pays for the day up to now.
    async fn costs(&self, f: &Fixture) -> [String; 2] {
        f.at(&self.hand.app.clock.now().to_string()).await;
        let mut costs = [String::new(), String::new()];
        for (cost, client) in costs.iter_mut().zip(&self.clients) {
            *cost = report(f, client, self.day, self.day).await["total"].as_str().unwrap().to_owned();
        }
        costs
    }
}

/// The machine with its disk in another file.
fn in_file(machine: Machine, key: &str, pool: Option<&str>) -> Machine {
    edited(machine, |shape| {
        (shape.disks[0].key, shape.disks[0].pool) = (key.into(), pool.map(Into::into));
    })
}

/// P6: a snapshot puts a disk into another file, and merging it puts it back; it is one disk, in the tier where it was. A
/// machine that is renamed meanwhile has it still.
pub(crate) async fn a_disk_in_another_file_is_the_same(f: &Fixture) {
    let mut scene = Scene::of(f, "2022-06-06").await;
    let web = scene.machine("web", "first");
    let disk = scene.disk(&web.shape.as_ref().unwrap().disks[0].key);
    let snapshot = |number| in_file(web.clone(), &format!("/images/web.{number}"), None);
    let renamed = Machine { name: "db".into(), ..snapshot(2) };
    let looks =
        [&web, &snapshot(1), &snapshot(1), &snapshot(2), &snapshot(2), &renamed, &renamed, &web, &web];
    for (minute, look) in looks.into_iter().enumerate() {
        let minute = minute.try_into().unwrap();
        assert_eq!(scene.take(minute, std::slice::from_ref(look)).await.alert, None);
    }
    assert_eq!(scene.hand.row(disk).await.name, "web vda");
    assert_eq!(scene.costs(f).await, ["-10", "0"]);
    // A disk of another tier is another disk (A2), and so is what comes when that one is elsewhere.
    let moved = in_file(web.clone(), "archive/web", Some("archive"));
    for minute in 10..13 {
        scene.take(minute, std::slice::from_ref(&moved)).await;
    }
    assert_eq!(scene.hand.ended(disk).await, Some(scene.at(8)));
    assert_eq!(scene.costs(f).await, ["-20", "0"]);
    let two = in_file(scene.machine("two", "second"), "archive/web", Some("archive"));
    let another = in_file(web, "archive/other", Some("archive"));
    for minute in 13..16 {
        scene.take(minute, &[another.clone(), two.clone()]).await;
    }
    assert_eq!(scene.hand.row(scene.disk("archive/other")).await.name, "web vda");
    assert_eq!(scene.hand.row(scene.disk("archive/web")).await.name, "two vda");
}

/// A disk that several machines have is charged once, to whom it was charged first.
pub(crate) async fn a_disk_of_two_machines_is_charged_once(f: &Fixture) {
    let mut scene = Scene::of(f, "2022-06-07").await;
    let shared = |machine| in_file(machine, "images/shared", Some("images"));
    let [one, two] =
        [("one", "first"), ("two", "second")].map(|(name, client)| shared(scene.machine(name, client)));
    assert_eq!(scene.take(0, std::slice::from_ref(&two)).await.recorded, 2);
    assert_eq!(scene.take(1, &[one.clone(), two.clone()]).await.recorded, 1, "the other machine");
    for minute in 2..5 {
        assert_eq!(scene.take(minute, &[one.clone(), two.clone()]).await.recorded, 0);
    }
    // Neither where that cannot be read, nor where it is called otherwise, is it anybody else's.
    assert_eq!(scene.take(5, &[one.clone(), unreadable(two.clone())]).await.recorded, 0);
    let renamed = Machine { name: "other".into(), ..two };
    assert_eq!(scene.take(6, &[one.clone(), renamed.clone()]).await.recorded, 2, "the machine and its disk");
    assert_eq!(scene.take(7, &[one, renamed]).await.recorded, 0);
    assert_eq!(scene.costs(f).await, ["0", "-10"]);
}

/// A machine that cannot be read keeps its own disks, and nobody else's.
pub(crate) async fn disks_of_other_machines_than_the_unread_end(f: &Fixture) {
    let mut scene = Scene::of(f, "2022-06-08").await;
    let (one, two) = (scene.machine("one", "first"), scene.machine("two", "second"));
    let disks = [&one, &two].map(|machine| scene.disk(&machine.shape.as_ref().unwrap().disks[0].key));
    scene.take(0, &[one.clone(), two.clone()]).await;
    // It has what vSphere would call its place.
    let one = edited(one, |shape| shape.disks[0].target = "Hard disk 1".into());
    scene.take(1, &[one.clone(), two.clone()]).await;
    let without = edited(two, |shape| shape.disks.clear());
    for minute in 2..5 {
        scene.take(minute, &[unreadable(one.clone()), without.clone()]).await;
    }
    assert_eq!(scene.hand.ended(disks[0]).await, None);
    assert_eq!(scene.hand.ended(disks[1]).await, Some(scene.at(1)));
}
