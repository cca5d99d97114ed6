//! Users: who a partner lets in, and what keeps others out.

use crate::fixture::{Fixture, items, unique};
use reqwest::Method;
use serde_json::{Value, json};
use store::{Settings, Store, Visible, queries};
use testkit::api::Api;

/// A domain of a partner.
pub(crate) async fn domain(f: &Fixture, partner: &str) -> String {
    let name = format!("{}.example.org", unique("home"));
    f.admin.post("/v1/domain", &json!({ "name": name, "partner": partner })).await.expect(201);
    name
}

/// A user of a domain.
pub(crate) async fn user(api: &Api, domain: &str, login: &str) -> Value {
    api.post("/v1/user", &json!({ "login": login, "domain": domain, "name": login })).await.expect(201)
}

/// What is stored of a user's password.
async fn stored_hash(f: &Fixture, login: &str) -> Option<String> {
    let store = Store::connect(f.database.url(), &Settings::default()).await.unwrap();
    let mut reader = store.read().await.unwrap();
    let row = queries::user::find_by_login(&mut reader, &Visible::All, login).await.unwrap().unwrap();
    queries::user::password_hash(&mut reader, row.id).await.unwrap()
}

pub(crate) async fn a_user_is_made_changed_and_deleted(f: &Fixture) {
    let (partner, other) = (f.partner().await, f.partner().await);
    let (home, foreign) = (domain(f, &partner).await, domain(f, &other).await);
    let owner = f.partner_admin(&partner);
    let login = format!("{}@example.org", unique("ada"));
    let body = json!({ "login": login, "domain": home, "name": "Ada", "phone": "+79001234567" });
    let made = owner.post("/v1/user", &body).await.expect(201);
    // By default it may do nothing, and is let in.
    assert_eq!(
        (&made["access"], &made["active"], &made["blocked"]),
        (&json!([]), &json!(true), &json!(false))
    );
    assert_eq!((&made["domain"]["name"], &made["version"]), (&json!(home), &json!(1)));
    assert_eq!(made["partner"]["code"], json!(partner));
    assert_eq!(owner.post("/v1/user", &body).await.alias(409), "code_taken");
    // Only domains of the partner's can be chosen, and nobody is called what the system is.
    for (field, value) in
        [("domain", foreign.as_str()), ("login", "system"), ("login", "Ada@Example.org"), ("phone", "112")]
    {
        let mut wrong = body.clone();
        wrong["login"] = json!(unique("wrong"));
        wrong[field] = json!(value);
        assert_eq!(owner.post("/v1/user", &wrong).await.fields(), [field], "{value}");
    }
    let path = format!("/v1/user/{login}");
    let stranger = f.partner_admin(&other);
    assert_eq!(stranger.get(&path).await.status, 404);
    assert_eq!(stranger.get(&format!("/v1/user/{}", made["id"].as_str().unwrap())).await.status, 404);
    let seen = stranger.get("/v1/user?limit=1000").await.expect(200);
    assert!(!seen.to_string().contains(&login));
    // The login and the domain stay.
    let update = json!({ "name": "Ada L.", "blocked": true, "login": "other" });
    assert_eq!(owner.put(&path, &update).await.fields(), ["login"]);
    let put = owner.put(&path, &json!({ "name": "Ада Лавлейс", "blocked": true })).await.expect(200);
    assert_eq!((&put["phone"], &put["blocked"], &put["version"]), (&json!(null), &json!(true), &json!(2)));
    let found = |query: String| async move { items(f.admin.get(&query).await.expect(200)).len() };
    for (filter, count) in [
        (format!("partner={partner}"), 1),
        (format!("domain={home}&blocked=true&active=true"), 1),
        (format!("domain={home}&blocked=false"), 0),
        (format!("login={login}&q=лавл"), 1),
        (format!("q={login}"), 1),
        ("login=admin".to_owned(), 0),
    ] {
        assert_eq!(found(format!("/v1/user?{filter}")).await, count, "{filter}");
    }
    assert_eq!(f.admin.delete(&format!("/v1/domain/{home}")).await.alias(409), "has_dependents");
    owner.delete(&path).await.expect(204);
    assert_eq!(owner.get(&path).await.status, 404);
    let actions: Vec<_> = f.events(&made["id"]).await.iter().map(|event| event["action"].clone()).collect();
    assert_eq!(actions, ["delete", "update", "create"]);
    let told = owner.get("/v1/event?object_kind=user").await.expect(200);
    assert_eq!(told["total"], 3, "the partner reads of its users: {told}");
    f.admin.delete(&format!("/v1/domain/{home}")).await.expect(204);
}

pub(crate) async fn who_is_shut_out_has_no_valid_token(f: &Fixture) {
    let partner = f.partner().await;
    let home = domain(f, &partner).await;
    let owner = f.partner_admin(&partner);
    let login = unique("eve");
    user(&owner, &home, &login).await;
    let token = f.server.cli(&["admin", "token", "--login", &login, "--partner", &partner]).unwrap();
    let (eve, path) = (f.admin.with_token(&token), format!("/v1/user/{login}"));
    assert_eq!(eve.get("/v1/account/me").await.expect(200)["login"], json!(login));
    // A token from the command line does not rename the user.
    assert_eq!(owner.get(&path).await.expect(200)["access"][0]["role"], "partner_admin");
    for shut in [json!({ "blocked": true }), json!({ "active": false })] {
        assert_eq!(eve.patch(&path, &shut).await.status, 403, "nobody shuts itself out");
        owner.patch(&path, &shut).await.expect(200);
        assert_eq!(eve.get("/v1/account/me").await.status, 401);
        owner.patch(&path, &json!({ "blocked": false, "active": true })).await.expect(200);
        eve.get("/v1/account/me").await.expect(200);
    }
    assert_eq!(eve.delete(&path).await.status, 403);
    // Who may do more than its manager is not its manager's: a new password would be a way to more.
    let more = f.partner().await;
    f.server.cli(&["admin", "token", "--login", &login, "--partner", &more]).unwrap();
    let seen = owner.get(&path).await.expect(200);
    assert_eq!(seen["access"].as_array().unwrap().len(), 1, "of another partner nothing is told: {seen}");
    let reset = format!("{path}/reset_password");
    for answer in [
        owner.patch(&path, &json!({ "name": "Mine" })).await,
        owner.post(&reset, &json!(null)).await,
        owner.delete(&path).await,
    ] {
        assert_eq!(answer.status, 403);
    }
    f.admin.delete(&path).await.expect(204);
    assert_eq!(eve.get("/v1/account/me").await.status, 401);
}

pub(crate) async fn a_user_says_which_messages_it_gets(f: &Fixture) {
    let partner = f.partner().await;
    let (home, login) = (domain(f, &partner).await, unique("quiet"));
    let owner = f.partner_admin(&partner);
    let switches = |low_balance, note, collector| json!({ "low_balance": low_balance, "note": note, "collector": collector });
    let mut body = json!({ "login": login, "domain": home, "name": "Q", "notify": { "note": false } });
    let made = owner.post("/v1/user", &body).await.expect(201);
    assert_eq!(made["notify"], switches(true, false, true));
    let path = format!("/v1/user/{login}");
    // What is left out is the user's to say; what is given is whole, and a patch is merged into it.
    let put = owner.put(&path, &json!({ "name": "R" })).await.expect(200);
    assert_eq!(put["notify"], switches(true, false, true));
    let put = owner.put(&path, &json!({ "name": "R", "notify": { "collector": false } })).await.expect(200);
    assert_eq!(put["notify"], switches(true, true, false));
    let patched = owner.patch(&path, &json!({ "notify": { "low_balance": false } })).await.expect(200);
    assert_eq!(patched["notify"], switches(false, true, false));
    // There is no switch for what nobody is told of.
    for (wrong, field) in [
        (json!({ "vm": true }), "notify.vm"),
        (json!({ "note": "yes" }), "notify.note"),
        (json!(true), "notify"),
    ] {
        body["notify"] = wrong;
        assert_eq!(owner.post("/v1/user", &body).await.fields(), [field]);
    }
    // The user itself, who may do nothing else.
    let token = f.server.cli(&["admin", "token", "--login", &login, "--partner", &partner]).unwrap();
    let own = f.admin.with_token(&token);
    assert_eq!(own.get("/v1/account/me").await.expect(200)["notify"], switches(false, true, false));
    let said = own.put("/v1/account/notify", &json!({ "note": false })).await.expect(200);
    assert_eq!(said, switches(true, false, true));
    assert_eq!(own.put("/v1/account/notify", &json!({ "note": null })).await.fields(), ["note"]);
    let seen = owner.get(&path).await.expect(200);
    assert_eq!((&seen["notify"], &seen["version"]), (&said, &json!(5)));
    let told = f.events(&made["id"]).await.remove(0);
    assert_eq!((&told["action"], &told["actor"]), (&json!("change_notify"), &json!(login)));
    assert_eq!(
        (&told["before"]["notify"], &told["after"]["notify"]),
        (&switches(false, true, false), &switches(true, false, true))
    );
    // One of the platform's own is no user, and says so as well.
    let said = f.admin.put("/v1/account/notify", &json!({ "collector": false })).await.expect(200);
    assert_eq!(f.admin.get("/v1/account/me").await.expect(200)["notify"], said);
}

pub(crate) async fn a_password_is_kept_as_a_hash(f: &Fixture) {
    let partner = f.partner().await;
    let home = domain(f, &partner).await;
    let (login, first, second) = (unique("pass"), "correct-horse-3381", "battery-staple-1170");
    let mut body =
        json!({ "login": login, "domain": home, "name": "P", "password": first, "password_version": 1 });
    let made = f.admin.post_once("/v1/user", &unique("key"), &body).await;
    let (made, path) = (made.expect(201), format!("/v1/user/{login}"));
    let hash = stored_hash(f, &login).await.unwrap();
    assert!(hash.starts_with("$argon2id$") && made.get("password").is_none(), "{made}");
    // The version that is known leaves what the user has made of the password; another one, or none, sets it.
    let mut update = json!({ "name": "Q", "password": second, "password_version": 1 });
    f.admin.put(&path, &update).await.expect(200);
    assert_eq!(stored_hash(f, &login).await.as_ref(), Some(&hash));
    update["password_version"] = json!(2);
    f.admin.put(&path, &update).await.expect(200);
    let changed = stored_hash(f, &login).await.unwrap();
    assert_ne!(changed, hash);
    f.admin.put(&path, &json!({ "name": "Q", "password_version": 3 })).await.expect(200);
    assert_eq!(stored_hash(f, &login).await, Some(changed));

    let token = f.server.cli(&["admin", "token", "--login", &login, "--partner", &partner]).unwrap();
    let own = f.admin.with_token(&token);
    let change = json!({ "old": first, "new": "quite-another-5524" });
    assert_eq!(own.put("/v1/account/password", &change).await.fields(), ["old"]);
    let change = json!({ "old": second, "new": "quite-another-5524" });
    own.put("/v1/account/password", &change).await.expect(204);
    assert_eq!(own.put("/v1/account/password", &change).await.fields(), ["old"]);

    // A generated one is told once, and a repetition makes another.
    let reset = async || {
        let answer = f.admin.post_once(&format!("{path}/reset_password"), "reset", &json!(null)).await;
        assert_eq!(answer.header("idempotent-replayed"), "");
        answer.expect(200)["password"].as_str().unwrap().to_owned()
    };
    let generated = [reset().await, reset().await];
    assert_ne!(generated[0], generated[1]);
    // What is around it is not kept either.
    let operations =
        json!({ "operations": [{ "method": "POST", "path": format!("{path}/reset_password") }] });
    let batch = f.admin.post_once("/v1/batch", "batch", &operations).await.expect(200);
    let in_batch = batch["results"][0]["body"]["password"].as_str().unwrap().to_owned();
    assert!(!f.database.dump().unwrap().contains(&in_batch), "the answer of a batch is kept");
    let change = json!({ "old": in_batch, "new": "and-the-last-7702" });
    own.put("/v1/account/password", &change).await.expect(204);

    // Neither what is wrong with one nor anything that is written tells one.
    body["login"] = json!(unique("pass"));
    let wrong: Vec<String> = ["s3cr3t!", &"s3cr3t!".repeat(20)].map(str::to_owned).to_vec();
    for password in &wrong {
        body["password"] = json!(password);
        let refused = f.admin.post("/v1/user", &body).await;
        assert_eq!(refused.clone().fields(), ["password"]);
        assert!(!refused.text.contains("s3cr3t!"), "{}", refused.text);
    }
    body["password"] = json!({ "s3cr3t!": 1 });
    let refused = f.admin.post("/v1/user", &body).await;
    assert!(
        refused.clone().fields() == ["password"] && !refused.text.contains("s3cr3t!"),
        "{}",
        refused.text
    );
    let broken = format!("{{\"password\":\"{first}\",}}");
    let broken = f.admin.call(Method::POST, "/v1/user").text(&broken).send().await;
    let told = f.admin.get("/v1/event?limit=1000").await.text;
    let stored = f.database.dump().unwrap();
    assert!(stored.contains(&login) && stored.contains("$argon2id$"), "the dump is searched");
    let written = [f.server.log(), told, broken.text, stored];
    for secret in [first, second, "quite-another-5524", "and-the-last-7702", &generated[0], &generated[1]] {
        assert!(written.iter().all(|text| !text.contains(secret)), "{secret} is written somewhere");
    }
}

/// A user has no roles of its own to be set with it: those over partners and clients are access objects, and that of the
/// platform is given by who has the server (3.3.1-08).
pub(crate) async fn a_role_of_the_platform_is_the_platforms_own(f: &Fixture) {
    let partner = f.partner().await;
    let home = domain(f, &partner).await;
    let owner = f.partner_admin(&partner);
    let login = unique("robot");
    let path = format!("/v1/user/{login}");
    user(&owner, &home, &login).await;
    for api in [&owner, &f.admin] {
        for (field, roles) in [
            ("roles", json!(["platform_admin"])),
            ("role", json!("platform_admin")),
            ("access", json!([{ "role": "platform_admin" }])),
        ] {
            let body = json!({ "login": unique("robot"), "domain": home, "name": "R", (field): roles });
            assert_eq!(api.post("/v1/user", &body).await.fields(), [field]);
            assert_eq!(api.patch(&path, &json!({ (field): roles })).await.fields(), [field]);
        }
        let given = api.post("/v1/access", &json!({ "user": login, "role": "platform_admin" })).await;
        assert_eq!(given.fields(), ["role"]);
    }
    assert_eq!(owner.get(&path).await.expect(200)["access"], json!([]));
    let arguments = ["admin", "token", "--login", &login, "--role", "platform_admin"];
    let robot = f.admin.with_token(&f.server.cli(&arguments).unwrap());
    let me = robot.get("/v1/account/me").await.expect(200);
    assert_eq!(me["access"], json!([{ "role": "platform_admin", "partner": null, "client": null }]));
    robot.get("/v1/clock").await.expect(200);
    // It is no access object: nobody is told of it as of one, and the partner manages the user no more.
    assert_eq!(f.admin.get(&format!("/v1/access?user={login}")).await.expect(200)["total"], 0);
    assert_eq!(owner.patch(&path, &json!({ "name": "Mine" })).await.status, 403);
    assert_eq!(owner.post(&format!("{path}/reset_password"), &json!(null)).await.status, 403);
}
