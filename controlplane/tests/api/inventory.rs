//! What an inventory means: what is new, changed or gone (P4 to P6).

use crate::{
    billing::{report, totals},
    collector::{Hand, edited, machine, unreadable, with_disk},
    fixture::{Fixture, items},
    kvm::until,
};
use billing::observation::{Fact, Power as Running, Thing};
use collect::{Machine, Power};
use futures::future::join_all;
use serde_json::{Map, Value, json};
use std::time::Duration;
use store::{Settings, model::source::Counts};
use uuid::Uuid;

struct Scene {
    hand: Hand,
    hypervisor: Uuid,
    partner: String,
    owner: String,
}

/// A hypervisor with two clients, asked at 09:00 for the first time.
async fn scene(f: &Fixture) -> Scene {
    let hypervisor = f.hypervisor().await;
    scene_on(f, &hypervisor).await
}

async fn scene_on(f: &Fixture, hypervisor: &Value) -> Scene {
    let partner = f.partner().await;
    f.client(&partner, "first", "base").await;
    f.client(&partner, "second", "base").await;
    let hand = Hand::of(f, hypervisor["code"].as_str().unwrap(), "2021-12-20T09:00:00Z").await;
    let id = hypervisor["id"].as_str().unwrap().parse().unwrap();
    Scene { hand, hypervisor: id, owner: format!("{partner}/first/default"), partner }
}

fn minute(minute: u32) -> String {
    format!("2021-12-20T09:{minute:02}:00Z")
}

fn machines(count: usize, owner: &str) -> Vec<Machine> {
    (0..count).map(|_| machine(Uuid::new_v4(), owner, 1, 512)).collect()
}

pub(crate) async fn two_inventories_without_it_end_a_machine(f: &Fixture) {
    let Scene { mut hand, hypervisor, owner, .. } = scene(f).await;
    let id = Uuid::new_v4();
    let web = with_disk(machine(id, &owner, 1, 512), "images", Some(10_240));
    let disk = Uuid::new_v5(&hypervisor, format!("images/{id}").as_bytes());
    assert_eq!(hand.take(&minute(0), std::slice::from_ref(&web)).await.recorded, 2);
    assert_eq!(hand.take(&minute(1), std::slice::from_ref(&web)).await.recorded, 0, "nothing changed");
    // Missing once, it may come back.
    assert_eq!(hand.take(&minute(2), &[]).await.recorded, 0);
    assert_eq!(hand.take(&minute(3), std::slice::from_ref(&web)).await.recorded, 0);
    // Twice in a row, with no count left over from before: it ended when it was last seen.
    assert_eq!(hand.take(&minute(4), &[]).await.recorded, 0);
    assert_eq!(hand.ended(id).await, None);
    assert_eq!(hand.take(&minute(5), &[]).await.recorded, 2);
    assert_eq!(hand.ended(id).await, Some(minute(3)));
    assert_eq!(hand.ended(disk).await, Some(minute(3)));
    assert_eq!(hand.take(&minute(6), &[]).await.recorded, 0, "told once");
    // A second life, in which no absence of the first counts.
    assert_eq!(hand.take(&minute(7), &[web]).await.recorded, 2);
    assert_eq!(hand.take(&minute(8), &[]).await.recorded, 0);
    assert_eq!(hand.ended(id).await, None);
}

/// Two servers that both believe to be the one that collects: what the one says that was held up does not count.
pub(crate) async fn a_collector_that_was_overtaken_has_no_say(f: &Fixture) {
    let hypervisor = f.hypervisor().await;
    let Scene { hand: mut first, owner, .. } = scene_on(f, &hypervisor).await;
    let id = Uuid::new_v4();
    let web = [machine(id, &owner, 1, 512)];
    first.take(&minute(0), &web).await;
    let mut second = Hand::of(f, hypervisor["code"].as_str().unwrap(), &minute(1)).await;
    second.take(&minute(1), &web).await;
    let held_up = first.try_take(&minute(2), &[machine(id, &owner, 2, 512)], Some(&[])).await;
    assert!(held_up.is_err());
    assert!(first.collector.removed(&first.app, id, minute(2).parse().unwrap()).await.is_err());
    assert_eq!(second.take(&minute(3), &web).await.recorded, 0, "nothing was said meanwhile");
    assert_eq!(second.ended(id).await, None);
}

pub(crate) async fn a_failed_reading_ends_nothing(f: &Fixture) {
    let Scene { mut hand, hypervisor, owner, .. } = scene(f).await;
    let (one, other) = (Uuid::new_v4(), Uuid::new_v4());
    let web = |id: Uuid| with_disk(machine(id, &owner, 1, 512), "images", Some(10_240));
    hand.take(&minute(0), &[web(one), web(other)]).await;
    let before = hand.row(one).await.fact;
    // Of what was never seen to run, nobody says that it does.
    let lost = edited(machine(Uuid::new_v4(), &owner, 1, 512), |shape| shape.power = Power::Unknown);
    hand.take(&minute(1), &[web(one), web(other), lost.clone()]).await;
    let Fact::Present(shape) = hand.row(lost.uuid).await.fact.read().unwrap() else { panic!("gone") };
    assert_eq!(shape.power, Running::Off);
    hand.collector.removed(&hand.app, lost.uuid, minute(1).parse().unwrap()).await.unwrap();
    for now in 1..6 {
        let outcome = hand.take(&minute(now), &[unreadable(web(one)), web(other)]).await;
        assert_eq!(outcome.recorded, 0);
        assert!(outcome.alert.unwrap().starts_with("1 machine(s) cannot be read, such as web: it does not"));
    }
    let silent = edited(web(other), |shape| shape.power = Power::Unknown);
    let alert = hand.take(&minute(5), &[web(one), silent]).await.alert.unwrap();
    assert_eq!(alert, "1 machine(s) are not told to run or not, such as web");
    let disk = Uuid::new_v5(&hypervisor, format!("images/{one}").as_bytes());
    assert_eq!((hand.ended(one).await, hand.ended(disk).await), (None, None));
    assert_eq!(hand.row(one).await.fact, before);
    assert_eq!(hand.row(one).await.last_seen_at.to_string(), minute(5));
    let unsized_too = with_disk(web(one), "new", None);
    let alert = hand.take(&minute(5), &[unsized_too, web(other)]).await.alert.unwrap();
    assert!(alert.starts_with("1 machine(s) have disks whose size was never told"), "{alert}");
    // A disk whose size cannot be read keeps the one it had.
    let unsized_disk = with_disk(machine(one, &owner, 1, 512), "images", None);
    assert_eq!(hand.take(&minute(6), &[unsized_disk, web(other)]).await.recorded, 0);
}

pub(crate) async fn a_mass_loss_takes_three(f: &Fixture) {
    let Scene { mut hand, owner, .. } = scene(f).await;
    let all = machines(10, &owner);
    hand.take(&minute(0), &all).await;
    let left = &all[4..];
    let first = hand.take(&minute(1), left).await;
    assert!(first.alert.unwrap().contains("4 of 10"));
    let second = hand.take(&minute(2), left).await;
    assert_eq!((second.recorded, second.alert.is_some()), (0, true));
    let third = hand.take(&minute(3), left).await;
    assert_eq!((third.recorded, third.alert), (4, None));
    assert_eq!(hand.ended(all[0].uuid).await, Some(minute(0)));
    // Inventories that differ start the count anew: what is back and gone again has not been gone all the time.
    let Scene { mut hand, owner, .. } = scene(f).await;
    let all = machines(10, &owner);
    hand.take(&minute(0), &all).await;
    for (now, left) in [(1, &all[4..]), (2, &all[..]), (3, &all[4..]), (4, &all[4..])] {
        assert_eq!(hand.take(&minute(now), left).await.recorded, 0);
    }
    assert_eq!(hand.take(&minute(5), &all[4..]).await.recorded, 4);
    // Three of ten is no mass loss, nor are all of seven.
    let Scene { mut hand, owner, .. } = scene(f).await;
    let all = machines(10, &owner);
    hand.take(&minute(0), &all).await;
    hand.take(&minute(1), &all[3..]).await;
    assert_eq!(hand.take(&minute(2), &all[3..]).await.recorded, 3);
    assert_eq!(hand.take(&minute(3), &[]).await.recorded, 0);
    assert_eq!(hand.take(&minute(4), &[]).await.recorded, 7);
}

pub(crate) async fn the_hypervisors_word_counts_at_once(f: &Fixture) {
    let Scene { mut hand, owner, .. } = scene(f).await;
    let id = Uuid::new_v4();
    hand.take(&minute(0), &[machine(id, &owner, 1, 512)]).await;
    let (app, at) = (hand.app.clone(), "2021-12-20T09:00:30Z".parse().unwrap());
    hand.clock.advance_to(minute(1).parse().unwrap());
    assert!(hand.collector.removed(&app, id, at).await.unwrap());
    assert_eq!(hand.ended(id).await.as_deref(), Some("2021-12-20T09:00:30Z"));
    assert!(!hand.collector.removed(&app, id, at).await.unwrap(), "told once");
    assert!(!hand.collector.removed(&app, Uuid::new_v4(), at).await.unwrap(), "never seen");
    // A hypervisor's clock that runs ahead does not bill the future.
    let next = Uuid::new_v4();
    hand.take(&minute(2), &[machine(next, &owner, 1, 512)]).await;
    assert!(hand.collector.removed(&app, next, minute(50).parse().unwrap()).await.unwrap());
    assert_eq!(hand.ended(next).await, Some(minute(2)));
}

pub(crate) async fn what_changes_is_recorded_once(f: &Fixture) {
    let Scene { mut hand, owner, partner, .. } = scene(f).await;
    let id = Uuid::new_v4();
    let web = machine(id, &owner, 1, 512);
    hand.take(&minute(0), std::slice::from_ref(&web)).await;
    let owned = hand.row(id).await;
    let moved = format!("{partner}/second/default");
    let changes = [
        machine(id, &owner, 2, 512),
        machine(id, &owner, 2, 1024),
        edited(machine(id, &owner, 2, 1024), |shape| shape.power = Power::Off),
        edited(machine(id, &owner, 2, 1024), |shape| shape.power = Power::Paused),
        edited(machine(id, &owner, 2, 1024), |shape| {
            shape.guest_os = Some("http://microsoft.com/win/2k22".into())
        }),
        machine(id, &moved, 2, 1024),
    ];
    for (now, changed) in (1..).zip(changes) {
        assert_eq!(hand.take(&minute(now), std::slice::from_ref(&changed)).await.recorded, 1, "{changed:?}");
        assert_eq!(hand.take(&minute(now), &[changed]).await.recorded, 0);
    }
    let row = hand.row(id).await;
    assert_ne!(row.contract_id, owned.contract_id);
    assert_eq!((row.owner, row.problem), (Some(moved.clone()), None));
    // Who does not say whether it runs has not said that it stopped; and darwin is not Windows.
    let same = edited(machine(id, &moved, 2, 1024), |shape| {
        shape.power = Power::Unknown;
        shape.guest_os = Some("darwin21_64Guest".into());
    });
    assert_eq!(hand.take(&minute(10), &[same]).await.recorded, 0);
    let Fact::Present(shape) = hand.row(id).await.fact.read().unwrap() else { panic!("gone") };
    assert_eq!(shape.power, Running::Running);
    assert!(matches!(shape.thing, Thing::Machine { vcpu: 2, ram_mib: 1024, windows: false, .. }));
}

pub(crate) async fn a_machine_on_two_hypervisors_is_the_firsts(f: &Fixture) {
    let Scene { mut hand, owner, .. } = scene(f).await;
    let second = f.hypervisor().await;
    let mut other = Hand::of(f, second["code"].as_str().unwrap(), "2021-12-20T09:00:00Z").await;
    let (both, own) = (Uuid::new_v4(), Uuid::new_v4());
    hand.take(&minute(0), &[machine(both, &owner, 1, 512)]).await;
    // The second hypervisor goes on with everything else, and an operator is told.
    let shown = with_disk(machine(both, &owner, 4, 512), "images", Some(1024));
    let seen = [shown, machine(own, &owner, 1, 512)];
    let outcome = other.take(&minute(1), &seen).await;
    assert!(outcome.alert.unwrap().contains(&both.to_string()));
    assert_eq!(outcome.recorded, 1);
    assert!(other.row(own).await.contract_id.is_some());
    let Fact::Present(shape) = hand.row(both).await.fact.read().unwrap() else { panic!("gone") };
    assert!(matches!(shape.thing, Thing::Machine { vcpu: 1, .. }));
}

pub(crate) async fn what_nobody_owns_is_not_billed(f: &Fixture) {
    let Scene { mut hand, hypervisor, owner, .. } = scene(f).await;
    let ids: Vec<Uuid> = (0..4).map(|_| Uuid::new_v4()).collect();
    let outcome = hand
        .take(
            &minute(0),
            &[
                machine(ids[0], "", 1, 512),
                machine(ids[1], "nobody/knows/this", 1, 512),
                machine(ids[2], "nonsense", 1, 512),
                with_disk(machine(ids[3], &owner, 1, 512), "tape", Some(1024)),
            ],
        )
        .await;
    assert_eq!(outcome.counts, Counts { machines: 4, unowned: 3, mismatched: 0, unmapped_disks: 1 });
    for (id, problem) in ids.iter().zip(["untagged", "unknown_owner", "malformed_owner", "unmapped_disk"]) {
        let row = hand.row(*id).await;
        assert_eq!((row.problem.as_deref(), row.contract_id.is_some()), (Some(problem), *id == ids[3]));
    }
    let disk = hand.row(Uuid::new_v5(&hypervisor, format!("tape/{}", ids[3]).as_bytes())).await;
    assert_eq!(disk.problem.as_deref(), Some("unmapped_disk"));
    let Fact::Present(shape) = disk.fact.read().unwrap() else { panic!("gone") };
    assert_eq!(billing::observation::services(&shape.thing).count(), 0);
    // The platform sees them all, a partner its own; and only what has an owner keeps its client.
    let listed = |owned: bool| format!("/v1/machine?owned={owned}&limit=1000&hypervisor={hypervisor}");
    assert_eq!(f.admin.get(&listed(false)).await.expect(200)["total"], 3);
    let mine = f.admin.get(&listed(true)).await.expect(200);
    assert_eq!((&mine["total"], &mine["items"][0]["owner_tag"]), (&json!(1), &json!(owner)));
    assert_eq!((&mine["items"][0]["vcpu"], &mine["items"][0]["power"]), (&json!(1), &json!("on")));
    let partner = owner.split('/').next().unwrap();
    let seen = f.partner_admin(partner).get("/v1/machine?limit=1000").await.expect(200);
    assert_eq!(seen["items"], mine["items"]);
    let path = format!("/v1/client/first?partner={partner}");
    assert_eq!(f.admin.delete(&path).await.alias(409), "has_dependents");
    let one = format!("/v1/hypervisor/{hypervisor}");
    assert_eq!(f.admin.delete(&one).await.alias(409), "has_dependents");
}

pub(crate) async fn a_silent_hypervisor_is_degraded_then_down(f: &Fixture) {
    let own = f.hypervisor_with(json!({ "poll_interval": "5m", "hold": "15m" })).await;
    let Scene { mut hand, hypervisor, owner, .. } = scene_on(f, &own).await;
    let id = Uuid::new_v4();
    hand.take(&minute(0), &[machine(id, &owner, 1, 512)]).await;
    let row = {
        let mut reader = hand.app.store.read().await.unwrap();
        let id = schemas::id::HypervisorId(hypervisor);
        store::queries::hypervisor::find(&mut reader, id).await.unwrap().unwrap()
    };
    for (now, state) in [(15, "degraded"), (16, "down")] {
        hand.clock.advance_to(minute(now).parse().unwrap());
        controlplane::app::inventory::Collector::failed(&hand.app, &row, "no route").await.unwrap();
        let view = f.admin.get(&format!("/v1/hypervisor/{hypervisor}")).await.expect(200);
        assert_eq!(view["collector"]["state"], state);
        assert_eq!(view["collector"]["last_ok_at"], minute(0));
    }
    assert_eq!(hand.ended(id).await, None);
    // Each change of the state is in the log, and what holds now among the figures for monitoring.
    let told = f.events(&json!(hypervisor.to_string())).await;
    let is_down = |event: &&Value| event["action"] == "down" && event["after"]["error"] == "no route";
    let down = told.iter().find(is_down).unwrap();
    assert_eq!((&down["object_kind"], &down["actor"]), (&json!("collector"), &json!("collector")));
    assert_eq!(down["before"]["state"], "degraded");
    let figures = f.admin.get("/metrics").await.text;
    let code = own["code"].as_str().unwrap();
    for line in [
        format!("esu_hypervisor_machines{{hypervisor=\"{code}\"}} 1\n"),
        format!("esu_hypervisor_unowned_machines{{hypervisor=\"{code}\"}} 0\n"),
        format!("esu_hypervisor_state{{hypervisor=\"{code}\",state=\"ok\"}} 0\n"),
        format!("esu_hypervisor_state_since_timestamp_seconds{{hypervisor=\"{code}\"}} 1639991760\n"),
        format!("esu_hypervisor_last_ok_timestamp_seconds{{hypervisor=\"{code}\"}} 1639990800\n"),
    ] {
        assert!(figures.contains(&line), "{line} in {figures}");
    }
}

/// A server that is told to stop gives its collectors back: the next one need not wait until they would be taken over.
pub(crate) async fn a_server_that_stops_gives_its_collectors_back(f: &Fixture) {
    let mut f = f.another();
    let own = json!({ "uri": "test+tcp://127.0.0.1:9/default", "poll_interval": "1h" });
    let hypervisor = f.hypervisor_with(own).await;
    let path = format!("/v1/hypervisor/{}", hypervisor["code"].as_str().unwrap());
    let is_tried = async |f: &Fixture, times: u32| {
        until("an attempt", async || f.admin.get(&path).await.expect(200)["collector"]["attempts"] == times)
            .await;
    };
    is_tried(&f, 1).await;
    f.server.stop();
    f.server.restart().unwrap();
    is_tried(&f, 2).await;
}

/// Q1: each thing that a hypervisor shows is billed as the services of its platform, its processors and its storage; a disk
/// in a place that has no tier is not.
pub(crate) async fn what_is_found_is_billed_as_the_services_of_its_platform(f: &Fixture) {
    f.at("2022-08-08T09:00:00Z").await;
    let daily = json!({ "price": "1", "period": "day", "calendar": true });
    let vmware = json!({ "type": "vmware", "uri": "https://127.0.0.1:9", "username": "root" });
    let fast =
        json!({ "type": "vmware", "uri": "https://127.0.0.1:9", "username": "root", "cpu_class": "3.2" });
    for (mut own, platform, class) in
        [(json!({}), "kvm", ""), (vmware, "vmware", ""), (fast, "vmware", "_3_2")]
    {
        let expected = [
            (format!("{platform}_cpu{class}"), "2 pc x day", "-2"),
            (format!("{platform}_hdd_fast"), "2 GB x day", "-2"),
            (format!("{platform}_hdd_slow"), "1 GB x day", "-1"),
            (format!("{platform}_hdd_ultrafast"), "7 GB x day", "-7"),
            (format!("{platform}_ram{class}"), "3 GB x day", "-3"),
            ("windows_license".to_owned(), "2 pc x day", "-2"),
        ];
        let services: Map<String, Value> =
            expected.iter().map(|(service, ..)| (service.clone(), daily.clone())).collect();
        let partner = f.partner().await;
        f.plan(&partner, "gold", &json!(services)).await;
        let client = f.client(&partner, "first", "gold").await;
        own["disk_types"] = json!({ "archive": "sata", "images": "sas", "/srv/ssd": "ssd", "/srv": "sata" });
        (own["poll_interval"], own["hold"]) = (json!("1h"), json!("3650d"));
        let code = f.hypervisor_with(own).await["code"].as_str().unwrap().to_owned();
        let mut hand = Hand::of(f, &code, "2022-08-08T09:00:00Z").await;
        let web = machine(Uuid::new_v4(), &format!("{partner}/first/default"), 2, 3072);
        let web = [("archive", 1), ("images", 2), ("tape", 9)]
            .iter()
            .fold(web, |web, (pool, gib)| with_disk(web, pool, Some(gib * 1024)));
        let web = with_disk(web, "file", Some(7 * 1024));
        let web = edited(web, |shape| {
            let file = shape.disks.last_mut().unwrap();
            (file.pool, file.path) = (None, Some("/srv/ssd/web.qcow2".into()));
            shape.guest_os = Some("http://microsoft.com/win/2k22".into());
        });
        hand.take("2022-08-08T09:00:00Z", &[web]).await;
        let unmapped = items(
            f.admin.get(&format!("/v1/machine?problem=unmapped_disk&partner={partner}")).await.expect(200),
        );
        assert_eq!(unmapped.len(), 1, "the tape");
        let collector = f.admin.get(&format!("/v1/hypervisor/{code}")).await.expect(200)["collector"].clone();
        assert_eq!(collector["unmapped_disks"], 1);
        let report = report(f, &client, "2022-08-08", "2022-08-08").await;
        let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
        let mut rows: Vec<[String; 3]> = report["days"][0]["rows"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| ["service", "consumption", "amount"].map(|name| text(row, name)))
            .collect();
        rows.sort();
        let expected =
            expected.map(|(service, consumption, amount)| [service, consumption.into(), amount.into()]);
        assert_eq!(rows, expected);
    }
}

/// However many machines a host has, each is charged once, and an inventory that finds nothing new records nothing.
pub(crate) async fn ten_thousand_machines_are_charged_once_each(f: &Fixture) {
    f.at("2022-09-08T09:00:00Z").await;
    let partner = f.partner().await;
    let daily = json!({ "price": "1", "period": "day", "calendar": true });
    f.plan(&partner, "gold", &json!({ "kvm_cpu": daily })).await;
    let client = f.client(&partner, "first", "gold").await;
    let code = f.hypervisor().await["code"].as_str().unwrap().to_owned();
    let mut all = machines(10_000, &format!("{partner}/first/default"));
    let mut hand = Hand::of(f, &code, "2022-09-08T09:00:00Z").await;
    assert_eq!(hand.take("2022-09-08T09:00:00Z", &all).await.recorded, 10_000);
    let mut hand = Hand::of(f, &code, "2022-09-08T09:10:00Z").await;
    assert_eq!(hand.take("2022-09-08T09:10:00Z", &all).await.recorded, 0);
    all.truncate(9_000);
    for (at, ended) in [("09:20", 0), ("09:30", 1_000)] {
        assert_eq!(hand.take(&format!("2022-09-08T{at}:00Z"), &all).await.recorded, ended);
    }
    f.at("2022-09-08T21:30:00Z").await;
    assert_eq!(totals(f, &client, "2022-09-08", "2022-09-09").await, ["-10000", "-9000", "-19000"]);
}

pub(crate) async fn large_inventories_wait_for_each_other_and_none_is_given_up(f: &Fixture) {
    let Scene { owner, .. } = scene(f).await;
    // Less than some of them take, let alone all.
    let settings = Settings { acquire_timeout: Duration::from_millis(300), ..Settings::default() };
    let mut hands: Vec<Hand> = Vec::new();
    for _ in 0..6 {
        let code = f.hypervisor().await["code"].as_str().unwrap().to_owned();
        let hand = match hands.first() {
            Some(first) => first.beside(&code).await,
            None => Hand::with(f, &code, &minute(0), &settings).await,
        };
        hands.push(hand);
    }
    let found: Vec<Vec<Machine>> = hands.iter().map(|_| machines(200, &owner)).collect();
    let at = minute(0);
    let taken = join_all(hands.iter_mut().zip(&found).map(|(hand, found)| hand.take(&at, found))).await;
    assert!(taken.iter().all(|outcome| outcome.recorded == 200), "{taken:?}");
}
