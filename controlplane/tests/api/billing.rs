//! From observations to the report and the ledger, through the API, on the test clock.

use crate::{
    collector::{Hand, machine},
    fixture::{Fixture, START, items},
};
use schemas::money::Money;
use serde_json::{Value, json};
use std::{process::Stdio, time::Duration};
use store::{
    Settings, Store, Visible,
    model::ledger::{LedgerEntry, NewLedgerTransaction, TransactionKind},
    queries,
};

const GIB: u64 = 1 << 30;

/// A price for each calendar day.
pub(crate) fn daily(price: &str) -> Value {
    json!({ "price": price, "period": "day", "calendar": true })
}

/// A partner with the client `first`, whose plan `base` has a virtual data centre at 10 a day.
async fn data_centre(f: &Fixture) -> (String, Value) {
    let partner = f.partner().await;
    f.plan(&partner, "gold", &json!({ "vdc": daily("10") })).await;
    let client = f.client(&partner, "first", "gold").await;
    (partner, client)
}

pub(crate) async fn report(f: &Fixture, client: &Value, from: &str, to: &str) -> Value {
    let id = client["contract"]["id"].as_str().unwrap();
    f.admin.get(&format!("/v1/contract/{id}/report?from={from}&to={to}")).await.expect(200)
}

/// What each day cost, with the sum.
pub(crate) async fn totals(f: &Fixture, client: &Value, from: &str, to: &str) -> Vec<String> {
    let report = report(f, client, from, to).await;
    let days = report["days"].as_array().unwrap().iter().map(|day| day["total"].clone());
    days.chain([report["total"].clone()]).map(|total| total.as_str().unwrap().to_owned()).collect()
}

pub(crate) async fn contract(f: &Fixture, client: &Value) -> Value {
    f.admin.get(&format!("/v1/contract/{}", client["contract"]["id"].as_str().unwrap())).await.expect(200)
}

/// Books what has closed; answers what the program says.
pub(crate) fn bill(f: &Fixture) -> String {
    f.server.cli(&["bill", "run"]).unwrap()
}

/// Figure 75 of the guide, to the kopeck: the machine comes from a hypervisor, everything else is observed.
pub(crate) async fn figure_75_through_the_api(f: &Fixture) {
    let partner = f.partner().await;
    let services = json!({
        "kvm_hdd_ultrafast": daily("3"), "iso": daily("10"), "vdc": daily("0"), "kvm_cpu": daily("6"),
        "kvm_ram": daily("5"), "public_ip": daily("1"),
    });
    f.plan(&partner, "gold", &services).await;
    let client = f.client(&partner, "first", "gold").await;
    let owner = format!("{partner}/first/default");
    let id = |end: &str| format!("954fd{end}-0000-4000-8000-000000000000");
    let mut feed = f.source().await;
    let disk = json!({ "kind": "disk", "platform": "kvm", "disk_type": "ssd", "size_bytes": 10 * GIB });
    feed.tell(&id("467"), START, &owner, disk).await;
    feed.tell(&id("468"), START, &owner, json!({ "kind": "image", "size_bytes": 10 * GIB })).await;
    feed.tell(&id("469"), START, &owner, json!({ "kind": "vdc" })).await;
    feed.tell(&id("46b"), START, &owner, json!({ "kind": "public_ip" })).await;
    let hypervisor = f.hypervisor().await;
    let mut hand = Hand::of(f, hypervisor["code"].as_str().unwrap(), START).await;
    let machine = machine(id("46a").parse().unwrap(), &owner, 1, 1024);
    assert_eq!(hand.take(START, &[machine]).await.recorded, 1);

    let open = report(f, &client, "2021-12-20", "2021-12-20").await;
    let rows = open["days"][0]["rows"].as_array().unwrap().iter().map(|row| {
        ["object", "service", "consumption", "amount"].map(|field| row[field].as_str().unwrap()).join(" | ")
    });
    assert_eq!(
        rows.collect::<Vec<_>>(),
        [
            "disk-954fd467 | kvm_hdd_ultrafast | 10 GB x day | -30",
            "image-954fd468 | iso | 10 GB x day | -100",
            "vdc-954fd469 | vdc | 1 pc x day | 0",
            "vm-954fd46a | kvm_cpu | 1 pc x day | -6",
            "vm-954fd46a | kvm_ram | 1 GB x day | -5",
            "port-954fd46b | public_ip | 1 pc x day | -1",
        ]
    );
    assert_eq!((&open["days"][0]["total"], &open["total"]), (&json!("-142"), &json!("-142")));
    // The day is over, and not closed: nothing is booked, and it may still be told of.
    f.at("2021-12-21T20:59:59Z").await;
    bill(f);
    // What is used counts at once, booked or not (B1): today's 142 and yesterday's.
    let unbooked = contract(f, &client).await;
    assert_eq!((&unbooked["balance"], &unbooked["booked_to"]), (&json!(-284), &json!(null)));
    f.at("2021-12-21T21:00:00Z").await;
    bill(f);
    assert!(bill(f).contains("0 charge(s) booked"), "booked once");
    // The third day has just begun.
    let three = json!(-426);
    let booked = contract(f, &client).await;
    assert_eq!((&booked["balance"], &booked["booked_to"]), (&three, &json!("2021-12-20")));
    assert_eq!(report(f, &client, "2021-12-20", "2021-12-20").await, open, "booked as it was shown");
    assert_eq!(totals(f, &client, "2021-12-19", "2021-12-21").await, ["-142", "-142", "-284"]);
    let path = format!("/v1/client/{}", client["id"].as_str().unwrap());
    assert_eq!(f.admin.get(&path).await.expect(200)["contract"]["balance"], three);
    let project = f.admin.get(&format!("/v1/project?partner={partner}")).await.expect(200);
    assert_eq!(items(project)[0]["client"]["contract"]["balance"], three);
}

/// P10: what is told of a closed day changes nothing in it; the difference is booked on the open one, once.
pub(crate) async fn late_evidence_corrects_closed_days(f: &Fixture) {
    f.at("2022-01-03T09:00:00Z").await;
    let (partner, client) = data_centre(f).await;
    let owner = format!("{partner}/first/default");
    let [one, two] = [(); 2].map(|()| uuid::Uuid::new_v4().to_string());
    let mut feed = f.source().await;
    feed.tell(&one, "2022-01-03T09:00:00Z", &owner, json!({ "kind": "vdc" })).await;
    f.at("2022-01-05T21:00:00Z").await;
    bill(f);
    let closed = ["-10", "-10", "-20"];
    assert_eq!(totals(f, &client, "2022-01-03", "2022-01-04").await, closed);
    // Another one had been there since the 3rd, and the first one was gone on the 4th before its day began.
    feed.tell(&two, "2022-01-03T12:00:00Z", &owner, json!({ "kind": "vdc" })).await;
    feed.tell(&one, "2022-01-03T13:00:00Z", &owner, Value::Null).await;
    f.at("2022-01-06T21:00:00Z").await;
    bill(f);
    assert!(bill(f).contains("0 charge(s) booked"), "the same bounds add nothing");
    assert_eq!(totals(f, &client, "2022-01-03", "2022-01-04").await, closed, "closed days stay as they are");
    let open = report(f, &client, "2022-01-05", "2022-01-05").await;
    let mut rows: Vec<_> = open["days"][0]["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| ["consumption", "amount"].map(|field| row[field].as_str().unwrap()).join(": "))
        .collect();
    rows.sort();
    let expected = [
        "1 pc x day: -10",
        "correction of 2022-01-03: -10",
        "correction of 2022-01-04: -10",
        "correction of 2022-01-04: 10",
    ];
    assert_eq!(rows, expected);
    // 40 are booked, and two days have begun since.
    assert_eq!(contract(f, &client).await["balance"], json!(-60));
    // Once corrected, nothing is left to correct.
    f.at("2022-01-07T21:00:00Z").await;
    bill(f);
    assert_eq!(contract(f, &client).await["balance"], json!(-70));
}

/// T2: a contract keeps the zone in which it was made; its partner's edit reaches new ones.
pub(crate) async fn a_contract_keeps_its_zone(f: &Fixture) {
    let (partner, old) = data_centre(f).await;
    let moved = json!({ "time_zone": "Asia/Vladivostok" });
    f.admin.patch(&format!("/v1/partner/{partner}"), &moved).await.expect(200);
    let new = f.client(&partner, "second", "gold").await;
    for (client, expected) in [(&old, "Europe/Moscow"), (&new, "Asia/Vladivostok")] {
        assert_eq!(contract(f, client).await["time_zone"], expected);
    }
}

/// V1: an edit in the middle of a day leaves that day's charge as it was.
pub(crate) async fn an_edit_counts_from_the_next_period(f: &Fixture) {
    f.at("2022-01-10T09:00:00Z").await;
    let (partner, client) = data_centre(f).await;
    let owner = format!("{partner}/first/default");
    let id = uuid::Uuid::new_v4().to_string();
    let mut feed = f.source().await;
    feed.tell(&id, "2022-01-10T09:00:00Z", &owner, json!({ "kind": "vdc" })).await;
    f.at("2022-01-11T09:00:00Z").await;
    let path = format!("/v1/tariff_plan/gold?partner={partner}");
    f.admin.patch(&path, &json!({ "services": { "vdc": { "price": "15" } } })).await.expect(200);
    f.admin.patch(&path, &json!({ "services": { "vdc": { "price": "20" } } })).await.expect(200);
    f.at("2022-01-12T09:00:00Z").await;
    let shown = ["-10", "-10", "-20", "-40"];
    assert_eq!(totals(f, &client, "2022-01-10", "2022-01-12").await, shown);
    f.at("2022-01-14T09:00:00Z").await;
    bill(f);
    assert_eq!(totals(f, &client, "2022-01-10", "2022-01-12").await, shown);
    assert_eq!(contract(f, &client).await["balance"], json!(-80));
}

/// A total, and what the lines with 2 places do not make up of it.
fn sum(of: &Value) -> String {
    let text = |name: &str| of[name].as_str().unwrap();
    if text("residual") == "0" {
        text("total").to_owned()
    } else {
        format!("{} and {}", text("total"), text("residual"))
    }
}

/// 7.8-04: by day, week, month or year, with totals by date, object or service, of one project or one service.
pub(crate) async fn a_report_is_put_together_as_it_is_asked(f: &Fixture) {
    f.at("2022-01-31T09:00:00Z").await;
    let partner = f.partner().await;
    f.plan(&partner, "gold", &json!({ "vdc": daily("10"), "public_ip": daily("1.004") })).await;
    let client = f.client(&partner, "first", "gold").await;
    let shop = json!({ "partner": partner, "client": "first", "code": "shop", "name": "Shop" });
    let shop = f.admin.post("/v1/project", &shop).await.expect(201);
    let mut feed = f.source().await;
    for (id, project, thing) in [
        ("954fd111-0000-4000-8000-000000000000", "default", json!({ "kind": "vdc" })),
        ("954fd222-0000-4000-8000-000000000000", "shop", json!({ "kind": "public_ip" })),
    ] {
        feed.tell(id, "2022-01-31T09:00:00Z", &format!("{partner}/first/{project}"), thing).await;
    }
    // The first day is booked, the other two are not.
    f.at("2022-02-02T09:00:00Z").await;
    bill(f);
    let asked = async |query: &str| -> Vec<String> {
        let report = report(f, &client, "2022-01-31", &format!("2022-02-02{query}")).await;
        let groups = report["days"].as_array().unwrap().iter().map(|group| {
            let name = ["date", "object", "service"].iter().find_map(|name| group[*name].as_str()).unwrap();
            let rows = group["rows"].as_array().unwrap().len();
            format!("{name} {rows} {}", sum(group))
        });
        groups.chain([sum(&report)]).collect()
    };
    let days = ["2022-01-31 2 -11.004", "2022-02-01 2 -11.004", "2022-02-02 2 -11.004", "-33.012 and -0.01"];
    assert_eq!(asked("").await, days);
    assert_eq!(asked("&detail=day&group_by=date").await, days);
    assert_eq!(asked("&detail=week").await, ["2022-01-31 2 -33.012", "-33.012"]);
    assert_eq!(asked("&detail=month").await, ["2022-01-01 2 -11.004", "2022-02-01 2 -22.008", "-33.012"]);
    assert_eq!(asked("&detail=year").await, ["2022-01-01 2 -33.012", "-33.012"]);
    assert_eq!(
        asked("&group_by=object").await,
        ["vdc-954fd111 3 -30", "port-954fd222 3 -3.012 and -0.01", "-33.012"]
    );
    assert_eq!(asked("&group_by=service&detail=month").await, ["vdc 2 -30", "public_ip 2 -3.012", "-33.012"]);
    assert_eq!(asked("&group_by=service&service=vdc").await, ["vdc 3 -30", "-30"]);
    for project in ["shop", shop["id"].as_str().unwrap()] {
        let ip = asked(&format!("&group_by=service&project={project}")).await;
        assert_eq!(ip, ["public_ip 3 -3.012 and -0.01", "-3.012"]);
    }
    let id = client["contract"]["id"].as_str().unwrap();
    for (query, field) in
        [("project=none", "project"), ("project=00000000-0000-4000-8000-000000000000", "project")]
    {
        let path = format!("/v1/contract/{id}/report?from=2022-01-31&to=2022-02-02&{query}");
        assert_eq!(f.admin.get(&path).await.fields(), [field], "{query}");
    }
    for query in ["detail=hour", "group_by=project", "service=coffee"] {
        let path = format!("/v1/contract/{id}/report?from=2022-01-31&to=2022-02-02&{query}");
        f.admin.get(&path).await.expect(400);
    }
}

/// V1, 3-06, 7.1-05: a move between plans counts from the next period.
pub(crate) async fn a_client_moves_to_another_plan_between_days(f: &Fixture) {
    f.at("2022-02-10T09:00:00Z").await;
    let (partner, client) = data_centre(f).await;
    f.plan(&partner, "silver", &json!({ "vdc": daily("30") })).await;
    let id = uuid::Uuid::new_v4().to_string();
    let owner = format!("{partner}/first/default");
    f.source().await.tell(&id, "2022-02-10T09:00:00Z", &owner, json!({ "kind": "vdc" })).await;
    f.at("2022-02-11T09:00:00Z").await;
    let path = format!("/v1/client/{}", client["id"].as_str().unwrap());
    f.admin.patch(&path, &json!({ "tariff_plan": "silver" })).await.expect(200);
    f.at("2022-02-12T09:00:00Z").await;
    assert_eq!(totals(f, &client, "2022-02-10", "2022-02-12").await, ["-10", "-10", "-30", "-50"]);
    f.at("2022-02-15T09:00:00Z").await;
    bill(f);
    assert_eq!(totals(f, &client, "2022-02-10", "2022-02-12").await, ["-10", "-10", "-30", "-50"]);
    // The plan that it left may go; what it charged stays explained.
    f.admin.delete(&format!("/v1/tariff_plan/gold?partner={partner}")).await.expect(204);
    assert_eq!(totals(f, &client, "2022-02-10", "2022-02-13").await, ["-10", "-10", "-30", "-30", "-80"]);
}

/// 7.10, B1: what a client used before it went is booked after, once, and so is what was told late before it went.
pub(crate) async fn a_deleted_clients_contract_is_billed_to_its_end(f: &Fixture) {
    f.at("2022-03-10T09:00:00Z").await;
    let (partner, client) = data_centre(f).await;
    let owner = format!("{partner}/first/default");
    let [one, two] = [(); 2].map(|()| uuid::Uuid::new_v4().to_string());
    let mut feed = f.source().await;
    feed.tell(&one, "2022-03-10T09:00:00Z", &owner, json!({ "kind": "vdc" })).await;
    // In Moscow the first day closes, and then another one turns out to have been there on it.
    f.at("2022-03-11T21:00:00Z").await;
    bill(f);
    feed.tell(&two, "2022-03-10T12:00:00Z", &owner, json!({ "kind": "vdc" })).await;
    f.at("2022-03-12T09:00:00Z").await;
    for id in [&one, &two] {
        feed.tell(id, "2022-03-12T09:00:00Z", &owner, json!(null)).await;
    }
    f.admin.delete(&format!("/v1/client/{}", client["id"].as_str().unwrap())).await.expect(204);
    // Shown before it is booked; what corrects a closed day counts when it is.
    assert_eq!(contract(f, &client).await["balance"], json!(-50));
    f.at("2022-03-20T09:00:00Z").await;
    bill(f);
    assert!(bill(f).contains("0 charge(s) booked"), "booked once");
    let closed = contract(f, &client).await;
    assert_eq!((&closed["balance"], &closed["inactive"]), (&json!(-60), &json!(true)));
    let days = ["-10", "-30", "-20", "-60"];
    assert_eq!(totals(f, &client, "2022-03-10", "2022-03-20").await, days);
    f.admin.delete(&format!("/v1/tariff_plan/gold?partner={partner}")).await.expect(204);
    assert_eq!(totals(f, &client, "2022-03-10", "2022-03-20").await, days);
    assert!(f.server.cli(&["bill", "verify"]).unwrap().contains("everything holds"));
    let id = closed["id"].as_str().unwrap();
    assert!(f.server.cli(&["bill", "rerun", "--contract", id]).unwrap().contains("rerun 2 closing(s)"));
}

/// Invariants 8 and 11 on a database in use: what holds is told, and so is what somebody wrote past the program.
pub(crate) async fn what_is_booked_is_verified(f: &Fixture) {
    let own = f.another();
    let (partner, client) = data_centre(&own).await;
    let id = uuid::Uuid::new_v4().to_string();
    let owner = format!("{partner}/first/default");
    own.source().await.tell(&id, START, &owner, json!({ "kind": "vdc" })).await;
    let paid = json!({ "method": "bank_transfer", "contract": client["contract"]["id"], "amount": "7", "external_id": "1" });
    own.admin.post("/v1/payment", &paid).await.expect(201);
    own.at("2021-12-25T09:00:00Z").await;
    bill(&own);
    let path = format!("/v1/tariff_plan/gold?partner={partner}");
    own.admin.patch(&path, &json!({ "services": { "vdc": { "price": "99" } } })).await.expect(200);
    own.at("2021-12-30T09:00:00Z").await;
    bill(&own);
    assert!(own.server.cli(&["bill", "verify"]).unwrap().contains("everything holds"));
    // Each line explains itself: a price, what was there, when it was charged, and the product.
    let named = format!("{partner}/first");
    let text = own.server.cli(&["bill", "explain", &named, "--day", "2021-12-27"]).unwrap();
    for told in [
        "days 2021-12-26 to 2021-12-28 in Europe/Moscow",
        "price 99 a day by the calendar: that of version 2 of the plan \"gold\"",
        "there from 2021-12-20T09:00:00Z to now",
        "charged at 2021-12-25T21:00:00Z",
        "each day 1 pc x 99 = 99, rounded at each period; 3 day(s) x 99 = 297",
    ] {
        assert!(text.contains(told), "{told}: {text}");
    }
    let number = text.split([' ', ':']).nth(1).unwrap();
    assert_eq!(own.server.cli(&["bill", "explain", number]).unwrap(), text);
    // Somebody writes past the program, though the entries sum to zero.
    let store = Store::connect(own.database.url(), &Settings::default()).await.unwrap();
    let mut tx = store.begin().await.unwrap();
    let contract = client["contract"]["id"].as_str().unwrap().parse().unwrap();
    let contract = queries::contract::find(&mut tx, &Visible::All, contract).await.unwrap().unwrap();
    for (key, day) in [("forged/1", "2021-12-19"), ("forged/2", "2021-12-21")] {
        let forged = NewLedgerTransaction {
            partner_id: contract.partner_id,
            key: key.to_owned(),
            contract_id: contract.id,
            kind: TransactionKind::Charges,
            day: Some(day.parse().unwrap()),
            at: START.parse().unwrap(),
        };
        let side = |account: &str, units| LedgerEntry {
            account: account.to_owned(),
            amount: Money::from_units(units),
        };
        let sides = [side("client", -1), side("revenue", 1)];
        queries::ledger::post(&mut tx, &forged, &sides).await.unwrap();
    }
    tx.commit().await.unwrap();
    let found = own.server.command(&["bill", "verify"]).output().unwrap();
    let text = String::from_utf8_lossy(&found.stdout).into_owned();
    assert!(!found.status.success(), "{text}");
    for told in
        ["2021-12-19: the ledger has -0.0000001 without a charge", "2021-12-21: its charges add up to 10, "]
    {
        assert!(text.contains(told), "{told}: {text}");
    }
}

/// Runs that are killed at any moment, then two at once: the ledger of one run.
pub(crate) async fn a_run_that_is_killed_or_doubled_books_once(f: &Fixture) {
    const CLIENTS: usize = 25;
    let mut own = f.another();
    let partner = own.partner().await;
    own.plan(&partner, "gold", &json!({ "vdc": daily("10") })).await;
    let mut feed = own.source().await;
    let mut clients = Vec::new();
    for index in 0..CLIENTS {
        let code = format!("c-{index}");
        clients.push(own.client(&partner, &code, "gold").await);
        let id = uuid::Uuid::new_v4().to_string();
        feed.tell(&id, START, &format!("{partner}/{code}/default"), json!({ "kind": "vdc" })).await;
    }
    // Without the server, which would bill by itself, 15 days close.
    own.server.kill_hard();
    let store = Store::connect(own.database.url(), &Settings::default()).await.unwrap();
    let mut tx = store.begin().await.unwrap();
    queries::setting::set(&mut tx, "test_clock", "2022-01-05T09:00:00Z").await.unwrap();
    tx.commit().await.unwrap();
    let run =
        || own.server.command(&["bill", "run"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    for delay in (10..).step_by(10) {
        let mut child = run();
        tokio::time::sleep(Duration::from_millis(delay)).await;
        if child.try_wait().unwrap().is_some() {
            break;
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let mut both = [run(), run()];
    assert!(both.iter_mut().all(|child| child.wait().unwrap().success()));
    assert!(bill(&own).contains("0 charge(s) booked"));
    let mut reader = store.read().await.unwrap();
    assert_eq!(queries::ledger::sum_of_all(&mut reader).await.unwrap().units(), 0);
    drop(reader);
    own.server.restart().unwrap();
    for client in &clients {
        let booked = contract(&own, client).await;
        assert_eq!((&booked["balance"], &booked["booked_to"]), (&json!(-170), &json!("2022-01-03")));
        let days = totals(&own, client, "2021-12-20", "2022-01-03").await;
        assert_eq!((days.len(), days.last().unwrap().as_str()), (16, "-150"));
    }
}
