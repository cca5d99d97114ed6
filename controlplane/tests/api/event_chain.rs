//! The chains of the audit log: whatever is done to an event that was written is found.

use crate::fixture::Fixture;
use serde_json::{Value, json};
use std::process::Output;

fn verify(f: &Fixture, more: &[&str]) -> (bool, String) {
    let Output { status, stdout, .. } =
        f.server.command(&[&["audit", "verify"], more].concat()).output().unwrap();
    (status.success(), String::from_utf8(stdout).unwrap())
}

/// Does something to the log past the program: it is found, and the text tells what.
fn found(f: &Fixture, statements: &str, told: &str) {
    f.database.execute(statements).unwrap();
    let (holds, text) = verify(f, &[]);
    assert!(!holds && text.contains(told), "{statements}: {text}");
}

/// Some events of the platform and of a partner, in ones and in bulk.
async fn lived(f: &Fixture) {
    let partner = f.partner().await;
    f.client(&partner, "first", "base").await;
    let operations: Vec<Value> = (0..40)
        .map(|number| {
            let body = json!({ "partner": partner, "code": format!("c{number}"), "name": "Ромашка \"\\u0041", "tariff_plan": "base" });
            json!({ "method": "POST", "path": "/v1/client", "body": body })
        })
        .collect();
    f.admin.post("/v1/batch", &json!({ "operations": operations })).await.expect(200);
    let (holds, text) = verify(f, &[]);
    assert!(holds, "{text}");
}

pub(crate) async fn what_was_written_is_vouched_for(f: &Fixture) {
    let f = f.another();
    lived(&f).await;
    // A refused operation of a batch and a dry run have no place; what stands beside them has.
    let operation =
        |code: &str| json!({ "method": "POST", "path": "/v1/hypervisor", "body": { "code": code } });
    let batch = json!({ "operations": [operation("a"), { "method": "POST", "path": "/v1/source", "body": { "code": "feed" } }] });
    f.admin.post("/v1/batch", &batch).await.expect(200);
    f.admin.post("/v1/source?dry_run=true", &json!({ "code": "tried" })).await.expect(201);
    // Two chains in one transaction, in both orders, many at once: none waits for another for ever, none forks.
    let (one, other) = (f.partner().await, f.partner().await);
    let plan = |partner: &str, code: &str| {
        let body = json!({ "partner": partner, "code": code, "name": code, "services": {} });
        json!({ "method": "POST", "path": "/v1/tariff_plan", "body": body })
    };
    let calls = (0..24).map(|number| {
        let code = format!("plan-{number}");
        let mut operations = vec![plan(&one, &code), plan(&other, &code)];
        if number % 2 == 1 {
            operations.reverse();
        }
        let (admin, batch) = (f.admin.clone(), json!({ "operations": operations }));
        tokio::spawn(async move { admin.post("/v1/batch", &batch).await.expect(200) })
    });
    for answer in calls.collect::<Vec<_>>() {
        let results = answer.await.unwrap();
        assert!(
            results["results"].as_array().unwrap().iter().all(|result| result["status"] == 201),
            "{results}"
        );
    }
    let (holds, text) = verify(&f, &[]);
    assert!(holds && text.contains("4 chain(s)"), "{text}");
}

pub(crate) async fn an_edited_event_is_found(f: &Fixture) {
    let f = f.another();
    lived(&f).await;
    let id = f.admin.get("/v1/event?limit=1").await.expect(200)["items"][0]["id"].as_i64().unwrap();
    let changes = [
        ("at", "at + 1"),
        ("actor", "'mallory'"),
        ("account_id", "NULL"),
        ("action", "'update'"),
        ("object_kind", "'partner'"),
        ("object_name", "object_name || ' '"),
        ("request_id", "object_id"),
        ("object_id", "request_id"),
        ("before", "'{}'"),
        ("after", "replace(after, 'base', 'gold')"),
        ("client", "'browser'"),
        ("partner_id", "NULL"),
    ];
    for (column, value) in changes {
        f.database
            .execute(&format!("CREATE TABLE kept AS SELECT {column} AS value FROM event WHERE id = {id}"))
            .unwrap();
        found(&f, &format!("UPDATE event SET {column} = {value} WHERE id = {id}"), &format!("event {id} "));
        let undone =
            format!("UPDATE event SET {column} = (SELECT value FROM kept) WHERE id = {id}; DROP TABLE kept");
        f.database.execute(&undone).unwrap();
        assert!(verify(&f, &[]).0, "{column}");
    }
    // An event that nobody wrote.
    found(
        &f,
        &format!(
            "INSERT INTO event (partner_id, at, request_id, account_id, actor, action, object_kind, object_id, object_name, client)
             SELECT partner_id, at, request_id, account_id, 'mallory', action, object_kind, object_id, object_name, client
             FROM event WHERE id = {id}"
        ),
        "slipped in",
    );
}

pub(crate) async fn a_removed_event_is_found(f: &Fixture) {
    let f = f.another();
    lived(&f).await;
    let id = f.admin.get("/v1/event?limit=1").await.expect(200)["items"][0]["id"].as_i64().unwrap() - 5;
    found(&f, &format!("DELETE FROM event WHERE id = {id}"), &format!("event {id} "));
    found(&f, &format!("DELETE FROM event_link WHERE event_id = {id}"), "were removed");
    // Those after it are numbered anew: each of them has changed then.
    let closed = "UPDATE event_link SET sequence = sequence - 1 WHERE sequence > (SELECT MIN(one.sequence) FROM event_link one
        WHERE one.chain = event_link.chain AND NOT EXISTS (SELECT 1 FROM event_link next
            WHERE next.chain = one.chain AND next.sequence = one.sequence + 1))";
    found(&f, closed, "was changed");
}

pub(crate) async fn reordered_events_are_found(f: &Fixture) {
    let f = f.another();
    lived(&f).await;
    let id = f.admin.get("/v1/event?limit=1").await.expect(200)["items"][0]["id"].as_i64().unwrap();
    let swap = |table: &str, column: &str| {
        format!(
            "UPDATE {table} SET {column} = -1 WHERE {column} = {id};
             UPDATE {table} SET {column} = {id} WHERE {column} = {id} - 3;
             UPDATE {table} SET {column} = {id} - 3 WHERE {column} = -1"
        )
    };
    found(&f, &swap("event", "id"), "was changed");
    // Their places are swapped as well: each stands again where it stood, and says another number.
    found(&f, &swap("event_link", "event_id"), "was changed");
    f.database.execute(&swap("event_link", "event_id")).unwrap();
    f.database.execute(&swap("event", "id")).unwrap();
    assert!(verify(&f, &[]).0);
    // Their hashes are made to fit their new places, but not the places after them.
    found(&f, &swap("event_link", "event_id"), "was changed");
}

pub(crate) async fn a_truncated_log_is_found(f: &Fixture) {
    let f = f.another();
    lived(&f).await;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("checkpoint.json");
    let path = path.to_str().unwrap();
    let checkpoint = f.server.cli(&["audit", "checkpoint"]).unwrap();
    std::fs::write(path, &checkpoint).unwrap();
    lived(&f).await;
    let (holds, text) = verify(&f, &["--checkpoint", path]);
    assert!(holds, "a log that went on since: {text}");
    // Everything after the first event of each chain is cut off.
    let cut = "DELETE FROM event WHERE id IN (SELECT event_id FROM event_link WHERE sequence > 1);
        DELETE FROM event_link WHERE sequence > 1";
    found(&f, cut, "were cut off");
    // And the ends are made to fit: without the checkpoint, it is a log that is shorter.
    f.database
        .execute("UPDATE event_chain SET length = 1, hash = (SELECT hash FROM event_link WHERE event_link.chain = event_chain.chain)")
        .unwrap();
    let (holds, text) = verify(&f, &[]);
    assert!(holds, "{text}");
    let (holds, text) = verify(&f, &["--checkpoint", path]);
    assert!(!holds && text.contains("the checkpoint vouches for"), "{text}");
    // A whole chain that is gone, with its end, is missed as well.
    f.database.execute("DELETE FROM event; DELETE FROM event_link; DELETE FROM event_chain").unwrap();
    assert!(verify(&f, &[]).0);
    let (holds, text) = verify(&f, &["--checkpoint", path]);
    assert!(!holds && text.contains("it ends with number 0"), "{text}");
    // A log that was written anew has other hashes.
    let mut other: Value = serde_json::from_str(&checkpoint).unwrap();
    other["chains"][0]["hash"] = json!("00");
    other["chains"][0]["length"] = json!(1);
    f.admin.post("/v1/source", &json!({ "code": "feed" })).await.expect(201);
    std::fs::write(path, other.to_string()).unwrap();
    let (holds, text) = verify(&f, &["--checkpoint", path]);
    assert!(!holds && text.contains("was written anew"), "{text}");
    std::fs::write(path, "{}").unwrap();
    assert!(
        f.server
            .cli(&["audit", "verify", "--checkpoint", path])
            .unwrap_err()
            .to_string()
            .contains("no checkpoint")
    );
}

/// A database from before there were chains: its events are given their places when the tables are brought up to date,
/// and no mutation is done whose event cannot be given one.
pub(crate) async fn a_log_from_before_is_chained(f: &Fixture) {
    let f = f.another();
    lived(&f).await;
    f.database.execute("DROP TABLE event_link; DROP TABLE event_chain").unwrap();
    f.admin.post("/v1/source", &json!({ "code": "feed" })).await.expect(500);
    f.database.execute("DELETE FROM migration WHERE name = '0018_event_chain'").unwrap();
    let (holds, text) = verify(&f, &[]);
    assert!(holds && text.contains("2 chain(s)") && !text.contains(" 0 event(s)"), "{text}");
    f.admin.post("/v1/source", &json!({ "code": "feed" })).await.expect(201);
    let (holds, text) = verify(&f, &[]);
    assert!(holds, "{text}");
    f.database.execute("UPDATE event SET actor = 'mallory' WHERE id = (SELECT MIN(id) FROM event)").unwrap();
    assert!(!verify(&f, &[]).0);
}
