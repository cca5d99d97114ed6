//! What was booked, computed again from what was known when it was booked.

use crate::fixture::{Fixture, START, items};
use serde_json::{Value, json};
use std::{process::Stdio, time::Duration};

/// Charges and their part of the ledger, gone.
const DROP: &str = "DELETE FROM ledger_entry WHERE transaction_id IN \
     (SELECT id FROM ledger_transaction WHERE kind = 'charges'); \
     DELETE FROM ledger_transaction WHERE kind = 'charges'; DELETE FROM charge;";

/// A partner whose plan `gold` has a data centre at 10 a day, and so many clients with one each.
async fn data_centres(f: &Fixture, count: usize) -> Vec<Value> {
    let partner = f.partner().await;
    let daily = json!({ "vdc": { "price": "10", "period": "day", "calendar": true } });
    f.plan(&partner, "gold", &daily).await;
    let mut feed = f.source().await;
    let mut clients = Vec::new();
    for index in 0..count {
        let code = format!("c-{index}");
        clients.push(f.client(&partner, &code, "gold").await);
        let id = uuid::Uuid::new_v4().to_string();
        feed.tell(&id, START, &format!("{partner}/{code}/default"), json!({ "kind": "vdc" })).await;
    }
    clients
}

/// What `bill rerun` says, and whether all was well.
fn rerun(f: &Fixture, arguments: &[&str]) -> (String, bool) {
    let output = f.server.command(&[&["bill", "rerun"][..], arguments].concat()).output().unwrap();
    (String::from_utf8_lossy(&output.stdout).into_owned(), output.status.success())
}

/// All that is booked of a contract, but for the numbers of rows.
async fn booked(f: &Fixture, client: &Value) -> Vec<Value> {
    let id = client["contract"]["id"].as_str().unwrap();
    let path = format!("/v1/contract/{id}/report?from=2021-12-20&to=2021-12-31");
    let report = f.admin.get(&path).await.expect(200);
    let transactions = f.admin.get(&format!("/v1/transaction?contract={id}&limit=1000")).await.expect(200);
    let mut rows = items(transactions);
    for row in &mut rows {
        row.as_object_mut().unwrap().remove("id");
    }
    rows.sort_by_key(Value::to_string);
    rows.push(report);
    rows
}

/// P2, P9: nothing changes where all is well; what was dropped is written again as it was, corrections too; what somebody
/// changed is told and left.
pub(crate) async fn what_is_booked_is_computed_again(f: &Fixture) {
    let own = f.another();
    let clients = data_centres(&own, 2).await;
    own.at("2021-12-22T21:00:00Z").await;
    own.server.cli(&["bill", "run"]).unwrap();
    // Told late: another one since the first day, and a plan with other prices from now on.
    let owner = |client: &Value, code: &str| {
        format!("{}/{code}/default", client["partner"]["code"].as_str().unwrap())
    };
    let id = uuid::Uuid::new_v4().to_string();
    let thing = json!({ "kind": "vdc" });
    own.source().await.tell(&id, "2021-12-20T12:00:00Z", &owner(&clients[0], "c-0"), thing).await;
    let partner = clients[0]["partner"]["code"].as_str().unwrap();
    let plan = format!("/v1/tariff_plan/gold?partner={partner}");
    own.admin.patch(&plan, &json!({ "services": { "vdc": { "price": "99" } } })).await.expect(200);
    for day in ["2021-12-23T21:00:00Z", "2021-12-27T21:00:00Z"] {
        own.at(day).await;
        own.server.cli(&["bill", "run"]).unwrap();
    }
    let well = "rerun 6 closing(s) of 2 contract(s); 0 parked contract(s) are billed again\n";
    let before = [booked(&own, &clients[0]).await, booked(&own, &clients[1]).await];
    assert!(before[0].iter().any(|row| row.to_string().contains("correction of 2021-12-20")));
    assert_eq!(rerun(&own, &[]), (well.to_owned(), true));
    let after = [booked(&own, &clients[0]).await, booked(&own, &clients[1]).await];
    assert_eq!(after, before, "nothing changes");

    own.database.execute(DROP).unwrap();
    let missing = own.server.command(&["bill", "verify"]).output().unwrap();
    assert!(!missing.status.success());
    assert!(String::from_utf8_lossy(&missing.stdout).contains("are missing, such as vdc of "));
    let contract = clients[0]["contract"]["id"].as_str().unwrap();
    let (text, is_well) = rerun(&own, &["--contract", contract]);
    assert!(!is_well && text.contains("1 charge(s) were missing, and are written again"), "{text}");
    assert!(rerun(&own, &["--contract", contract]).1);
    let (text, is_well) = rerun(&own, &["--partner", partner]);
    assert!(!is_well && text.contains("transaction(s) were missing, and are written again"), "{text}");
    assert_eq!(rerun(&own, &[]), (well.to_owned(), true));
    let after = [booked(&own, &clients[0]).await, booked(&own, &clients[1]).await];
    assert_eq!(after, before, "written again as it was");
    assert!(own.server.cli(&["bill", "verify"]).unwrap().contains("everything holds"));

    own.database.execute("UPDATE charge SET rises_per_day = 7 WHERE kind = 'correction'").unwrap();
    let (text, is_well) = rerun(&own, &[]);
    assert!(!is_well && text.contains("is booked to"), "{text}");
    assert_eq!(rerun(&own, &[]), (text, false), "what is there stays");
    assert!(rerun(&own, &["--partner", "nobody"]).0.is_empty());
}

/// Invariants 5 and 6: killed at any moment and begun again, everything is written once.
pub(crate) async fn a_rerun_that_is_killed_goes_on(f: &Fixture) {
    let mut own = f.another();
    let clients = data_centres(&own, 20).await;
    own.at("2021-12-28T09:00:00Z").await;
    own.server.cli(&["bill", "run"]).unwrap();
    let mut before = Vec::new();
    for client in &clients {
        before.push(booked(&own, client).await);
    }
    own.server.kill_hard();
    own.database.execute(DROP).unwrap();
    let run = || {
        let mut command = own.server.command(&["bill", "rerun"]);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    };
    for delay in (10..).step_by(15) {
        let mut child = run();
        tokio::time::sleep(Duration::from_millis(delay)).await;
        if child.try_wait().unwrap().is_some() {
            break;
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let mut both = [run(), run()];
    for child in &mut both {
        child.wait().unwrap();
    }
    assert!(rerun(&own, &[]).1);
    own.server.restart().unwrap();
    for (client, before) in clients.iter().zip(before) {
        assert_eq!(booked(&own, client).await, before);
    }
}

/// A contract that a run had to leave out is tried again, as far as the last run went.
pub(crate) async fn a_parked_contract_is_tried_again(f: &Fixture) {
    let own = f.another();
    let clients = data_centres(&own, 1).await;
    own.database.execute("UPDATE tariff_plan_version SET items = items || '!'").unwrap();
    own.at("2021-12-25T09:00:00Z").await;
    assert!(own.server.cli(&["bill", "run"]).unwrap().contains("1 contract(s) parked"));
    let (text, is_well) = rerun(&own, &[]);
    assert!(!is_well && text.contains("it is parked: "), "{text}");
    own.database
        .execute("UPDATE tariff_plan_version SET items = substr(items, 1, length(items) - 1)")
        .unwrap();
    let (text, is_well) = rerun(&own, &[]);
    assert!(is_well && text.contains("; 1 parked contract(s) are billed again"), "{text}");
    let path = format!("/v1/contract/{}", clients[0]["contract"]["id"].as_str().unwrap());
    let contract = own.admin.get(&path).await.expect(200);
    assert_eq!((&contract["parked_reason"], &contract["booked_to"]), (&Value::Null, &json!("2021-12-23")));
    assert!(own.server.cli(&["bill", "run"]).unwrap().contains("0 charge(s) booked"));
    assert!(rerun(&own, &[]).1);
}
