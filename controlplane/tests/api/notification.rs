//! What people are told of by mail, as far as they want it: notes that fall due, and collectors that fail.

use crate::{
    collector::Hand,
    fixture::{Fixture, START},
    user::{domain, user},
};
use controlplane::app::inventory::Collector;
use serde_json::{Value, json};
use std::{collections::BTreeSet, thread, time::Duration};
use store::queries;
use testkit::{
    api::Api,
    mail::MailServer,
    server::{Server, Setup},
};

/// Somebody who has a role, as a caller.
fn holder(f: &Fixture, login: &str, more: &[&str]) -> Api {
    let arguments = [&["admin", "token", "--login", login], more].concat();
    f.admin.with_token(&f.server.cli(&arguments).unwrap())
}

/// Writes a note on the client `first`; answers its path.
async fn write(f: &Fixture, partner: &str, text: &str, notify_at: Value) -> String {
    let body = json!({ "client": "first", "partner": partner, "text": text, "notify_at": notify_at });
    let note = f.admin.post("/v1/note", &body).await.expect(201);
    format!("/v1/note/{}", note["id"].as_str().unwrap())
}

/// 1-15, 2-03, 7.4-05, 7.4-06.
pub(crate) async fn a_note_that_falls_due_is_told_of_once(f: &Fixture) {
    let (f, mail) = f.another_with_mail();
    let partner = f.partner().await;
    f.client(&partner, "first", "base").await;
    let over = ["--partner", partner.as_str()];
    // Who wants none, who has no address, and those who see no notes of the partner's are written to by nobody.
    let quiet = holder(&f, "quiet@example.net", &over);
    quiet.put("/v1/account/notify", &json!({ "note": false })).await.expect(200);
    holder(&f, "robot", &over);
    let home = domain(&f, &partner).await;
    user(&f.admin, &home, "client@example.net").await;
    let own = json!({ "user": "client@example.net", "role": "client_admin", "client": "first", "partner": partner });
    f.admin.post("/v1/access", &own).await.expect(201);
    holder(&f, "elsewhere@example.net", &["--partner", &f.partner().await]);
    holder(&f, "boss@example.net", &over);
    let (ten, eleven) = ("2021-12-20T10:00:00Z", "2021-12-20T11:00:00Z");
    let edited = write(&f, &partner, "Ask Ada", json!(ten)).await;
    let done = write(&f, &partner, "Already done", json!(ten)).await;
    let moved = write(&f, &partner, "Moved away", json!(ten)).await;
    let deleted = write(&f, &partner, "Deleted before", json!(ten)).await;
    write(&f, &partner, "Never due", json!(null)).await;
    f.admin.post(&format!("{done}/confirm"), &json!(null)).await.expect(201);
    f.admin.patch(&moved, &json!({ "notify_at": eleven })).await.expect(200);
    f.admin.delete(&deleted).await.expect(204);
    f.at(ten).await;
    let told = mail.wait("Ask Ada", 1).unwrap().remove(0);
    for part in [
        "To: boss@example.net",
        "Subject: Note on \"first\"",
        "Written by admin",
        "due at 2021-12-20T10:00:00Z",
    ] {
        assert!(told.contains(part), "{part} in {told}");
    }
    // Another text is no other notification; another instant is. One that is not done after all is told of then.
    f.admin.patch(&edited, &json!({ "text": "Ask Ada again" })).await.expect(200);
    f.admin.patch(&done, &json!({ "done": false })).await.expect(200);
    mail.wait("Already done", 1).unwrap();
    f.admin.patch(&edited, &json!({ "notify_at": eleven })).await.expect(200);
    f.at(eleven).await;
    mail.wait("Moved away", 1).unwrap();
    mail.wait("Ask Ada again", 1).unwrap();
    // Due at once. What is posted last comes after whatever would be sent twice.
    write(&f, &partner, "Last of all", json!(ten)).await;
    mail.wait("Last of all", 1).unwrap();
    let all = mail.messages().unwrap();
    assert!(all.len() == 5 && all.iter().all(|message| message.contains("To: boss@example.net")), "{all:?}");
}

/// A server dies while it tells, and two others begin with what is left at the same time.
pub(crate) async fn whoever_dies_a_note_is_told_of_once(f: &Fixture) {
    let (mut f, mail) = (f.another(), MailServer::start().unwrap());
    let partner = f.partner().await;
    f.client(&partner, "first", "base").await;
    holder(&f, "boss@example.net", &["--partner", &partner]);
    for number in 10..40 {
        write(&f, &partner, &format!("errand-{number}."), json!("2021-12-20T10:00:00Z")).await;
    }
    f.at("2021-12-20T10:00:00Z").await;
    f.server.kill_hard();
    f.server.use_mail(&mail.url());
    let setup = Setup::new(env!("CARGO_BIN_EXE_controlplane"), f.database.url()).with_token(f.server.token());
    let setup = Setup { mail: Some(mail.url()), ..setup };
    let _other = thread::scope(|scope| {
        let other = scope.spawn(|| Server::start(setup).unwrap());
        f.server.restart().unwrap();
        other.join().unwrap()
    });
    mail.wait("errand-", 30).unwrap();
    write(&f, &partner, "Last of all", json!(START)).await;
    mail.wait("Last of all", 1).unwrap();
    let all = mail.messages().unwrap();
    let errand = |message: &String| message.split_once("errand-").map(|(_, rest)| rest[..2].to_owned());
    let told: BTreeSet<String> = all.iter().filter_map(errand).collect();
    assert_eq!((all.len(), told.len()), (31, 30));
}

/// What goes to and fro is not told of; what lasts is, once, and so is its end.
pub(crate) async fn a_collector_that_fails_is_told_of_once(f: &Fixture) {
    let (f, mail) = f.another_with_mail();
    let platform = ["--role", "platform_admin"];
    let quiet = holder(&f, "quiet@example.net", &platform);
    quiet.put("/v1/account/notify", &json!({ "collector": false })).await.expect(200);
    holder(&f, "watch@example.net", &platform);
    let own = f.hypervisor_with(json!({ "poll_interval": "5m", "hold": "15m" })).await;
    let (code, path) =
        (own["code"].as_str().unwrap(), format!("/v1/hypervisor/{}", own["id"].as_str().unwrap()));
    // The server's own collector fails once; the hand does the rest.
    while f.admin.get(&path).await.expect(200)["collector"]["attempts"] == json!(0) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let mut hand = Hand::of(&f, code, START).await;
    let row = {
        let mut reader = hand.app.store.read().await.unwrap();
        queries::hypervisor::find_by_code(&mut reader, code).await.unwrap().unwrap()
    };
    let looks = [
        (1, true),
        (2, false),
        (3, true),
        // Degraded from 10 on, told at 15; down at 19, told at once.
        (10, false),
        (14, false),
        (15, false),
        (19, false),
        (20, false),
        // Well again at 30, which does not last; and at 32, which does.
        (30, true),
        (31, false),
        (32, true),
        (36, true),
        (37, true),
        (50, true),
    ];
    for (minute, answers) in looks {
        let at = format!("2021-12-20T09:{minute:02}:00Z");
        if answers {
            hand.take(&at, &[]).await;
        } else {
            hand.clock.advance_to(at.parse().unwrap());
            Collector::failed(&hand.app, &row, "no route").await.unwrap();
        }
    }
    // What is posted last comes after all of it.
    let partner = f.partner().await;
    domain(&f, &partner).await;
    let last = json!({ "user": "last@example.net", "role": "partner_admin", "partner": partner });
    f.admin.post("/v1/access", &last).await.expect(201);
    mail.wait("last@example.net", 1).unwrap();
    let mut told = mail.wait("To: watch@example.net", 3).unwrap();
    assert_eq!((told.len(), mail.messages().unwrap().len()), (3, 4));
    for (subject, text) in [
        ("fail or are in doubt", "since 2021-12-20T09:10:00Z: no route"),
        ("is down", "at 2021-12-20T09:19:00Z: no route"),
        ("are complete again", "since 2021-12-20T09:32:00Z"),
    ] {
        let subject = format!("{code} {subject}");
        let found = told.iter().position(|message| message.contains(&subject)).unwrap();
        let message = told.remove(found);
        assert!(message.contains(text) && message.contains("(KVM)"), "{message}");
    }
}
