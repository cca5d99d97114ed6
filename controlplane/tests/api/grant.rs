//! Who is given the price of a promotion, for how long, and what it costs (6.2).

use crate::{
    collector::{Hand, edited, machine, with_disk},
    fixture::{Fixture, column, items, promotion_body, unique},
    libvirt::Libvirt,
};
use collect::{Disk, Machine, Power};
use serde_json::{Value, json};
use testkit::api::Api;
use uuid::Uuid;

/// A partner with a client and a hypervisor.
struct Scene {
    hand: Hand,
    partner: String,
    owner: String,
    client: Value,
}

async fn scene(f: &Fixture, now: &str) -> Scene {
    f.at(now).await;
    let (partner, client) = client(f).await;
    let hand = hand(f, now).await;
    let owner = format!("{partner}/first/default");
    Scene { hand, owner, partner, client }
}

/// A partner with a client, whose machines cost 6 a vCPU, 5 a GB of RAM, 3 or 2 a GB of disk for each calendar day.
async fn client(f: &Fixture) -> (String, Value) {
    let partner = f.partner().await;
    let daily = |price: &str| json!({ "price": price, "period": "day", "calendar": true });
    let services = json!({
        "kvm_cpu": daily("6"), "kvm_ram": daily("5"), "kvm_hdd_ultrafast": daily("3"), "kvm_hdd_fast": daily("2"),
    });
    f.plan(&partner, "gold", &services).await;
    let client = f.client(&partner, "first", "gold").await;
    (partner, client)
}

/// A hypervisor, with two tiers of disks, whose collector is fed by hand.
async fn hand(f: &Fixture, now: &str) -> Hand {
    let hypervisor = f.hypervisor().await["code"].as_str().unwrap().to_owned();
    let types = json!({ "disk_types": { "images": "ssd", "slow": "sas" } });
    f.admin.patch(&format!("/v1/hypervisor/{hypervisor}"), &types).await.expect(200);
    Hand::of(f, &hypervisor, now).await
}

/// A machine of 1 GB of RAM and 10 GB on SSD.
fn web(id: Uuid, owner: &str, vcpu: u32) -> Machine {
    with_disk(machine(id, owner, vcpu, 1024), "images", Some(10_240))
}

/// The same with a disk beside the system disk.
fn with_data_disk(machine: Machine, pool: &str, system: bool) -> Machine {
    let disk = Disk {
        key: format!("{pool}/{}-data", machine.uuid),
        target: "vdb".into(),
        capacity_mib: Some(1024),
        pool: Some(pool.into()),
        path: None,
        boot_order: system.then_some(1),
        system,
    };
    edited(machine, |shape| {
        shape.disks.iter_mut().for_each(|disk| disk.system = !system);
        shape.disks.push(disk);
    })
}

fn path(partner: &str, code: &str) -> String {
    format!("/v1/promotion/{code}?partner={partner}")
}

/// The machines that were given a price, each with what it ended by.
async fn given(api: &Api, partner: &str, code: &str) -> Vec<(Uuid, Option<String>)> {
    let path = format!("/v1/promotion/{code}/grant?partner={partner}&limit=1000");
    let grants = items(api.get(&path).await.expect(200));
    let one = |grant: &Value| {
        let ended = grant["ended_at"].as_str().map(str::to_owned);
        (grant["machine"].as_str().unwrap().parse().unwrap(), ended)
    };
    grants.iter().map(one).collect()
}

async fn count(f: &Fixture, partner: &str, code: &str) -> usize {
    let given = given(&f.admin, partner, code).await.len();
    let used = f.admin.get(&path(partner, code)).await.expect(200)["used"].clone();
    assert_eq!(used, json!(given));
    given
}

async fn report(f: &Fixture, client: &Value, from: &str, to: &str) -> Value {
    let id = client["contract"]["id"].as_str().unwrap();
    f.admin.get(&format!("/v1/contract/{id}/report?from={from}&to={to}")).await.expect(200)
}

/// The lines of one day.
async fn lines(f: &Fixture, client: &Value, day: &str) -> Vec<String> {
    let report = report(f, client, day, day).await;
    let rows = report["days"][0]["rows"].as_array().cloned().unwrap_or_default();
    let line = |row: &Value| {
        ["object", "service_name", "consumption", "amount"]
            .map(|field| row[field].as_str().unwrap())
            .join(" | ")
    };
    rows.iter().map(line).collect()
}

/// 6.2-02, 6.2-03, 6.2-06 to 6.2-08: from its creation to its reconfiguration a machine costs the promotion's price,
/// whatever becomes of the promotion; the bill is computed by hand.
pub(crate) async fn a_machine_keeps_its_price_until_it_is_reconfigured(f: &Fixture) {
    let Scene { mut hand, partner, owner, client } = scene(f, "2021-12-20T09:00:00Z").await;
    f.promotion(&partner, "summer", &json!({ "name": "Summer" })).await;
    let id: Uuid = "954fd46a-0000-4000-8000-000000000000".parse().unwrap();
    hand.take("2021-12-20T09:00:00Z", &[web(id, &owner, 1)]).await;
    assert_eq!(given(&f.admin, &partner, "summer").await, [(id, None)]);
    let told = f.events(&json!(id)).await;
    assert_eq!((&told[0]["action"], &told[0]["actor"]), (&json!("grant"), &json!("system")));
    assert_eq!(told[0]["after"]["promotion"], "summer");
    // Another price counts for others; a promotion that is gone is still named.
    f.admin
        .patch(&path(&partner, "summer"), &json!({ "price_per_day": "100", "name": "Other" }))
        .await
        .expect(200);
    f.admin.delete(&path(&partner, "summer")).await.expect(204);
    // Off, renamed, on another boot disk: none of that is one of the four. The further disk costs what it costs.
    let off = edited(with_data_disk(web(id, &owner, 1), "slow", true), |shape| shape.power = Power::Off);
    hand.take("2021-12-21T09:30:00Z", &[Machine { name: "renamed".into(), ..off }]).await;
    // In Moscow at nine in the morning, before the fourth day of the price begins at noon.
    hand.take("2021-12-23T06:00:00Z", &[with_data_disk(web(id, &owner, 2), "slow", false)]).await;
    f.at("2021-12-23T20:00:00Z").await;
    let promoted = "vm-954fd46a | Promotion \"Summer\" | 1 pc x day | -3";
    assert_eq!(lines(f, &client, "2021-12-20").await, [promoted]);
    let second = lines(f, &client, "2021-12-22").await;
    assert!(second.len() == 2 && second[0].ends_with("1 GB x day | -2"), "{second:?}");
    assert_eq!(second[1], promoted);
    let items = lines(f, &client, "2021-12-23").await;
    let ends: Vec<&str> = items.iter().map(|line| line.rsplit_once(" x day | ").unwrap().1).collect();
    assert_eq!(ends.len(), 4, "{items:?}");
    let all = report(f, &client, "2021-12-20", "2021-12-23").await;
    let totals: Vec<&Value> = all["days"].as_array().unwrap().iter().map(|day| &day["total"]).collect();
    // 3; 3 and the data disk's 2; the same; then 2 vCPU at 6, 1 GB at 5, 10 GB at 3 and the data disk.
    assert_eq!(totals, ["-3", "-5", "-5", "-49"]);
    f.at("2021-12-25T00:00:00Z").await;
    f.server.cli(&["bill", "run"]).unwrap();
    assert_eq!(report(f, &client, "2021-12-20", "2021-12-23").await, all, "booked as it was shown");
    let contract = format!("/v1/contract/{}", client["contract"]["id"].as_str().unwrap());
    assert_eq!(f.admin.get(&contract).await.expect(200)["balance"], json!(-160), "two more days have begun");
}

/// 6.2-05: the configuration to the MiB, on its platform, of one's own partner.
pub(crate) async fn only_an_exact_match_is_given_the_price(f: &Fixture) {
    let Scene { mut hand, partner, owner, .. } = scene(f, "2021-12-26T09:00:00Z").await;
    f.promotion(&partner, "summer", &json!({})).await;
    f.promotion(&partner, "vmware", &json!({ "platform": "vmware" })).await;
    let other = f.partner().await;
    f.promotion(&other, "theirs", &json!({ "price_per_day": 0 })).await;
    let sized = |mib: u64, pool: &str| with_disk(machine(Uuid::new_v4(), &owner, 1, 1024), pool, Some(mib));
    let matching = web(Uuid::new_v4(), &owner, 1);
    let all = [
        web(Uuid::new_v4(), &owner, 2),
        with_disk(machine(Uuid::new_v4(), &owner, 1, 1025), "images", Some(10_240)),
        sized(10_241, "images"),
        sized(10_240, "slow"),
        sized(10_240, "tape"),
        machine(Uuid::new_v4(), &owner, 1, 1024),
        web(Uuid::new_v4(), "", 1),
        with_data_disk(web(Uuid::new_v4(), &owner, 1), "images", true),
        matching.clone(),
    ];
    hand.take("2021-12-26T09:00:00Z", &all).await;
    assert_eq!(given(&f.admin, &partner, "summer").await, [(matching.uuid, None)]);
    assert_eq!((count(f, &partner, "vmware").await, count(f, &other, "theirs").await), (0, 0));
    // Nobody else is told of it.
    let stranger = f.partner_admin(&other);
    stranger.get(&format!("/v1/promotion/summer/grant?partner={partner}")).await.expect(400);
}

/// 6.2-04, 6.2-07, 6.2.1-11: what matched before gets nothing until it is reconfigured, and then each time anew.
pub(crate) async fn a_reconfiguration_ends_and_gives(f: &Fixture) {
    let Scene { mut hand, partner, owner, .. } = scene(f, "2021-12-27T09:00:00Z").await;
    let id = Uuid::new_v4();
    let minute = |minute: u32| format!("2021-12-27T09:{minute:02}:00Z");
    hand.take(&minute(0), &[web(id, &owner, 1)]).await;
    f.promotion(&partner, "summer", &json!({})).await;
    let off = edited(web(id, &owner, 1), |shape| shape.power = Power::Off);
    for (now, same) in
        [(1, web(id, &owner, 1)), (2, off), (3, with_data_disk(web(id, &owner, 1), "images", false))]
    {
        hand.take(&minute(now), &[same]).await;
        assert_eq!(count(f, &partner, "summer").await, 0);
    }
    hand.take(&minute(4), &[web(id, &owner, 2)]).await;
    assert_eq!(count(f, &partner, "summer").await, 0);
    hand.take(&minute(5), &[web(id, &owner, 1)]).await;
    assert_eq!(given(&f.admin, &partner, "summer").await, [(id, None)]);
    // A larger disk and back, then another tier: lost each time, given each time it fits again.
    let resized = with_disk(machine(id, &owner, 1, 1024), "images", Some(20_480));
    let moved = with_disk(machine(id, &owner, 1, 1024), "slow", Some(10_240));
    for (now, changed) in [(6, resized), (7, web(id, &owner, 1)), (8, moved), (9, web(id, &owner, 1))] {
        hand.take(&minute(now), &[changed]).await;
    }
    // Deleted, and made anew.
    for (now, machines) in [(10, vec![]), (11, vec![]), (12, vec![web(id, &owner, 1)])] {
        hand.take(&minute(now), &machines).await;
    }
    let ended: Vec<_> =
        given(&f.admin, &partner, "summer").await.into_iter().map(|(_, ended)| ended).collect();
    assert_eq!(ended, [Some(minute(6)), Some(minute(8)), Some(minute(9)), None]);
}

/// 6.2-07, A2: a disk of another tier is another disk, which its life does not tell; the items start anew, in full.
pub(crate) async fn a_system_disk_of_another_tier_ends_the_price(f: &Fixture) {
    let Scene { mut hand, partner, owner, client } = scene(f, "2021-12-28T09:00:00Z").await;
    f.promotion(&partner, "summer", &json!({})).await;
    let id = Uuid::new_v4();
    hand.take("2021-12-28T09:00:00Z", &[web(id, &owner, 1)]).await;
    let moved = with_disk(machine(id, &owner, 1, 1024), "slow", Some(10_240));
    for now in ["2021-12-29T06:00:00Z", "2021-12-29T06:01:00Z"] {
        hand.take(now, std::slice::from_ref(&moved)).await;
    }
    f.at("2021-12-29T12:00:00Z").await;
    let all = report(f, &client, "2021-12-28", "2021-12-29").await;
    let totals: Vec<&Value> = all["days"].as_array().unwrap().iter().map(|day| &day["total"]).collect();
    // The promotion's price; then 1 vCPU at 6, 1 GB of RAM at 5, 10 GB of the slower disk at 2.
    assert_eq!(totals, ["-3", "-31"], "{all:#}");
}

/// A3: a period that ends with December ends with the partner's year.
pub(crate) async fn a_promotion_ends_with_the_year(f: &Fixture) {
    let Scene { mut hand, partner, owner, .. } = scene(f, "2021-12-30T09:00:00Z").await;
    f.promotion(&partner, "winter", &json!({ "starts_on": "2021-12-30", "ends_on": "2021-12-31" })).await;
    let (last, late) = (web(Uuid::new_v4(), &owner, 1), web(Uuid::new_v4(), &owner, 1));
    hand.take("2021-12-31T20:59:59Z", std::slice::from_ref(&last)).await;
    let given_to = last.uuid;
    hand.take("2021-12-31T21:00:00Z", &[last, late]).await;
    assert_eq!(given(&f.admin, &partner, "winter").await, [(given_to, None)]);
}

/// A3: from 00:00 of the first day to 24:00 of the last, in the partner's zone as it was when the promotion started.
pub(crate) async fn a_period_is_of_the_partners_days(f: &Fixture) {
    let Scene { mut hand, partner, owner, .. } = scene(f, "2022-05-01T09:00:00Z").await;
    f.promotion(&partner, "day", &json!({ "starts_on": "2022-06-01", "ends_on": "2022-06-01" })).await;
    // It has not started: it goes to Vladivostok, ten hours ahead, with its partner.
    let theirs = format!("/v1/partner/{partner}");
    f.admin.patch(&theirs, &json!({ "time_zone": "Asia/Vladivostok" })).await.expect(200);
    let mut all = Vec::new();
    let mut one_more = || {
        all.push(web(Uuid::new_v4(), &owner, 1));
        all.clone()
    };
    for (now, expected) in [
        ("2022-05-31T13:59:59Z", 0),
        ("2022-05-31T14:00:00Z", 1),
        ("2022-06-01T13:59:59Z", 2),
        ("2022-06-01T14:00:00Z", 2),
    ] {
        hand.take(now, &one_more()).await;
        assert_eq!(count(f, &partner, "day").await, expected, "{now}");
    }
    // Prolonged after it started, it stays where it was, whatever its partner does.
    f.at("2022-06-01T14:00:00Z").await;
    f.admin.patch(&theirs, &json!({ "time_zone": "America/New_York" })).await.expect(200);
    f.admin.patch(&path(&partner, "day"), &json!({ "ends_on": "2022-06-02" })).await.expect(200);
    for (now, expected) in [("2022-06-02T13:59:59Z", 3), ("2022-06-02T14:00:00Z", 3)] {
        hand.take(now, &one_more()).await;
        assert_eq!(count(f, &partner, "day").await, expected, "{now}");
    }
    // What was not known at once of a machine from before the promotion is late evidence.
    f.promotion(&partner, "next", &json!({ "starts_on": "2022-06-10", "ends_on": "2022-06-30" })).await;
    let (before, within) = (Uuid::new_v4(), Uuid::new_v4());
    let unread = |id: Uuid| with_disk(machine(id, &owner, 1, 1024), "images", None);
    hand.take("2022-06-09T09:00:00Z", &[unread(before)]).await;
    hand.take("2022-06-11T09:00:00Z", &[unread(before), unread(within)]).await;
    hand.take("2022-06-11T09:01:00Z", &[web(before, &owner, 1), web(within, &owner, 1)]).await;
    assert_eq!(given(&f.admin, &partner, "next").await, [(within, None)]);
}

/// A5: the cheaper, then the older; a machine has one at a time.
pub(crate) async fn of_several_the_cheaper_is_given(f: &Fixture) {
    let Scene { mut hand, partner, owner, .. } = scene(f, "2022-07-01T09:00:00Z").await;
    let july = |price: &str, max_count: u32| {
        let days = ("2022-07-01", "2022-07-31");
        json!({ "starts_on": days.0, "ends_on": days.1, "price_per_day": price, "max_count": max_count })
    };
    for (code, price) in [("dear", "3.5"), ("old", "3"), ("new", "3")] {
        f.promotion(&partner, code, &july(price, 1)).await;
    }
    let mut all = Vec::new();
    for (minute, expected) in [[0, 1, 0], [0, 1, 1], [1, 1, 1], [1, 1, 1]].into_iter().enumerate() {
        all.push(web(Uuid::new_v4(), &owner, 1));
        hand.take(&format!("2022-07-01T09:0{minute}:00Z"), &all).await;
        let mut given = Vec::new();
        for code in ["dear", "old", "new"] {
            given.push(count(f, &partner, code).await);
        }
        assert_eq!(given, expected);
    }
}

/// 6.2.1-05, 6.2.1-06, A4: many machines at once on several hypervisors, and never more than there are.
pub(crate) async fn the_count_is_never_exceeded(f: &Fixture) {
    const LIMIT: usize = 5;
    let Scene { partner, owner, .. } = scene(f, "2022-08-01T09:00:00Z").await;
    let days = ("2022-08-01", "2022-08-31");
    let own = json!({ "starts_on": days.0, "ends_on": days.1, "max_count": LIMIT });
    f.promotion(&partner, "few", &own).await;
    let mut hands = Vec::new();
    for _ in 0..=LIMIT {
        hands.push(hand(f, "2022-08-01T09:00:00Z").await);
    }
    // One machine on each of one hypervisor more than there are prices, all at once.
    let takes = hands.iter_mut().map(|hand| {
        let own = [web(Uuid::new_v4(), &owner, 1)];
        async move { hand.take("2022-08-01T09:00:00Z", &own).await }
    });
    futures::future::join_all(takes).await;
    assert_eq!(count(f, &partner, "few").await, LIMIT);
    // Deleted machines give nothing back.
    for minute in [1, 2] {
        for hand in &mut hands {
            hand.take(&format!("2022-08-01T09:0{minute}:00Z"), &[]).await;
        }
    }
    assert!(given(&f.admin, &partner, "few").await.iter().all(|(_, ended)| ended.is_some()));
    let hand = &mut hands[0];
    let mut all = vec![web(Uuid::new_v4(), &owner, 1)];
    hand.take("2022-08-01T09:03:00Z", &all).await;
    assert_eq!(count(f, &partner, "few").await, LIMIT);
    // Fewer than were given are accepted and give none; more are given again, and without a limit any number.
    for (minute, max_count, given) in
        [(4, json!(2), LIMIT), (5, json!(6), 6), (6, json!(6), 6), (7, json!(null), 7)]
    {
        f.admin.patch(&path(&partner, "few"), &json!({ "max_count": max_count })).await.expect(200);
        all.push(web(Uuid::new_v4(), &owner, 1));
        hand.take(&format!("2022-08-01T09:0{minute}:00Z"), &all).await;
        assert_eq!(count(f, &partner, "few").await, given, "{max_count}");
    }
    // Two reconfigured machines and one price in one inventory.
    let body = promotion_body(&partner, &unique("one"));
    let code = body["code"].as_str().unwrap().to_owned();
    let own = json!({ "starts_on": days.0, "ends_on": days.1, "max_count": 1, "vcpu": 4 });
    f.promotion(&partner, &code, &own).await;
    let resized = all.iter().map(|machine| web(machine.uuid, &owner, 4)).collect::<Vec<_>>();
    hand.take("2022-08-01T09:10:00Z", &resized).await;
    assert_eq!(count(f, &partner, &code).await, 1);
    let names = format!("/v1/promotion?partner={partner}&sort=code");
    assert_eq!(column(f.admin.get(&names).await.expect(200), "code"), ["few", code.as_str()]);
}

/// 6.2-03, 6.2-07, 6.2-08: from libvirt through the server's own collector to the bill, computed by hand.
pub(crate) async fn a_machine_on_libvirt_is_given_the_price(f: &Fixture) {
    let f = &f.another();
    let libvirt = Libvirt::start("test");
    let (partner, client) = client(f).await;
    f.promotion(&partner, "summer", &json!({ "name": "Summer" })).await;
    let hypervisor = json!({
        "code": unique("kvm"), "type": "kvm", "name": "KVM", "uri": libvirt.uri, "poll_interval": "1s",
        // The clock is moved by days.
        "hold": "30d",
        "disk_types": { "default-pool": "ssd" },
    });
    f.admin.post("/v1/hypervisor", &hypervisor).await.expect(201);
    libvirt.machine("machine_define", &format!("web 1 4 1024 10 '{partner}/first/default'"));
    until(async || !given(&f.admin, &partner, "summer").await.is_empty()).await;
    // In Moscow it is noon; half past midnight after the second day it grows.
    f.at("2021-12-21T21:30:00Z").await;
    libvirt.machine("machine_resize", "web 2");
    until(async || given(&f.admin, &partner, "summer").await[0].1.is_some()).await;
    let all = report(f, &client, "2021-12-20", "2021-12-22").await;
    let totals: Vec<&Value> = all["days"].as_array().unwrap().iter().map(|day| &day["total"]).collect();
    // The promotion's price twice, then 2 vCPU at 6, 1 GB of RAM at 5 and 10 GB of disk at 3.
    assert_eq!(totals, ["-3", "-3", "-47"], "{all:#}");
}

/// Waits for a condition, a minute at most.
async fn until(condition: impl AsyncFn() -> bool) {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while !condition().await {
        assert!(std::time::Instant::now() < deadline, "it did not come");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}
