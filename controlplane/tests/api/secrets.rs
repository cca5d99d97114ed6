//! Secrets: everything is logged that can be, and then everything is searched that was written anywhere.

use crate::{
    fixture::{Fixture, unique},
    public_key::private_part,
    user::{domain, user},
};
use serde_json::{Value, json};
use testkit::{
    api::Api,
    mail::{MailServer, link},
};

/// What those choose who follow a link.
const CHOSEN: &str = "glass-harbour-6319";

const PASSWORDS: [&str; 5] = [
    "correct-horse-1864",
    "battery-staple-2975",
    "velvet-anchor-3086",
    "copper-lantern-4197",
    "paper-falcon-5208",
];

fn token(made: &Value) -> String {
    made["token"].as_str().unwrap().to_owned()
}

/// Uses passwords, tokens and sessions in every way there is, and answers all that were ever told.
async fn lived(f: &Fixture) -> (String, Vec<String>) {
    let [of_hypervisor, of_user, changed, wrong, refused] = PASSWORDS;
    let partner = f.partner().await;
    let owner_token = f.server.cli(&["admin", "token", "--login", "owner", "--partner", &partner]).unwrap();
    let owner = f.admin.with_token(&owner_token);
    let hypervisor = json!({ "username": "root", "password": of_hypervisor, "password_version": 1 });
    f.hypervisor_with(hypervisor).await;
    let login = unique("keeper");
    user(&owner, &domain(f, &partner).await, &login).await;
    let path = format!("/v1/user/{login}");
    owner.patch(&path, &json!({ "password": of_user, "phone": 7 })).await.expect(400);
    owner.patch(&path, &json!({ "password": of_user })).await.expect(200);
    owner.patch(&path, &json!({ "password": { "text": refused } })).await.expect(400);
    let anybody = Api::new(&f.server.url());
    let log_in = async |password: &str| {
        anybody.post("/v1/account/session", &json!({ "login": login, "password": password })).await
    };
    log_in(wrong).await.expect(401);
    anybody.post("/v1/account/session", &json!({ "login": login, "password": [refused] })).await.expect(400);
    let session = log_in(of_user).await.expect(201);
    let own = f.admin.with_token(&token(&session));
    own.put("/v1/account/password", &json!({ "old": wrong, "new": changed })).await.expect(400);
    let key = unique("once");
    let change = own.call(reqwest::Method::PUT, "/v1/account/password").header("idempotency-key", &key);
    change.json(&json!({ "old": of_user, "new": changed })).send().await.expect(204);
    let account = |what: &str| format!("/v1/account/{login}/{what}");
    let made = owner.post_once(&account("token"), &key, &json!({ "label": "T" })).await.expect(201);
    let tried = owner.post(&format!("{}?dry_run=true", account("token")), &json!({ "label": "T" })).await;
    let batch = json!({ "operations": [{
        "method": "POST", "path": account("token"), "body": { "label": "B" }, "idempotency_key": unique("once"),
    }] });
    let batch = owner.post("/v1/batch", &batch).await.expect(200);
    let acting = owner.post_once(&account("impersonate"), &unique("once"), &json!(null)).await.expect(201);
    let reset =
        owner.post_once(&format!("{path}/reset_password"), &unique("once"), &json!(null)).await.expect(200);
    let bad = format!("{}00", token(&made));
    f.admin.with_token(&bad).get("/v1/account/me").await.expect(401);
    let mut secrets = vec![owner_token, f.server.token().to_owned(), bad];
    secrets.extend([&session, &made, &tried.expect(201), &batch["results"][0]["body"], &acting].map(token));
    secrets.push(reset["password"].as_str().unwrap().to_owned());
    secrets.extend(PASSWORDS.map(str::to_owned));
    (login, secrets)
}

/// Has pairs of keys made in every way there is, and answers the private halves.
async fn pairs(f: &Fixture, login: &str) -> Vec<String> {
    let (path, body) = (format!("/v1/account/{login}/key"), json!({ "name": "K" }));
    let once = unique("once");
    let made = f.admin.post_once(&path, &once, &body).await.expect(201);
    let again = f.admin.post_once(&path, &once, &body).await.expect(201);
    let tried = f.admin.post(&format!("{path}?dry_run=true"), &body).await.expect(201);
    let batch = json!({ "operations": [
        { "method": "POST", "path": path, "body": body, "idempotency_key": unique("once") },
    ] });
    let batch = f.admin.post_once("/v1/batch", &unique("once"), &batch).await.expect(200);
    [&made, &again, &tried, &batch["results"][0]["body"]].map(private_part).to_vec()
}

/// Invites somebody and has somebody register, and answers what their links hold.
async fn invited(f: &Fixture, mail: &MailServer) -> Vec<String> {
    let partner = f.partner().await;
    let home = domain(f, &partner).await;
    let open = json!({ "registration_enabled": true });
    f.admin.patch(&format!("/v1/domain/{home}"), &open).await.expect(200);
    let defaults = json!({ "tariff_plan": "base" });
    f.admin.put(&format!("/v1/partner/{partner}/client_defaults"), &defaults).await.expect(200);
    let guest = json!({ "user": "guest@example.net", "role": "partner_admin", "partner": partner });
    f.admin.post("/v1/access", &guest).await.expect(201);
    let anybody = Api::new(&f.server.url());
    let buyer = json!({ "domain": home, "email": "buyer@example.net" });
    anybody.post("/v1/registration", &buyer).await.expect(201);
    let mut secrets = vec![CHOSEN.to_owned()];
    for (who, to, status) in [("To: guest@", "/accept", 200), ("To: buyer@", "", 201)] {
        let path = link(&mail.wait(who, 1).unwrap()[0]);
        secrets.push(path.split('/').nth(3).unwrap().to_owned());
        anybody.post(&format!("{path}{to}"), &json!({ "password": CHOSEN })).await.expect(status);
    }
    secrets
}

pub(crate) async fn no_secret_is_written_anywhere(f: &Fixture) {
    let (mut f, mail) = (f.another_that_tells_all(), MailServer::start().unwrap());
    f.server.use_mail(&mail.url());
    f.server.restart().unwrap();
    let (login, mut secrets) = lived(&f).await;
    secrets.extend(invited(&f, &mail).await);
    secrets.extend(pairs(&f, &login).await);
    let events = f.admin.get("/v1/event?limit=1000").await.text;
    let mut places = vec![
        ("the log", f.server.log().into_bytes()),
        ("the audit log", events.into_bytes()),
        ("the database", f.database.dump().unwrap().into_bytes()),
    ];
    if let Some(path) = f.database.url().strip_prefix("sqlite:") {
        for file in [path.to_owned(), format!("{path}-wal")] {
            places.push(("a file of the database", std::fs::read(file).unwrap()));
        }
    }
    let has = |bytes: &[u8], text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    // What is no secret is found, so that the search sees what there is.
    assert!(has(&places[0].1, "DEBUG") && has(&places[1].1, &login) && has(&places[2].1, &login));
    for (place, bytes) in &places {
        for secret in &secrets {
            assert!(!has(bytes, secret), "{secret} is in {place}");
            // A token begins with what it is recognized by; the rest is nowhere.
            let end = &secret[secret.len() - 12..];
            assert!(!has(bytes, end), "the end of {secret} is in {place}");
        }
    }
}
