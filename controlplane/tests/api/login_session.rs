//! Login sessions: by password, limited, listed and ended; and in somebody's place.

use crate::{
    fixture::{Fixture, items, unique},
    user::{domain, user},
};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use testkit::api::{Answer, Api};

const PASSWORD: &str = "correct-horse-7431";

/// A user of a new partner who has a password, and the partner's administrator.
async fn somebody(f: &Fixture) -> (String, String, Api) {
    let partner = f.partner().await;
    let owner = f.partner_admin(&partner);
    let login = unique("somebody");
    user(&owner, &domain(f, &partner).await, &login).await;
    owner.patch(&format!("/v1/user/{login}"), &json!({ "password": PASSWORD })).await.expect(200);
    (partner, login, owner)
}

async fn log_in(f: &Fixture, login: &str, password: &str) -> Answer {
    let api = Api::new(&f.server.url()).with_agent("browser/7");
    api.post("/v1/account/session", &json!({ "login": login, "password": password })).await
}

fn by(f: &Fixture, session: &Value) -> Api {
    f.admin.with_token(session["token"].as_str().unwrap())
}

pub(crate) async fn a_password_begins_a_session(f: &Fixture) {
    let f = f.another();
    let (_, login, owner) = somebody(&f).await;
    let session = log_in(&f, &login, PASSWORD).await.expect(201);
    let api = by(&f, &session);
    assert_eq!(session["account"]["login"], json!(login));
    assert_eq!(api.get("/v1/account/me").await.expect(200), session["account"]);
    // Id, time, device and address (8.8-01).
    let listed = items(api.get("/v1/account/me/session").await.expect(200));
    assert_eq!(listed.len(), 1);
    for (field, value) in [
        ("id", session["id"].clone()),
        ("ctime", json!("2021-12-20T09:00:00.000000")),
        ("device", json!("browser/7")),
        ("address", json!("127.0.0.1")),
        ("current", json!(true)),
        ("expires_at", json!("2022-01-19T09:00:00Z")),
        ("impersonator", json!(null)),
    ] {
        assert_eq!(listed[0][field], value, "{field}");
    }
    // A session is no token, and does what a token does (8.8-03).
    assert_eq!(api.get("/v1/account/me/token").await.expect(200)["total"], 0);
    let other = log_in(&f, &login, PASSWORD).await.expect(201);
    api.delete(&format!("/v1/account/me/session/{}", other["id"])).await.expect(204);
    assert_eq!(by(&f, &other).get("/v1/account/me").await.status, 401);
    // To end one's own is to log out (8.8-05).
    api.delete("/v1/account/me/session/current").await.expect(204);
    assert_eq!(api.get("/v1/account/me").await.status, 401);
    let told = items(f.admin.get("/v1/event?object_kind=login_session").await.expect(200));
    let told: Vec<_> = told.iter().map(|event| (&event["action"], &event["actor"])).collect();
    let of = |action: &str| (json!(action), json!(login));
    let expected = [of("delete"), of("delete"), of("create"), of("create")];
    assert_eq!(told, expected.iter().map(|(action, actor)| (action, actor)).collect::<Vec<_>>());
    // One ends when it was said.
    let short = json!({ "login": login, "password": PASSWORD, "valid_for": "1h" });
    let short = Api::new(&f.server.url()).post("/v1/account/session", &short).await.expect(201);
    let long = json!({ "login": login, "password": PASSWORD, "valid_for": "31d" });
    assert_eq!(Api::new(&f.server.url()).post("/v1/account/session", &long).await.fields(), ["valid_for"]);
    f.at("2021-12-20T10:00:00Z").await;
    assert_eq!(by(&f, &short).get("/v1/account/me").await.status, 401);
    assert_eq!(owner.get(&format!("/v1/account/{login}/session")).await.expect(200)["total"], 0);
}

/// Whoever may not come in learns nothing of why: neither from the words nor from the time.
pub(crate) async fn a_refused_login_tells_nothing(f: &Fixture) {
    let f = f.another();
    let (_, login, owner) = somebody(&f).await;
    let (_, blocked, its_owner) = somebody(&f).await;
    its_owner.patch(&format!("/v1/user/{blocked}"), &json!({ "blocked": true })).await.expect(200);
    let (_, without, _) = {
        let partner = f.partner().await;
        let owner = f.partner_admin(&partner);
        let login = unique("without");
        user(&owner, &domain(&f, &partner).await, &login).await;
        (partner, login, owner)
    };
    let cases = [
        (login.as_str(), "another-password"),
        ("nobody-at-all", PASSWORD),
        (blocked.as_str(), PASSWORD),
        (without.as_str(), PASSWORD),
    ];
    let mut texts = Vec::new();
    let mut shortest = [Duration::MAX; 4];
    // In turns, so that whatever else the machine does is spread over all of them.
    for _ in 0..8 {
        for ((login, password), least) in cases.iter().zip(&mut shortest) {
            let begun = Instant::now();
            let answer = log_in(&f, login, password).await;
            *least = begun.elapsed().min(*least);
            assert_eq!(answer.status, 401, "{}", answer.text);
            texts.push(answer.json["detail"].clone());
        }
    }
    texts.dedup();
    assert_eq!(texts, [json!("The login or the password is wrong.")]);
    // A hash takes twenty times what the rest of an answer does: who is not asked for it would be known at once.
    let (least, most) = (shortest.iter().min().unwrap(), shortest.iter().max().unwrap());
    assert!(*most < *least * 3, "how long it takes tells them apart: {shortest:?}");
    // Who is shut out afterwards is out, with every session.
    let session = log_in(&f, &login, PASSWORD).await.expect(201);
    owner.patch(&format!("/v1/user/{login}"), &json!({ "blocked": true })).await.expect(200);
    assert_eq!(by(&f, &session).get("/v1/account/me").await.status, 401);
}

/// Attempts count in the database: a restart, or another server, begins none anew.
pub(crate) async fn attempts_are_limited(f: &Fixture) {
    let mut f = f.another();
    let (_, login, _) = somebody(&f).await;
    let (_, other, _) = somebody(&f).await;
    for name in [login.as_str(), "nobody-at-all"] {
        for _ in 0..10 {
            assert_eq!(log_in(&f, name, "wrong-password").await.status, 401);
        }
        let refused = log_in(&f, name, PASSWORD).await;
        assert_eq!(refused.header("retry-after"), "900");
        assert_eq!(refused.alias(429), "rate_limited");
    }
    f.server.restart().unwrap();
    assert_eq!(log_in(&f, &login.to_uppercase(), PASSWORD).await.status, 429);
    log_in(&f, &other, PASSWORD).await.expect(201);
    f.at("2021-12-20T09:15:00Z").await;
    log_in(&f, &login, PASSWORD).await.expect(201);
    // Who came in begins anew; the address does not.
    for _ in 0..10 {
        assert_eq!(log_in(&f, &login, "wrong-password").await.status, 401);
    }
    assert_eq!(log_in(&f, &login, PASSWORD).await.status, 429);
    f.at("2021-12-20T09:30:00Z").await;
    log_in(&f, &login, PASSWORD).await.expect(201);
    f.database.execute("UPDATE login_attempt SET count = 100").unwrap();
    assert_eq!(log_in(&f, &unique("fresh"), PASSWORD).await.status, 429);
    // A hundred at once, of one login: no more than ten are tried.
    f.at("2021-12-20T09:45:00Z").await;
    let name = unique("flood");
    let calls = (0..30).map(|_| log_in(&f, &name, "wrong-password"));
    let statuses: Vec<u16> =
        futures::future::join_all(calls).await.into_iter().map(|answer| answer.status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 401).count(), 10, "{statuses:?}");
}

/// A user's session in the hands of who manages the user (8.4): both are named, and it is never a way to more.
pub(crate) async fn an_impersonation_names_both(f: &Fixture) {
    let f = f.another();
    let (partner, login, owner) = somebody(&f).await;
    f.server.cli(&["admin", "token", "--login", &login, "--partner", &partner]).unwrap();
    let path = format!("/v1/account/{login}/impersonate");
    let session = owner.post(&path, &json!(null)).await.expect(201);
    let api = by(&f, &session);
    let me = api.get("/v1/account/me").await.expect(200);
    let manager = format!("{partner}-admin");
    assert_eq!((&me["login"], &me["impersonator"]), (&json!(login), &json!(manager)));
    assert_eq!(owner.get("/v1/account/me").await.expect(200)["impersonator"], json!(null));
    f.client(&partner, "before", "base").await;
    api.patch(&format!("/v1/client/before?partner={partner}"), &json!({ "name": "B" })).await.expect(200);
    let told = items(owner.get("/v1/event?limit=1").await.expect(200));
    assert_eq!((&told[0]["actor"], &told[0]["impersonator"]), (&json!(login), &json!(manager)));
    f.server.cli(&["audit", "verify"]).unwrap();
    f.database.execute("UPDATE event SET impersonator = NULL").unwrap();
    assert!(f.server.cli(&["audit", "verify"]).is_err(), "who acted is vouched for too");
    // Nothing that outlasts it, and nobody further.
    for (path, body) in
        [("/v1/account/me/token".to_owned(), json!({ "label": "kept" })), (path.clone(), json!(null))]
    {
        assert_eq!(api.post(&path, &body).await.status, 403);
    }
    // The user sees it, and who it is.
    let listed = items(api.get("/v1/account/me/session").await.expect(200));
    assert_eq!((&listed[0]["impersonator"], &listed[0]["current"]), (&json!(manager), &json!(true)));
    // Leaving ends it (8.4-03).
    api.delete("/v1/account/me/session/current").await.expect(204);
    assert_eq!(api.get("/v1/account/me").await.status, 401);
    owner.get("/v1/account/me").await.expect(200);
    // Whoever does not manage the user, and whoever may do less, is not let in.
    let other = f.partner().await;
    assert_eq!(f.partner_admin(&other).post(&path, &json!(null)).await.status, 404);
    assert_eq!(owner.post("/v1/account/admin/impersonate", &json!(null)).await.status, 404);
    assert_eq!(owner.post("/v1/account/me/impersonate", &json!(null)).await.status, 403);
    let session = owner.post(&path, &json!(null)).await.expect(201);
    let api = by(&f, &session);
    api.get("/v1/account/me").await.expect(200);
    // Once the user may do more than who acts for it, that ends.
    f.server.cli(&["admin", "token", "--login", &login, "--partner", &other]).unwrap();
    assert_eq!(api.get("/v1/account/me").await.status, 401);
    assert_eq!(owner.post(&path, &json!(null)).await.status, 403);
}
