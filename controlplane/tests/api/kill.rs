//! The server is killed in the middle of what it does.

use crate::fixture::{Fixture, client_body, column, items};
use serde_json::json;
use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};
use testkit::server::{Server, Setup};

/// How many clients are created.
const CLIENTS: usize = 120;

/// How many callers there are at once.
const CALLERS: usize = 8;

pub(crate) async fn a_storm_of_creates_survives_sigkill(f: &Fixture) {
    // A second server on the same database is the one that is killed, three times.
    let setup = Setup::new(env!("CARGO_BIN_EXE_controlplane"), f.database.url());
    let partner = f.partner().await;
    let mut server = Server::start(setup.with_token(f.server.token())).unwrap();
    let api = server.admin();
    let answered = AtomicUsize::new(0);
    for kill in 1..=3 {
        let storm = (0..CALLERS).map(|caller| {
            let (api, partner, answered) = (&api, &partner, &answered);
            async move {
                for index in (caller..CLIENTS).step_by(CALLERS) {
                    let body = client_body(partner, &format!("c-{index:03}"), "base");
                    let answer = api.post_once("/v1/client", &format!("{partner}-{index}"), &body).await;
                    if answer.status == 0 {
                        return;
                    }
                    assert_eq!(answer.status, 201, "{}", answer.text);
                    answered.fetch_add(1, Ordering::SeqCst);
                }
            }
        });
        let enough = answered.load(Ordering::SeqCst) + CLIENTS / 4 * kill;
        let killed = async {
            while answered.load(Ordering::SeqCst) < enough {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            server.kill_hard();
        };
        tokio::join!(futures::future::join_all(storm), killed);
        server.restart().unwrap();
    }
    let mut ids = BTreeSet::new();
    for index in 0..CLIENTS {
        let body = client_body(&partner, &format!("c-{index:03}"), "base");
        let made = api.post_once("/v1/client", &format!("{partner}-{index}"), &body).await.expect(201);
        ids.insert(made["id"].as_str().unwrap().to_owned());
    }
    assert_eq!(ids.len(), CLIENTS);
    let listed = f.admin.get(&format!("/v1/client?partner={partner}&limit=1000")).await.expect(200);
    assert_eq!(column(listed, "id").into_iter().collect::<BTreeSet<_>>(), ids);
    for noun in ["contract", "project"] {
        let list = f.admin.get(&format!("/v1/{noun}?partner={partner}&limit=1000")).await.expect(200);
        assert_eq!(items(list).len(), CLIENTS, "{noun}");
    }
    let events = f.admin.get("/v1/event?object_kind=client&limit=1000").await.expect(200);
    let told: Vec<String> = column(events, "object_id");
    assert_eq!(told.len(), CLIENTS);
    assert_eq!(told.into_iter().collect::<BTreeSet<_>>(), ids);
    assert_eq!(
        f.admin.get("/v1/tariff_plan?code=base").await.expect(200)["items"][0]["contracts"],
        json!(CLIENTS)
    );
}
