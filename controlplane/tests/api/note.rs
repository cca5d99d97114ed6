//! Notes on clients and their notifications (7.4).

use crate::fixture::{Fixture, column, items};
use schemas::{id::NoteId, time::Instant};
use serde_json::{Value, json};
use store::{Settings, Store, Visible, model::note::NewNote, queries};

/// 7.4-01, 7.4-02, 7.4-05, 7.4-06.
pub(crate) async fn a_note_is_written_edited_and_confirmed(f: &Fixture) {
    let partner = f.partner().await;
    f.client(&partner, "first", "base").await;
    let api = f.partner_admin(&partner);
    let body = json!({ "client": "first", "text": "Call back", "notify_at": "2021-12-21T09:30:00+03:00" });
    let note = api.post("/v1/note", &body).await.expect(201);
    assert_eq!((&note["author"], &note["system"]), (&json!(format!("{partner}-admin")), &json!(false)));
    assert_eq!((&note["notify_at"], &note["done"]), (&json!("2021-12-21T06:30:00Z"), &json!(false)));
    assert_eq!((&note["client"]["code"], &note["partner"]["code"]), (&json!("first"), &json!(partner)));
    let path = format!("/v1/note/{}", note["id"].as_str().unwrap());
    let edit = json!({ "text": "Call back soon", "notify_at": "2021-12-21T10:00:00Z" });
    let edited = api.put(&path, &edit).await.expect(200);
    assert_eq!((&edited["text"], &edited["version"]), (&edit["text"], &json!(2)));
    let done = api.post(&format!("{path}/confirm"), &json!(null)).await;
    assert!((200..300).contains(&done.status), "{}", done.text);
    assert_eq!((&done.json["done"], &done.json["version"]), (&json!(true), &json!(3)));
    // Done twice is done once.
    let again = api.post(&format!("{path}/confirm"), &json!(null)).await;
    assert_eq!(again.json, done.json);
    let actions = column(json!({ "items": f.events(&note["id"]).await }), "action");
    assert_eq!(actions, ["confirm", "update", "create"]);
    // An edit that does not speak of it leaves it done; one that does decides.
    assert_eq!(api.put(&path, &edit).await.expect(200)["done"], true);
    assert_eq!(api.patch(&path, &json!({ "done": null })).await.expect(200)["done"], true);
    assert_eq!(api.patch(&path, &json!({ "done": false })).await.expect(200)["done"], false);
    for bad in [json!({ "text": "" }), json!({ "text": "x".repeat(10_001) }), json!({ "text": null })] {
        assert_eq!(api.patch(&path, &bad).await.fields(), ["text"]);
    }
    assert_eq!(api.patch(&path, &json!({ "notify_at": "soon" })).await.fields(), ["notify_at"]);
    api.delete(&path).await.expect(204);
    api.get(&path).await.expect(404);
}

/// 7.4-08 to 7.4-10.
pub(crate) async fn notes_are_filtered(f: &Fixture) {
    let partner = f.partner().await;
    let client = f.client(&partner, "first", "base").await;
    f.client(&partner, "second", "base").await;
    by_system(f, client["id"].as_str().unwrap()).await;
    let api = f.partner_admin(&partner);
    let write = async |api: &testkit::api::Api, client: &str, text: &str, notify_at: Value| {
        let body = json!({ "client": client, "partner": partner, "text": text, "notify_at": notify_at });
        api.post("/v1/note", &body).await.expect(201)
    };
    write(&f.admin, "first", "old", json!(null)).await;
    write(&api, "first", "later", json!("2021-12-23T09:00:00Z")).await;
    // The next day in Moscow begins at 21:00 UTC.
    f.at("2021-12-20T21:00:00Z").await;
    write(&api, "first", "new", json!("2021-12-22T09:00:00Z")).await;
    write(&api, "second", "Новая", json!(null)).await;
    let list = async |query: &str| {
        let path = format!("/v1/note?partner={partner}&{query}");
        column(f.admin.get(&path).await.expect(200), "text")
    };
    assert_eq!(list("").await, ["Новая", "new", "later", "old", "by itself"]);
    assert_eq!(list("today=true").await, ["Новая", "new"]);
    assert_eq!(list("today=false").await, ["later", "old", "by itself"]);
    assert_eq!(list("author=admin").await, ["old"]);
    assert_eq!(list("system=true").await, ["by itself"]);
    assert_eq!(list("system=false&client=first&today=false").await, ["later", "old"]);
    assert_eq!(list("notification=true&sort=notify_at").await, ["by itself", "new", "later"]);
    assert_eq!(list("notify_from=2021-12-22T09:00:00Z&notify_to=2021-12-23T09:00:00Z").await, ["new"]);
    assert_eq!(list("sort=-notify_at&client=second").await, ["Новая"]);
    assert_eq!(list("q=%D0%BD%D0%BE%D0%B2").await, ["Новая"]);
    let note = items(f.admin.get(&format!("/v1/note?partner={partner}&q=later")).await.expect(200));
    let confirm = format!("/v1/note/{}/confirm", note[0]["id"].as_str().unwrap());
    assert_eq!(api.post(&confirm, &json!(null)).await.json["done"], true);
    assert_eq!(list("notification=true&done=false&sort=notify_at").await, ["by itself", "new"]);
    // A stranger's notes are none.
    let other = f.partner_admin(&f.partner().await);
    assert!(items(other.get("/v1/note").await.expect(200)).is_empty());
    // They go with their client.
    f.admin.delete(&format!("/v1/client/second?partner={partner}")).await.expect(204);
    assert_eq!(list("today=true").await, ["new"]);
}

/// A note as billing writes it.
async fn by_system(f: &Fixture, client: &str) {
    let store = Store::connect(f.database.url(), &Settings::default()).await.unwrap();
    let mut tx = store.begin().await.unwrap();
    let client =
        queries::client::find(&mut tx, &Visible::All, client.parse().unwrap()).await.unwrap().unwrap();
    let now: Instant = crate::fixture::START.parse().unwrap();
    let new = NewNote {
        partner_id: client.partner_id,
        public_id: NoteId::random(),
        client_id: client.id,
        body: "by itself".to_owned(),
        author: "system".to_owned(),
        system: true,
        notify_at: Some(now),
        done: false,
        created_at: now,
        due_at: None,
    };
    queries::note::insert(&mut tx, &new).await.unwrap();
    tx.commit().await.unwrap();
}
