//! Machines that move from one hypervisor to another (P3, P6): nothing of them is lost, and nothing charged twice.

use crate::{
    billing::report,
    collector::{Hand, edited, machine, with_disk},
    fixture::Fixture,
};
use collect::{Incarnation, Machine, Power};
use serde_json::{Value, json};
use uuid::Uuid;

/// Two hypervisors, and a client who pays 1 for each vCPU and hour, and 10 for each GB of disk and month.
struct Scene {
    client: Value,
    owner: String,
    /// The codes of the hypervisors.
    hypervisors: [String; 2],
    id: Uuid,
}

impl Scene {
    async fn of(f: &Fixture, hold: &str) -> Self {
        let partner = f.partner().await;
        let services = json!({
            "kvm_cpu": { "price": "1", "period": "hour", "calendar": true },
            "kvm_hdd_ultrafast": { "price": "10", "period": "month", "calendar": false },
        });
        f.plan(&partner, "gold", &services).await;
        let client = f.client(&partner, "first", "gold").await;
        let own = json!({ "poll_interval": "5m", "hold": hold });
        let mut codes = [String::new(), String::new()];
        for code in &mut codes {
            *code = f.hypervisor_with(own.clone()).await["code"].as_str().unwrap().to_owned();
        }
        Self { client, owner: format!("{partner}/first/default"), hypervisors: codes, id: Uuid::new_v4() }
    }

    /// The collectors of both hypervisors.
    async fn hands(&self, f: &Fixture, now: &str) -> [Hand; 2] {
        [Hand::of(f, &self.hypervisors[0], now).await, Hand::of(f, &self.hypervisors[1], now).await]
    }

    /// The machine, on shared storage; each hypervisor numbers its own runs.
    fn web(&self) -> Machine {
        let web = with_disk(machine(self.id, &self.owner, 1, 512), "images", Some(1024));
        Machine { incarnation: Some(Incarnation("1".into())), ..web }
    }

    fn off(&self) -> Machine {
        Machine { incarnation: None, ..edited(self.web(), |shape| shape.power = Power::Off) }
    }

    /// What a day came to, and what of it is not known.
    async fn day(&self, f: &Fixture, day: &str) -> (String, Vec<String>) {
        let report = report(f, &self.client, day, day).await;
        let unknown = report["unknown"].as_array().unwrap().iter();
        let mut unknown: Vec<String> =
            unknown.map(|it| it["object_id"].as_str().unwrap().to_owned()).collect();
        unknown.sort();
        (report["total"].as_str().unwrap().to_owned(), unknown)
    }
}

/// P6: however the two hypervisors' inventories fall, the hours from nine to noon are charged once each, and the month of
/// the disk is charged once.
pub(crate) async fn a_move_is_no_end_and_no_beginning(f: &Fixture) {
    f.at("2022-05-04T09:00:00Z").await;
    let at = |minute: u32| format!("2022-05-04T{:02}:{:02}:00Z", 9 + minute / 60, minute % 60);
    let (once, ended, kept) = (Scene::of(f, "6h").await, Scene::of(f, "6h").await, Scene::of(f, "6h").await);
    let (both, back) = (Scene::of(f, "6h").await, Scene::of(f, "6h").await);
    // Missing where it was, and then found.
    let [mut here, mut there] = once.hands(f, &at(0)).await;
    here.take(&at(0), &[once.web()]).await;
    here.take(&at(30), &[]).await;
    assert_eq!(there.take(&at(31), &[once.web()]).await.alert, None);
    here.take(&at(40), &[]).await;
    assert_eq!(there.take(&at(41), &[once.web()]).await.recorded, 0, "told once");
    // Missing so often that it had ended.
    let [mut here, mut there] = ended.hands(f, &at(0)).await;
    here.take(&at(0), &[ended.web()]).await;
    for minute in [30, 40] {
        here.take(&at(minute), &[]).await;
    }
    assert_eq!(here.ended(ended.id).await, Some(at(0)));
    there.take(&at(50), &[ended.web()]).await;
    assert_eq!(here.ended(ended.id).await, None);
    // Kept there switched off, as a migration leaves it that does not remove it.
    let [mut here, mut there] = kept.hands(f, &at(0)).await;
    here.take(&at(0), &[kept.web()]).await;
    here.take(&at(30), &[kept.off()]).await;
    there.take(&at(31), &[kept.web()]).await;
    let alert = here.take(&at(40), &[kept.off()]).await.alert.unwrap();
    assert!(alert.contains(&kept.id.to_string()), "{alert}");
    // Shown by both for a while: it is the first one's, with its disk, until that one misses it.
    let [mut here, mut there] = both.hands(f, &at(0)).await;
    here.take(&at(0), &[both.web()]).await;
    let outcome = there.take(&at(20), &[both.web()]).await;
    assert_eq!((outcome.recorded, outcome.alert.is_some()), (0, true));
    here.take(&at(30), &[]).await;
    there.take(&at(31), &[both.web()]).await;
    // There and back again, and grown there.
    let [mut here, mut there] = back.hands(f, &at(0)).await;
    here.take(&at(0), &[back.web()]).await;
    here.take(&at(30), &[]).await;
    there.take(&at(31), &[back.web()]).await;
    there.take(&at(60), &[]).await;
    here.take(&at(61), &[back.web()]).await;
    here.take(&at(70), &[edited(back.web(), |shape| shape.vcpu = 2)]).await;
    f.at("2022-05-04T11:30:00Z").await;
    for (scene, total) in [(&once, "-13"), (&ended, "-13"), (&kept, "-13"), (&both, "-13"), (&back, "-15")] {
        assert_eq!(scene.day(f, "2022-05-04").await, (total.to_owned(), vec![]));
    }
}

/// P7: a host that died is never heard again. What it had is charged where it is found, from then on; when it stopped
/// there nobody knows. The disk was there all the time.
pub(crate) async fn what_a_dead_host_had_is_charged_where_it_is_found(f: &Fixture) {
    f.at("2022-06-06T09:00:00Z").await;
    let day = "2022-06-06";
    let scene = Scene::of(f, "15m").await;
    let third = f.hypervisor_with(json!({ "poll_interval": "5m", "hold": "15m" })).await;
    let third = third["code"].as_str().unwrap();
    let db_id = Uuid::new_v4();
    let db = Machine { uuid: db_id, ..scene.web() };
    let db = edited(db, |shape| shape.disks.clear());
    let [mut here, mut there] = scene.hands(f, "2022-06-06T09:00:00Z").await;
    here.take("2022-06-06T09:10:00Z", &[scene.web(), db.clone()]).await;
    // Within its hold it is not given up.
    let outcome = there.take("2022-06-06T09:25:00Z", &[scene.web()]).await;
    assert!(outcome.alert.is_some() && outcome.recorded == 0, "{outcome:?}");
    // Each is found on another host.
    let [_, mut there] = scene.hands(f, "2022-06-06T11:30:00Z").await;
    let mut elsewhere = Hand::of(f, third, "2022-06-06T11:30:00Z").await;
    // Who was not heard either does not know who is dead.
    assert_eq!(there.take("2022-06-06T11:30:00Z", &[scene.web()]).await.recorded, 0);
    assert_eq!(there.take("2022-06-06T11:40:00Z", &[scene.web()]).await.alert, None);
    assert_eq!(elsewhere.take("2022-06-06T11:40:00Z", &[db]).await.alert, None);
    f.at("2022-06-06T11:45:00Z").await;
    // Each 09:00, and in the hour from 11:00 what it rose to from nothing (F1); the month of the disk once.
    let mut lost = vec![scene.id.to_string(), db_id.to_string()];
    lost.sort();
    let found = ("-14".to_owned(), lost);
    assert_eq!(scene.day(f, day).await, found);
    // The dead host comes back, and still has it, switched off.
    let [mut here, _] = scene.hands(f, "2022-06-06T11:50:00Z").await;
    here.take("2022-06-06T11:50:00Z", &[scene.off()]).await;
    f.at("2022-06-06T11:52:00Z").await;
    assert_eq!(scene.day(f, day).await, found);
}

/// P5: what is found elsewhere long after it ended is another life.
pub(crate) async fn what_ended_long_ago_begins_anew(f: &Fixture) {
    f.at("2022-07-07T09:00:00Z").await;
    let scene = Scene::of(f, "15m").await;
    let [mut here, _] = scene.hands(f, "2022-07-07T09:00:00Z").await;
    for (at, machines) in [("09:00", vec![scene.web()]), ("09:05", vec![]), ("09:10", vec![])] {
        here.take(&format!("2022-07-07T{at}:00Z"), &machines).await;
    }
    let [_, mut there] = scene.hands(f, "2022-07-07T11:30:00Z").await;
    there.take("2022-07-07T11:30:00Z", &[scene.web()]).await;
    f.at("2022-07-07T11:35:00Z").await;
    // The first life lasted no time; the second pays its hour and its month.
    assert_eq!(scene.day(f, "2022-07-07").await, ("-11".into(), vec![]));
}
