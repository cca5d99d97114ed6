//! Traffic (M1, P8), from readings to the bill.

use crate::{
    billing::{bill, contract},
    collector::{Hand, edited, machine},
    fixture::{Fixture, unique},
};
use collect::{
    Counters, Epoch, Incarnation, Machine, Nic, Power, Reading, Snapshot, TrafficReading, Unreadable,
};
use serde_json::{Value, json};
use std::time::Duration;
use store::{Visible, queries};
use uuid::Uuid;

const PATH: &str = "/v1/observation";
const GIB: u64 = 1 << 30;
const EXTERNAL: &str = "52:54:00:aa:bb:01";
const INTERNAL: &str = "52:54:00:aa:bb:02";

/// A client who pays 2 for each GB, by the day in Moscow; with its owner tag.
async fn client(f: &Fixture) -> (Value, String) {
    let partner = f.partner().await;
    let daily = json!({ "price": "2", "period": "day", "calendar": true });
    f.plan(&partner, "gold", &json!({ "bandwidth": daily })).await;
    let client = f.client(&partner, "first", "gold").await;
    (client, format!("{partner}/first/default"))
}

/// What the 10th and the 11th of a month cost, with the consumption of each.
async fn traffic(f: &Fixture, client: &Value, month: &str) -> Vec<String> {
    let id = client["contract"]["id"].as_str().unwrap();
    let path = format!("/v1/contract/{id}/report?from={month}-10&to={month}-11&service=bandwidth");
    let report = f.admin.get(&path).await.expect(200);
    let rows = report["days"].as_array().unwrap().iter().flat_map(|day| day["rows"].as_array().unwrap());
    rows.map(|row| ["date", "consumption", "amount"].map(|name| row[name].as_str().unwrap()).join(" | "))
        .collect()
}

fn reading(sequence: i64, id: &str, at: &str, incarnation: i64, bytes: u64) -> Value {
    json!({ "sequence": sequence, "observed_at": at, "resource": id, "incarnation": incarnation, "bytes": bytes })
}

/// M1, P8: a day is charged once its end was read, by the difference; use over midnight is split by time, and a counter
/// that begins anew counts from 0. What is delivered twice counts once, and what comes late corrects.
pub(crate) async fn traffic_is_charged_by_difference(f: &Fixture) {
    f.at("2022-01-10T09:00:00Z").await;
    let (client, owner) = client(f).await;
    let mut feed = f.source().await;
    let id = Uuid::new_v4().to_string();
    feed.tell(&id, "2022-01-10T09:00:00Z", &owner, json!({ "kind": "public_ip" })).await;
    let send = async |readings: &[Value], accepted: i64, duplicates: i64| {
        let mut batch = feed.batch(&[]);
        batch["readings"] = json!(readings);
        let receipt = f.admin.post(PATH, &batch).await.expect(201);
        assert_eq!(receipt, json!({ "accepted": accepted, "duplicates": duplicates }));
    };
    let first = [
        reading(1, &id, "2022-01-10T09:00:00Z", 1, 70 * GIB),
        reading(2, &id, "2022-01-10T15:00:00Z", 1, 73 * GIB),
    ];
    f.at("2022-01-10T15:00:00Z").await;
    send(&first, 2, 0).await;
    f.at("2022-01-10T22:00:00Z").await;
    assert!(traffic(f, &client, "2022-01").await.is_empty(), "midnight was not read");
    // From 18:00 to 06:00 in Moscow, of which a half is each day's.
    f.at("2022-01-11T03:00:00Z").await;
    let over_midnight = reading(5, &id, "2022-01-11T03:00:00Z", 1, 73 * GIB + 13);
    send(&[first[1].clone(), over_midnight], 1, 1).await;
    assert_eq!(traffic(f, &client, "2022-01").await, ["2022-01-10 | 3.0000000055 GB x day | -6"]);
    f.at("2022-01-11T21:30:00Z").await;
    let anew = reading(6, &id, "2022-01-11T21:00:00Z", 2, GIB);
    send(&[anew.clone(), anew], 1, 1).await;
    send(&first, 0, 2).await;
    let both = ["2022-01-10 | 3.0000000055 GB x day | -6", "2022-01-11 | 1.0000000065 GB x day | -2"];
    assert_eq!(traffic(f, &client, "2022-01").await, both);
    assert_eq!(contract(f, &client).await["balance"], json!(-8));
    bill(f);
    let booked = contract(f, &client).await;
    assert_eq!((&booked["booked_to"], &booked["balance"]), (&json!("2022-01-10"), &json!(-8)));
    assert_eq!(traffic(f, &client, "2022-01").await, both, "booked as it was shown");
    // P10: what is told late, of another counter, is booked on the open day.
    let mut late = [
        reading(3, &id, "2022-01-10T15:00:00Z", 7, GIB),
        reading(4, &id, "2022-01-10T18:00:00Z", 7, 3 * GIB),
    ];
    late.iter_mut().for_each(|reading| reading["counter"] = json!("second"));
    send(&late, 2, 0).await;
    f.at("2022-01-12T21:30:00Z").await;
    bill(f);
    let corrected = [
        "2022-01-10 | 3.0000000055 GB x day | -6",
        "2022-01-11 | 1.0000000083 GB x day | -2",
        "2022-01-11 | correction of 2022-01-10 | -4",
    ];
    assert_eq!(traffic(f, &client, "2022-01").await, corrected);
    assert_eq!(contract(f, &client).await["balance"], json!(-12));
}

pub(crate) async fn what_cannot_be_a_reading_is_named(f: &Fixture) {
    let (_, owner) = client(f).await;
    let mut feed = f.source().await;
    let (id, at) = (Uuid::new_v4().to_string(), "2022-01-10T09:00:00Z");
    feed.tell(&id, at, &owner, json!({ "kind": "router", "platform": "kvm" })).await;
    let with = |readings: &[Value]| {
        let mut batch = feed.batch(&[]);
        batch["readings"] = json!(readings);
        batch
    };
    f.admin.post(PATH, &with(&[reading(1, &id, at, 1, 5)])).await.expect(201);
    let other = f.admin.post(PATH, &with(&[reading(2, &id, at, 1, 6), reading(1, &id, at, 1, 6)])).await;
    assert!(other.json["readings.1.sequence"].is_array(), "{}", other.text);
    assert_eq!(other.alias(409), "observation_conflict");
    let unknown = f.admin.post(PATH, &with(&[reading(2, &Uuid::new_v4().to_string(), at, 1, 6)])).await;
    assert!(unknown.json["readings.0.resource"].is_array(), "{}", unknown.text);
    assert_eq!(unknown.alias(409), "observation_conflict");
    let mut bad = reading(0, &id, at, 1, i64::MAX.unsigned_abs() + 1);
    bad["counter"] = json!("");
    let fields = ["readings.0.bytes", "readings.0.counter", "readings.0.sequence"];
    assert_eq!(f.admin.post(PATH, &with(&[bad])).await.fields(), fields);
    let mut unprintable = reading(2, &id, at, 1, 6);
    unprintable["counter"] = json!("eth0\u{0}");
    assert_eq!(f.admin.post(PATH, &with(&[unprintable])).await.fields(), ["readings.0.counter"]);
    assert_eq!(f.admin.post(PATH, &with(&[])).await.fields(), ["observations"]);
    // Nothing of what was refused was taken.
    f.admin.post(PATH, &with(&[reading(2, &id, at, 1, i64::MAX.unsigned_abs())])).await.expect(201);
}

/// A machine with an interface outside and one inside.
fn connected(id: Uuid, owner: &str) -> Machine {
    let nic = |mac: &str, network: &str| Nic { mac: mac.into(), device: None, network: Some(network.into()) };
    edited(machine(id, owner, 1, 512), |shape| {
        shape.nics = vec![nic(EXTERNAL, "br-ext"), nic(INTERNAL, "lan")];
    })
}

/// What its counters show in a run of it: so much outside, and always more inside.
fn counted(uuid: Uuid, run: &str, bytes: u64) -> Counters {
    let of = |mac: &str, received_bytes, sent_bytes| TrafficReading {
        mac: mac.into(),
        received_bytes,
        sent_bytes,
        reading: Reading::Cumulative,
    };
    let traffic = Ok(vec![of(EXTERNAL, bytes - bytes / 4, bytes / 4), of(INTERNAL, bytes * 9, bytes)]);
    Counters { uuid, incarnation: Incarnation(run.into()), traffic }
}

/// A hypervisor that nobody misses, two of whose networks are external.
async fn hypervisor(f: &Fixture) -> String {
    let code = unique("kvm");
    let own = json!({
        "code": code, "poll_interval": "1h", "hold": "3650d", "external_networks": ["tap7", "br-ext"],
    });
    assert_eq!(f.hypervisor_with(own).await["external_networks"], json!(["br-ext", "tap7"]));
    code
}

/// M1, P8: a hypervisor's collector reads at every inventory and keeps a few readings a day; those are enough to tell each
/// day's use to the interval around midnight, whoever restarts.
pub(crate) async fn a_collector_keeps_what_bills_need(f: &Fixture) {
    f.at("2022-02-10T08:00:00Z").await;
    let (client, owner) = client(f).await;
    let code = hypervisor(f).await;
    let id = Uuid::new_v4();
    let web = [connected(id, &owner)];
    let mut hand = Hand::of(f, &code, "2022-02-10T09:00:00Z").await;
    for (at, bytes) in [
        ("2022-02-10T09:00:00Z", 10 * GIB),
        ("2022-02-10T15:00:00Z", 12 * GIB),
        ("2022-02-10T20:59:50Z", 13 * GIB),
        // Twenty seconds around midnight in Moscow.
        ("2022-02-10T21:00:10Z", 13 * GIB + 20),
        ("2022-02-10T22:00:00Z", 14 * GIB),
    ] {
        hand.take_with(at, &web, Some(&[counted(id, "1", bytes)])).await;
    }
    // Counters that cannot be read say nothing; neither does the hypervisor that cannot be asked for them.
    let unread = Counters { traffic: Err(Unreadable { reason: "no".into() }), ..counted(id, "1", 1) };
    let outcome = hand.take_with("2022-02-10T22:10:00Z", &web, Some(&[unread])).await;
    assert_eq!(outcome.alert.unwrap(), "the traffic of 1 machine(s) cannot be read: no");
    let outcome = hand.take_with("2022-02-10T22:20:00Z", &web, None).await;
    assert_eq!(outcome.alert.unwrap(), "the counters of traffic cannot be read");
    // The collector ends, and the machine restarts before the next one looks.
    let mut hand = Hand::of(f, &code, "2022-02-10T22:30:00Z").await;
    hand.take_with("2022-02-10T22:30:00Z", &web, Some(&[counted(id, "2", GIB)])).await;
    // Switched off, it uses nothing, and the day's end is known to be read.
    let off = [edited(connected(id, &owner), |shape| shape.power = Power::Off)];
    hand.take_with("2022-02-10T23:00:00Z", &off, Some(&[])).await;
    f.at("2022-02-11T20:00:00Z").await;
    assert_eq!(traffic(f, &client, "2022-02").await, ["2022-02-10 | 3.0000000093 GB x day | -6"]);
    hand.take_with("2022-02-11T21:05:00Z", &off, Some(&[])).await;
    f.at("2022-02-11T21:10:00Z").await;
    // Ten bytes of the twenty are each day's: 1 GB less 10 bytes, and 1 GB of the new run.
    let both = ["2022-02-10 | 3.0000000093 GB x day | -6", "2022-02-11 | 1.9999999906 GB x day | -4"];
    assert_eq!(traffic(f, &client, "2022-02").await, both);
    let mut reader = hand.app.store.read().await.unwrap();
    let contract = client["contract"]["id"].as_str().unwrap().parse().unwrap();
    let contract = queries::contract::find(&mut reader, &Visible::All, contract).await.unwrap().unwrap();
    let until = "2022-03-01T00:00:00Z".parse().unwrap();
    let kept = queries::reading::of_contract(&mut reader, contract.partner_id, contract.id, until).await;
    let kept: Vec<String> = kept.unwrap().iter().map(|row| row.observed_at.to_string()).collect();
    let expected = [
        "2022-02-10T09:00:00Z",
        "2022-02-10T20:59:50Z",
        "2022-02-10T21:00:10Z",
        "2022-02-10T22:00:00Z",
        "2022-02-10T22:30:00Z",
        "2022-02-11T21:05:00Z",
    ];
    assert_eq!(kept, expected);
}

/// M1: of a machine that changes hands each owner pays what was used while it was theirs, nobody what was used while it
/// was nobody's.
pub(crate) async fn a_machine_that_changes_hands_is_charged_to_each(f: &Fixture) {
    f.at("2022-03-10T08:00:00Z").await;
    let (first, owner) = client(f).await;
    let partner = owner.split('/').next().unwrap();
    let second = f.client(partner, "second", "gold").await;
    let (own, other) = (owner.as_str(), format!("{partner}/second/default"));
    let other = other.as_str();
    let id = Uuid::new_v4();
    let mut hand = Hand::of(f, &hypervisor(f).await, "2022-03-10T09:00:00Z").await;
    for (at, owner, bytes) in [
        ("2022-03-10T09:00:00Z", own, 10 * GIB),
        ("2022-03-10T12:00:00Z", own, 13 * GIB),
        ("2022-03-10T13:00:00Z", other, 14 * GIB),
        ("2022-03-10T14:00:00Z", other, 16 * GIB),
        ("2022-03-10T15:00:00Z", "", 17 * GIB),
        ("2022-03-10T16:00:00Z", "", 40 * GIB),
        ("2022-03-10T18:00:00Z", own, 50 * GIB),
        ("2022-03-10T20:59:00Z", own, 55 * GIB),
        ("2022-03-10T21:01:00Z", own, 55 * GIB),
    ] {
        hand.take_with(at, &[connected(id, owner)], Some(&[counted(id, "1", bytes)])).await;
    }
    f.at("2022-03-10T21:02:00Z").await;
    assert_eq!(traffic(f, &first, "2022-03").await, ["2022-03-10 | 9 GB x day | -18"]);
    assert_eq!(traffic(f, &second, "2022-03").await, ["2022-03-10 | 3 GB x day | -6"]);
}

/// P8: counters of a run that began after its machine was last seen count from 0, also where they are read later than it is
/// seen, and for whom it was until it was found.
pub(crate) async fn a_run_that_began_since_counts_from_0(f: &Fixture) {
    f.at("2022-06-10T08:00:00Z").await;
    let (first, owner) = client(f).await;
    let other = owner.replace("/first/", "/second/");
    let second = f.client(owner.split('/').next().unwrap(), "second", "gold").await;
    let id = Uuid::new_v4();
    let off = |owner: &str| edited(connected(id, owner), |shape| shape.power = Power::Off);
    let runs = |owner: &str, run: &str, seconds: u64| {
        let of_run = edited(connected(id, owner), |shape| shape.cpu_time_ns = Some(seconds * 1_000_000_000));
        Machine { incarnation: Some(Incarnation(run.into())), ..of_run }
    };
    let mut hand = Hand::of(f, &hypervisor(f).await, "2022-06-10T09:00:00Z").await;
    hand.take_with("2022-06-10T09:00:00Z", &[off(&owner)], Some(&[])).await;
    hand.take_with("2022-06-10T10:00:00Z", &[runs(&owner, "1", 9)], None).await;
    hand.take_with("2022-06-10T11:00:00Z", &[runs(&owner, "1", 20)], Some(&[counted(id, "1", 3 * GIB)]))
        .await;
    // The host was started anew, and calls the run as it called the one before.
    let anew = [runs(&owner, "1", 8)];
    hand.take_with("2022-06-10T12:00:00Z", &anew, Some(&[counted(id, "1", 4 * GIB)])).await;
    hand.take_with("2022-06-10T13:00:00Z", &anew, Some(&[counted(id, "1", 5 * GIB)])).await;
    // Another's from here on; what it used until it was found was used while it was the first one's.
    hand.take_with("2022-06-10T14:00:00Z", &[off(&owner)], Some(&[])).await;
    hand.take_with("2022-06-10T15:00:00Z", &[runs(&other, "2", 1)], Some(&[counted(id, "2", 6 * GIB)])).await;
    hand.take_with("2022-06-10T20:59:00Z", &[runs(&other, "2", 5)], Some(&[counted(id, "2", 7 * GIB)])).await;
    hand.take_with("2022-06-10T21:01:00Z", &[runs(&other, "2", 6)], Some(&[counted(id, "2", 7 * GIB)])).await;
    f.at("2022-06-10T21:02:00Z").await;
    assert_eq!(traffic(f, &first, "2022-06").await, ["2022-06-10 | 14 GB x day | -28"]);
    assert_eq!(traffic(f, &second, "2022-06").await, ["2022-06-10 | 1 GB x day | -2"]);
}

/// P8: averages over windows of time are added once each, whichever inventories tell of them, and charged as counters are:
/// those before a machine was switched off too, which are told when it is off.
pub(crate) async fn windows_are_added_once(f: &Fixture) {
    f.at("2022-07-10T08:00:00Z").await;
    let (client, owner) = client(f).await;
    let id = Uuid::new_v4();
    let web = [connected(id, &owner)];
    let told = |windows: &[(&str, u64)]| {
        let window = |(until, bytes): &(&str, u64)| {
            let until = until.parse().unwrap();
            let reading = Reading::Window { until, length: Duration::from_secs(3600) };
            TrafficReading { mac: EXTERNAL.into(), received_bytes: *bytes, sent_bytes: 0, reading }
        };
        let traffic = Ok(windows.iter().map(window).collect());
        Counters { uuid: id, incarnation: Incarnation("1".into()), traffic }
    };
    let hours = ["09", "10", "11", "12"].map(|hour| format!("2022-07-10T{hour}:00:00Z"));
    let [nine, ten, eleven, twelve] = hours.each_ref().map(String::as_str);
    let since = |hand: &Hand| {
        let (host, epoch) = ("esx".into(), Epoch(1));
        let snapshot = Snapshot { host, epoch, machines: web.to_vec(), unidentified: vec![] };
        let metered = hand.collector.metered(&snapshot);
        assert_eq!((metered.len(), metered[0].machine), (1, id));
        metered[0].since.map(|since| since.to_string())
    };
    let code = hypervisor(f).await;
    let mut hand = Hand::of(f, &code, nine).await;
    hand.take_with(nine, &web, Some(&[told(&[(nine, 50 * GIB)])])).await;
    hand.take_with(ten, &web, Some(&[told(&[(nine, 50 * GIB), (ten, GIB)])])).await;
    assert_eq!(since(&hand).as_deref(), Some(ten));
    // Another collector goes on where the one before was.
    let mut hand = Hand::of(f, &code, eleven).await;
    assert_eq!(since(&hand), None, "it asks for all that there is");
    let both = [told(&[(ten, GIB), (eleven, 2 * GIB)])];
    hand.take_with(eleven, &web, Some(&both)).await;
    assert_eq!(since(&hand).as_deref(), Some(eleven));
    let off = [edited(connected(id, &owner), |shape| shape.power = Power::Off)];
    let last = [told(&[(eleven, 2 * GIB), (twelve, 4 * GIB)])];
    for (at, counters) in [("12:10", &last[..]), ("12:20", &last[..]), ("13:00", &last[..0])] {
        hand.take_with(&format!("2022-07-10T{at}:00Z"), &off, Some(counters)).await;
    }
    // One that begins while it is off asks for what is left from where it was counted to.
    let mut hand = Hand::of(f, &code, "2022-07-10T13:30:00Z").await;
    hand.take_with("2022-07-10T13:30:00Z", &off, Some(&[])).await;
    assert_eq!(since(&hand).as_deref(), Some(twelve));
    for at in ["2022-07-10T20:59:00Z", "2022-07-10T21:01:00Z"] {
        hand.take_with(at, &off, Some(&[])).await;
    }
    f.at("2022-07-10T21:02:00Z").await;
    assert_eq!(traffic(f, &client, "2022-07").await, ["2022-07-10 | 7 GB x day | -14"]);
}

/// P8: on another hypervisor a machine's counters begin anew, whatever that calls the run.
pub(crate) async fn a_machine_that_moves_begins_its_counters_anew(f: &Fixture) {
    f.at("2022-04-10T08:00:00Z").await;
    let (client, owner) = client(f).await;
    let id = Uuid::new_v4();
    let web = [connected(id, &owner)];
    let mut here = Hand::of(f, &hypervisor(f).await, "2022-04-10T09:00:00Z").await;
    here.take_with("2022-04-10T09:00:00Z", &web, Some(&[counted(id, "1", 10 * GIB)])).await;
    here.take_with("2022-04-10T12:00:00Z", &web, Some(&[counted(id, "1", 12 * GIB)])).await;
    here.take("2022-04-10T12:30:00Z", &[]).await;
    let mut there = Hand::of(f, &hypervisor(f).await, "2022-04-10T13:00:00Z").await;
    // More than the other had counted: only the name of the run is the same.
    there.take_with("2022-04-10T13:00:00Z", &web, Some(&[counted(id, "1", 13 * GIB)])).await;
    there.take_with("2022-04-10T20:59:00Z", &web, Some(&[counted(id, "1", 14 * GIB)])).await;
    there.take_with("2022-04-10T21:01:00Z", &web, Some(&[counted(id, "1", 14 * GIB)])).await;
    f.at("2022-04-10T21:02:00Z").await;
    assert_eq!(traffic(f, &client, "2022-04").await, ["2022-04-10 | 16 GB x day | -32"]);
}

/// M1: what an interface passes while it is on a network that is not charged is not charged when it is back on one that is.
pub(crate) async fn what_passes_on_other_networks_is_not_charged(f: &Fixture) {
    f.at("2022-08-10T08:00:00Z").await;
    let (client, owner) = client(f).await;
    let id = Uuid::new_v4();
    let outside = [connected(id, &owner)];
    let inside = [edited(connected(id, &owner), |shape| shape.nics[0].network = Some("lan".into()))];
    let mut hand = Hand::of(f, &hypervisor(f).await, "2022-08-10T09:00:00Z").await;
    hand.take_with("2022-08-10T09:00:00Z", &outside, Some(&[counted(id, "1", 10 * GIB)])).await;
    hand.take_with("2022-08-10T12:00:00Z", &outside, Some(&[counted(id, "1", 12 * GIB)])).await;
    hand.take_with("2022-08-10T13:00:00Z", &inside, Some(&[])).await;
    hand.take_with("2022-08-10T15:00:00Z", &inside, Some(&[])).await;
    hand.take_with("2022-08-10T18:00:00Z", &outside, Some(&[counted(id, "1", 512 * GIB)])).await;
    hand.take_with("2022-08-10T20:59:00Z", &outside, Some(&[counted(id, "1", 513 * GIB)])).await;
    hand.take_with("2022-08-10T21:01:00Z", &outside, Some(&[counted(id, "1", 513 * GIB)])).await;
    f.at("2022-08-10T21:02:00Z").await;
    assert_eq!(traffic(f, &client, "2022-08").await, ["2022-08-10 | 3 GB x day | -6"]);
}

/// P8: what was read before a connection ended counts, stored or not: the host may have been started anew since.
pub(crate) async fn a_connection_that_ends_forgets_no_reading(f: &Fixture) {
    f.at("2022-09-10T08:00:00Z").await;
    let (client, owner) = client(f).await;
    let (code, id) = (hypervisor(f).await, Uuid::new_v4());
    let web = [connected(id, &owner)];
    let mut hand = Hand::of(f, &code, "2022-09-10T09:00:00Z").await;
    hand.take_with("2022-09-10T09:00:00Z", &web, Some(&[counted(id, "1", 10 * GIB)])).await;
    hand.take_with("2022-09-10T09:02:00Z", &web, Some(&[counted(id, "1", 12 * GIB)])).await;
    let mut hand = hand.reconnected(&code).await;
    for at in ["2022-09-10T09:03:00Z", "2022-09-10T20:59:00Z", "2022-09-10T21:01:00Z"] {
        hand.take_with(at, &web, Some(&[counted(id, "2", GIB)])).await;
    }
    f.at("2022-09-10T21:02:00Z").await;
    assert_eq!(traffic(f, &client, "2022-09").await, ["2022-09-10 | 3 GB x day | -6"]);
}
