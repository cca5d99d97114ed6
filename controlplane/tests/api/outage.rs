//! Times in which a source could not be heard (P7), from the collector to the bill.

use crate::{
    billing::{bill, contract, report, totals},
    collector::{Hand, edited, machine, unreadable, with_disk},
    fixture::Fixture,
};
use collect::{Incarnation, Machine, Past, PastKind, Power, Reconfigured};
use serde_json::{Value, json};
use std::{collections::BTreeSet, time::Duration};
use store::{
    Json, Settings, Store, Visible,
    model::{contract::NewFact, tariff_plan::TariffPlanVersion},
    queries,
};
use uuid::Uuid;

/// A price for each whole hour.
fn hourly(price: &str) -> Value {
    json!({ "price": price, "period": "hour", "calendar": true })
}

struct Scene {
    hypervisor: String,
    client: Value,
    owner: String,
    id: Uuid,
}

impl Scene {
    /// A client who pays 1 for each vCPU and hour, and a hypervisor that may be silent for a quarter of an hour.
    async fn of(f: &Fixture) -> Self {
        let partner = f.partner().await;
        f.plan(&partner, "gold", &json!({ "kvm_cpu": hourly("1"), "vdc": hourly("1") })).await;
        let client = f.client(&partner, "first", "gold").await;
        let own = json!({ "poll_interval": "5m", "hold": "15m" });
        let hypervisor = f.hypervisor_with(own).await["code"].as_str().unwrap().to_owned();
        Self { hypervisor, client, owner: format!("{partner}/first/default"), id: Uuid::new_v4() }
    }

    /// The hypervisor's collector, on this or another server: nothing is known to it but what is stored.
    async fn hand(&self, f: &Fixture, now: &str) -> Hand {
        Hand::of(f, &self.hypervisor, now).await
    }

    fn machine(&self, vcpu: u32) -> Machine {
        machine(self.id, &self.owner, vcpu, 512)
    }

    /// The whole of a day, and what is not known of it.
    async fn day(&self, f: &Fixture, day: &str) -> (String, Vec<String>) {
        let report = report(f, &self.client, day, day).await;
        let unknown = report["unknown"].as_array().unwrap().iter();
        let unknown = unknown
            .map(|it| format!("{} {}", it["date"].as_str().unwrap(), it["object_id"].as_str().unwrap()));
        (report["total"].as_str().unwrap().to_owned(), unknown.collect())
    }

    fn flag(&self, day: &str) -> Vec<String> {
        vec![format!("{day} {}", self.id)]
    }
}

fn run(machine: Machine, incarnation: &str) -> Machine {
    Machine { incarnation: Some(Incarnation(incarnation.into())), ..machine }
}

/// P7: up to the hold nothing is in doubt; beyond it nothing is charged until the machine is found as it was, and then all
/// is, at its own instants.
pub(crate) async fn a_silence_is_not_charged_until_all_is_found_as_it_was(f: &Fixture) {
    f.at("2022-01-03T09:00:00Z").await;
    let scene = Scene::of(f).await;
    let day = "2022-01-03";
    let mut hand = scene.hand(f, "2022-01-03T09:00:00Z").await;
    hand.take("2022-01-03T09:00:00Z", &[scene.machine(1)]).await;
    // A silence as long as the hold is none, before and after it ends.
    f.at("2022-01-03T09:15:00Z").await;
    assert_eq!(scene.day(f, day).await, ("-1".into(), vec![]));
    hand.take("2022-01-03T09:15:00Z", &[scene.machine(1)]).await;
    assert_eq!(scene.day(f, day).await, ("-1".into(), vec![]));
    f.at("2022-01-03T09:30:00Z").await;
    assert_eq!(scene.day(f, day).await, ("-1".into(), vec![]), "known up to the hold");
    // From 09:15 on: neither 10:00 nor 11:00 is charged while nobody knows.
    f.at("2022-01-03T11:30:00Z").await;
    assert_eq!(scene.day(f, day).await, ("-1".into(), scene.flag(day)));
    assert_eq!(contract(f, &scene.client).await["balance"], json!(-1));
    // A collector on another server finds it as it was: 09:00, 10:00 and 11:00.
    let mut hand = scene.hand(f, "2022-01-03T11:30:00Z").await;
    assert_eq!(hand.take("2022-01-03T11:30:00Z", &[scene.machine(1)]).await.recorded, 0);
    assert_eq!(scene.day(f, day).await, ("-3".into(), vec![]));
    assert_eq!(contract(f, &scene.client).await["balance"], json!(-3));
    // With an hour's hold the next silence is measured by a quarter of one still, the one after it by the hour.
    let path = format!("/v1/hypervisor/{}", scene.hypervisor);
    f.admin.patch(&path, &json!({ "hold": "1h" })).await.expect(200);
    f.at("2022-01-03T12:10:00Z").await;
    assert_eq!(scene.day(f, day).await, ("-3".into(), scene.flag(day)));
    let mut hand = scene.hand(f, "2022-01-03T12:10:00Z").await;
    hand.take("2022-01-03T12:10:00Z", &[scene.machine(1)]).await;
    f.at("2022-01-03T13:10:00Z").await;
    assert_eq!(scene.day(f, day).await, ("-5".into(), vec![]));
}

/// P7: what is found in another shape, or started anew, was not known from the last sighting on; its periods run on (T3).
pub(crate) async fn what_is_found_otherwise_was_not_known(f: &Fixture) {
    f.at("2022-02-03T09:00:00Z").await;
    let day = "2022-02-03";
    let (grown, anew, same) = (Scene::of(f).await, Scene::of(f).await, Scene::of(f).await);
    // A host that was started anew may call a run as it called the one before, which had used more.
    let again = Scene::of(f).await;
    let used = |seconds: u64| {
        run(edited(again.machine(1), |shape| shape.cpu_time_ns = Some(seconds * 1_000_000_000)), "1")
    };
    for (at, seconds) in [("09:00", 60), ("11:30", 50), ("11:40", 55)] {
        let at = format!("2022-02-03T{at}:00Z");
        again.hand(f, &at).await.take(&at, &[used(seconds)]).await;
    }
    let cases = [(&grown, (1, "1"), (2, "1")), (&anew, (1, "1"), (1, "2")), (&same, (1, "1"), (1, "1"))];
    for (scene, (vcpu, incarnation), _) in cases {
        let mut hand = scene.hand(f, "2022-02-03T09:00:00Z").await;
        hand.take("2022-02-03T09:00:00Z", &[run(scene.machine(vcpu), incarnation)]).await;
    }
    for (scene, _, (vcpu, incarnation)) in cases {
        let mut hand = scene.hand(f, "2022-02-03T11:30:00Z").await;
        hand.take("2022-02-03T11:30:00Z", &[run(scene.machine(vcpu), incarnation)]).await;
        hand.take("2022-02-03T11:40:00Z", &[run(scene.machine(vcpu), incarnation)]).await;
    }
    f.at("2022-02-03T11:45:00Z").await;
    // 09:00 is charged, and in the hour from 11:00 what it rose to from nothing (F1).
    assert_eq!(grown.day(f, day).await, ("-3".into(), grown.flag(day)));
    for scene in [&anew, &again] {
        assert_eq!(scene.day(f, day).await, ("-2".into(), scene.flag(day)));
    }
    assert_eq!(same.day(f, day).await, ("-3".into(), vec![]));
    // Started anew while it was heard of, nothing is in doubt.
    let mut hand = same.hand(f, "2022-02-03T11:45:00Z").await;
    hand.take("2022-02-03T11:45:00Z", &[run(same.machine(1), "7")]).await;
    assert_eq!(same.day(f, day).await, ("-3".into(), vec![]));
}

/// P4, P7: what is not there after a silence ended with its last sighting.
pub(crate) async fn what_is_gone_ended_when_it_was_last_seen(f: &Fixture) {
    f.at("2022-03-03T09:00:00Z").await;
    let scene = Scene::of(f).await;
    let mut hand = scene.hand(f, "2022-03-03T09:00:00Z").await;
    for at in ["2022-03-03T09:00:00Z", "2022-03-03T09:10:00Z"] {
        hand.take(at, &[scene.machine(1)]).await;
    }
    // Missing once, it may come back, and nobody knows how long it was there.
    let first = hand.take("2022-03-03T11:30:00Z", &[]).await;
    assert!(first.alert.unwrap().contains("missing after a silence"));
    f.at("2022-03-03T11:33:00Z").await;
    assert_eq!(scene.day(f, "2022-03-03").await, ("-1".into(), scene.flag("2022-03-03")));
    assert_eq!(hand.take("2022-03-03T11:35:00Z", &[]).await.alert, None);
    f.at("2022-03-03T11:36:00Z").await;
    assert_eq!(hand.ended(scene.id).await.as_deref(), Some("2022-03-03T09:10:00Z"));
    assert_eq!(scene.day(f, "2022-03-03").await, ("-1".into(), vec![]));
}

/// P4, P7: what a silence ended with was found as it was, and is charged for, though nobody sees it again.
pub(crate) async fn what_was_found_once_more_ended_after_that(f: &Fixture) {
    f.at("2022-03-04T09:00:00Z").await;
    let scene = Scene::of(f).await;
    let mut hand = scene.hand(f, "2022-03-04T09:00:00Z").await;
    for (at, machines) in [("09:00", 1), ("11:30", 1), ("11:35", 0), ("11:40", 0)] {
        let machines = vec![scene.machine(1); machines];
        hand.take(&format!("2022-03-04T{at}:00Z"), &machines).await;
    }
    f.at("2022-03-04T12:30:00Z").await;
    assert_eq!(hand.ended(scene.id).await.as_deref(), Some("2022-03-04T11:30:00.000001Z"));
    assert_eq!(scene.day(f, "2022-03-04").await, ("-3".into(), vec![]));
}

/// Settling locks a client, then its contract. A collector that ends a silence in which something changed locks the contract,
/// and never waits for the client: else each would wait for the other.
pub(crate) async fn the_end_of_a_silence_waits_for_no_client(f: &Fixture) {
    if f.database.url().starts_with("sqlite") {
        return; // One transaction writes at a time: nobody waits for anything else.
    }
    f.at("2022-03-05T09:00:00Z").await;
    let scene = Scene::of(f).await;
    let mut hand = scene.hand(f, "2022-03-05T09:00:00Z").await;
    hand.take("2022-03-05T09:00:00Z", &[scene.machine(1)]).await;
    let row = hand.row(scene.id).await;
    let (partner_id, contract_id) = (row.partner_id.unwrap(), row.contract_id.unwrap());
    let mut tx = hand.app.store.begin().await.unwrap();
    let contract = queries::contract::get(&mut tx, partner_id, contract_id).await.unwrap();
    queries::client::lock(&mut tx, partner_id, contract.client_id.unwrap()).await.unwrap();
    let machines = [scene.machine(2)];
    let taking = hand.take("2022-03-05T11:30:00Z", &machines);
    let taken = tokio::time::timeout(Duration::from_secs(10), taking).await;
    assert_eq!(taken.unwrap().recorded, 1);
    // Nor does one that has a contract looked at more than once.
    let mut other = hand.app.store.begin().await.unwrap();
    for _ in 0..2 {
        let (contracts, at) = (BTreeSet::from([(partner_id, contract_id)]), "2022-03-05T08:00:00Z".parse());
        let marking = queries::contract::mark_due(&mut other, &contracts, at.unwrap());
        tokio::time::timeout(Duration::from_secs(10), marking).await.unwrap().unwrap();
    }
    other.rollback().await.unwrap();
    queries::contract::lock(&mut tx, partner_id, contract_id).await.unwrap();
    tx.rollback().await.unwrap();
    f.at("2022-03-05T11:30:00Z").await;
    assert_eq!(scene.day(f, "2022-03-05").await, ("-3".into(), scene.flag("2022-03-05")));
}

/// P7: what was found unchanged after a silence was there in it, whatever happens in the silence that follows at once.
pub(crate) async fn a_silence_that_follows_another_opens_that_one_no_more(f: &Fixture) {
    let day = "2022-03-07";
    f.at("2022-03-07T09:00:00Z").await;
    let (restarted, unread, lost) = (Scene::of(f).await, Scene::of(f).await, Scene::of(f).await);
    for (at, incarnation) in [("09:00", "1"), ("11:30", "1"), ("14:30", "2")] {
        let at = format!("{day}T{at}:00Z");
        restarted.hand(f, &at).await.take(&at, &[run(restarted.machine(1), incarnation)]).await;
    }
    let mut hand = unread.hand(f, "2022-03-07T09:00:00Z").await;
    for (at, is_read) in
        [("09:00", true), ("11:30", true), ("14:20", false), ("14:25", false), ("14:30", false)]
    {
        let machine = unread.machine(1);
        let machine = if is_read { machine } else { unreadable(machine) };
        hand.take(&format!("{day}T{at}:00Z"), &[machine]).await;
    }
    // That it was started anew is noticed though it was not told to run in between.
    for (at, incarnation) in [("09:00", "1"), ("11:30", "1"), ("14:30", ""), ("14:31", "2")] {
        let at = format!("{day}T{at}:00Z");
        let machine = match incarnation {
            "" => edited(lost.machine(1), |shape| shape.power = Power::Unknown),
            _ => run(lost.machine(1), incarnation),
        };
        lost.hand(f, &at).await.take(&at, &[machine]).await;
    }
    f.at("2022-03-07T14:31:00Z").await;
    for scene in [restarted, unread, lost] {
        // The hours from 9, 10, 11 and 14.
        assert_eq!(scene.day(f, day).await, ("-4".into(), scene.flag(day)));
    }
}

/// P7: a silence lasts while it is not told what became of a machine, for ten minutes or three inventories. Then nobody will know. What was found
/// meanwhile is charged until then, whatever becomes of it.
pub(crate) async fn what_is_not_told_after_a_silence_is_waited_for(f: &Fixture) {
    f.at("2022-03-06T09:00:00Z").await;
    let scene = Scene::of(f).await;
    let mut hand = scene.hand(f, "2022-03-06T09:00:00Z").await;
    let beside = Uuid::new_v4();
    let mut at = async |time: &str, web: Machine, vcpu: u32| {
        let time = format!("2022-03-06T{time}:00Z");
        let other = Machine { name: "other".into(), ..machine(beside, &scene.owner, vcpu, 512) };
        hand.take(&time, &[web, other]).await;
        f.at(&time).await;
        let (total, unknown) = scene.day(f, "2022-03-06").await;
        (total, unknown.len(), unknown.contains(&scene.flag("2022-03-06")[0]))
    };
    let web = || with_disk(scene.machine(1), "images", Some(1024));
    let lost = || edited(web(), |shape| shape.power = Power::Unknown);
    assert_eq!(at("09:00", web(), 1).await, ("-2".into(), 0, false));
    // The other one is charged up to now, and is not known from now on; of this one and its disk nothing is known.
    assert_eq!(at("11:30", unreadable(web()), 1).await, ("-4".into(), 3, true));
    assert_eq!(at("11:31", web(), 1).await, ("-6".into(), 0, false), "it was there all the time");
    assert_eq!(at("14:30", lost(), 1).await, ("-9".into(), 3, true));
    assert_eq!(at("14:31", web(), 1).await, ("-12".into(), 0, false));
    assert_eq!(at("17:30", unreadable(web()), 1).await, ("-15".into(), 3, true));
    assert_eq!(at("17:31", lost(), 2).await, ("-15".into(), 3, true));
    // What it was from 14:31 on is not charged. From now on it is as it was last known, in the hour from 17. A minute of the
    // other one is not known either, as it was another one after it.
    assert_eq!(at("17:41", lost(), 2).await, ("-17".into(), 2, true));
    assert_eq!(at("17:42", web(), 2).await, ("-17".into(), 2, true));
}

/// P7, P9, P10: a day that closes while nobody knows is booked without the unknown time; what the gap turns out to have
/// cost is a correction. The server is killed meanwhile, and another collector comes back.
pub(crate) async fn a_day_that_closes_in_a_silence_is_corrected(f: &Fixture) {
    let mut own = f.another();
    own.at("2022-01-10T09:00:00Z").await;
    let scene = Scene::of(&own).await;
    let mut hand = scene.hand(&own, "2022-01-10T09:00:00Z").await;
    hand.take("2022-01-10T09:00:00Z", &[scene.machine(1)]).await;
    own.server.kill_hard();
    own.server.restart().unwrap();
    own.at("2022-01-11T21:00:00Z").await;
    bill(&own);
    let booked = contract(&own, &scene.client).await;
    assert_eq!((&booked["booked_to"], &booked["balance"]), (&json!("2022-01-10"), &json!(-1)));
    assert_eq!(scene.day(&own, "2022-01-10").await, ("-1".into(), scene.flag("2022-01-10")));
    let explained = own.server.cli(&["bill", "explain", "1"]).unwrap();
    assert!(explained.contains("is not known"), "{explained}");
    own.server.kill_hard();
    own.server.restart().unwrap();
    let mut hand = scene.hand(&own, "2022-01-11T22:00:00Z").await;
    assert_eq!(hand.take("2022-01-11T22:00:00Z", &[scene.machine(1)]).await.recorded, 0);
    own.at("2022-01-12T21:00:00Z").await;
    hand.take("2022-01-12T21:00:00Z", &[scene.machine(1)]).await;
    bill(&own);
    // The closed day stays: 10:00 to 20:00 UTC, the rest of it in Moscow, are 11 hours of the correction.
    let shown = totals(&own, &scene.client, "2022-01-10", "2022-01-12").await;
    assert_eq!(shown, ["-1", "-35", "-24", "-60"]);
    let open = report(&own, &scene.client, "2022-01-11", "2022-01-11").await;
    let rows = open["days"][0]["rows"].as_array().unwrap();
    let correction = rows.iter().find(|row| row["consumption"] == "correction of 2022-01-10").unwrap();
    assert_eq!(correction["amount"], json!("-11"));
    assert_eq!(open["unknown"], json!([]));
    own.at("2022-01-13T21:00:00Z").await;
    hand.take("2022-01-13T21:00:00Z", &[scene.machine(1)]).await;
    bill(&own);
    assert_eq!(totals(&own, &scene.client, "2022-01-10", "2022-01-12").await, shown, "corrected once");
    // Rated again as of then, with the silence that lasted then, each run gives what it booked.
    assert!(own.server.cli(&["bill", "verify"]).unwrap().contains("everything holds"));
}

/// P7: an external source that says when it looked at everything is missed when it does not.
pub(crate) async fn an_external_source_says_when_it_looked(f: &Fixture) {
    f.at("2022-04-04T09:00:00Z").await;
    let scene = Scene::of(f).await;
    let day = "2022-04-04";
    let mut feed = f.source().await;
    let looked = async |feed: &crate::fixture::Feed<'_>, at: &str| {
        let mut batch = feed.batch(&[]);
        batch["complete_at"] = json!(at);
        let receipt = f.admin.post("/v1/observation", &batch).await.expect(201);
        assert_eq!(receipt, json!({ "accepted": 0, "duplicates": 0 }));
    };
    let id = scene.id.to_string();
    feed.tell(&id, "2022-04-04T09:00:00Z", &scene.owner, json!({ "kind": "vdc" })).await;
    looked(&feed, "2022-04-04T09:00:00Z").await;
    f.at("2022-04-04T12:00:00Z").await;
    assert_eq!(scene.day(f, day).await, ("-1".into(), scene.flag(day)));
    // What it says late it knew then: a quarter of an hour later it is silent again, until noon.
    looked(&feed, "2022-04-04T09:10:00Z").await;
    assert_eq!(scene.day(f, day).await, ("-1".into(), scene.flag(day)));
    looked(&feed, "2022-04-04T12:00:00Z").await;
    assert_eq!(scene.day(f, day).await, ("-4".into(), vec![]));
    // The same again, or an earlier one, says nothing new.
    looked(&feed, "2022-04-04T09:10:00Z").await;
    f.at("2022-04-04T12:15:00Z").await;
    assert_eq!(scene.day(f, day).await, ("-4".into(), vec![]));
    let wanted = json!({ "code": feed.code, "hold": "11 minutes" });
    assert_eq!(f.admin.post("/v1/source", &wanted).await.fields(), ["hold"]);
}

/// P9: what is recorded after a run changes nothing of what it is rated to again, however early it takes effect.
pub(crate) async fn a_run_is_of_what_was_recorded_before_it(f: &Fixture) {
    let own = f.another();
    own.at("2022-01-10T09:00:00Z").await;
    let scene = Scene::of(&own).await;
    let hold = json!({ "hold": "30d" });
    own.admin.patch(&format!("/v1/hypervisor/{}", scene.hypervisor), &hold).await.expect(200);
    let mut hand = scene.hand(&own, "2022-01-10T09:00:00Z").await;
    hand.take("2022-01-10T09:00:00Z", &[scene.machine(1)]).await;
    own.at("2022-01-11T21:00:00Z").await;
    bill(&own);
    let explained = own.server.cli(&["bill", "explain", "1"]).unwrap();
    // An hour later: a hold, prices, a machine and a silence of the closed day.
    own.at("2022-01-11T22:00:00Z").await;
    let (early, now) = ("2022-01-10T12:00:00Z".parse().unwrap(), "2022-01-11T22:00:00Z".parse().unwrap());
    let store = Store::connect(own.database.url(), &Settings::default()).await.unwrap();
    let mut tx = store.begin().await.unwrap();
    let id = scene.client["contract"]["id"].as_str().unwrap().parse().unwrap();
    let row = queries::contract::find(&mut tx, &Visible::All, id).await.unwrap().unwrap();
    let held = NewFact {
        kind: "charging_held".into(),
        body: Json("{}".into()),
        effective_at: early,
        recorded_at: now,
    };
    queries::contract::append_fact(&mut tx, row.partner_id, row.id, &held).await.unwrap();
    let versions = queries::tariff_plan::versions(&mut tx, row.partner_id, row.plan_id).await.unwrap();
    let last: &TariffPlanVersion = versions.last().unwrap();
    let changed = TariffPlanVersion {
        version: last.version + 1,
        effective_at: early,
        recorded_at: now,
        items: Json(r#"{"kvm_cpu":{"price":"5","period":"hour","calendar":true}}"#.into()),
        ..last.clone()
    };
    queries::tariff_plan::insert_version(&mut tx, &changed).await.unwrap();
    tx.commit().await.unwrap();
    hand.take("2022-01-11T22:00:00Z", &[run(scene.machine(3), "2")]).await;
    let mut feed = own.source().await;
    let other = Uuid::new_v4().to_string();
    feed.tell(&other, "2022-01-10T10:00:00Z", &scene.owner, json!({ "kind": "vdc" })).await;
    assert_eq!(own.server.cli(&["bill", "explain", "1"]).unwrap(), explained);
    assert!(own.server.cli(&["bill", "verify"]).unwrap().contains("everything holds"));
}

/// Something that happened so many minutes before the hypervisor was asked.
fn past(machine: Option<Uuid>, ago_min: u64, kind: PastKind) -> Past {
    Past { ago: std::time::Duration::from_secs(ago_min * 60), machine, name: "web".into(), kind }
}

/// P7: where the hypervisor's own log leads from what was known to what is found, each change counts at its instant, and
/// nothing is unknown; where it leads elsewhere, nothing of it counts.
pub(crate) async fn what_a_log_tells_of_a_silence_is_known(f: &Fixture) {
    let (before, after) = ("2023-06-03T09:00:00Z", "2023-06-03T11:30:00Z");
    f.at(before).await;
    let became = |vcpu| PastKind::Reconfigured(Reconfigured { vcpu: Some(vcpu), ..Reconfigured::default() });
    let partly = PastKind::Reconfigured(Reconfigured { is_partial: true, ..Reconfigured::default() });
    // What was known, what is found, and what happened so many minutes before; then what it costs, and what is not known.
    // An hour's beginning costs 1 for each vCPU, and a rise what it is more.
    type Case = (Option<u32>, Option<(u32, &'static str)>, Vec<(u64, PastKind)>, &'static str, bool);
    let cases: [Case; 7] = [
        (Some(1), Some((2, "1")), vec![(60, became(2))], "-5", false),
        (Some(1), Some((1, "2")), vec![(80, PastKind::Stopped), (70, PastKind::Started)], "-3", false),
        (Some(1), None, vec![(60, PastKind::Removed)], "-2", false),
        (None, Some((1, "1")), vec![(60, PastKind::Created), (59, PastKind::Started)], "-2", false),
        (Some(1), Some((2, "1")), vec![(60, became(3))], "-3", true),
        (Some(1), Some((2, "1")), vec![(60, partly)], "-3", true),
        (Some(1), Some((1, "2")), vec![(200, PastKind::Stopped), (199, PastKind::Started)], "-2", true),
    ];
    let mut scenes = Vec::new();
    for _ in &cases {
        scenes.push(Scene::of(f).await);
    }
    for (scene, (known, found, happened, ..)) in scenes.iter().zip(&cases) {
        let mut hand = scene.hand(f, before).await;
        let known: Vec<Machine> = known.map(|vcpu| run(scene.machine(vcpu), "1")).into_iter().collect();
        hand.take(before, &known).await;
        let mut hand = scene.hand(f, after).await;
        let is_there = found.is_some();
        let happened =
            happened.iter().map(|(ago, kind)| past(is_there.then_some(scene.id), *ago, kind.clone()));
        let silence = hand.collector.silence(&hand.app).await.unwrap();
        assert_eq!(silence.map(|silence| silence.as_secs()), Some(9000));
        hand.collector.recall(after.parse().unwrap(), happened.collect());
        let found: Vec<Machine> =
            found.map(|(vcpu, incarnation)| run(scene.machine(vcpu), incarnation)).into_iter().collect();
        hand.take(after, &found).await;
        assert_eq!(hand.collector.silence(&hand.app).await.unwrap(), None);
        hand.take("2023-06-03T11:40:00Z", &found).await;
        if found.is_empty() {
            assert_eq!(hand.ended(scene.id).await.as_deref(), Some("2023-06-03T10:30:00Z"));
        }
    }
    f.at("2023-06-03T11:45:00Z").await;
    for (number, (scene, (.., total, is_unknown))) in scenes.iter().zip(&cases).enumerate() {
        let unknown = if *is_unknown { scene.flag("2023-06-03") } else { vec![] };
        assert_eq!(scene.day(f, "2023-06-03").await, ((*total).to_owned(), unknown), "case {number}");
    }
}
