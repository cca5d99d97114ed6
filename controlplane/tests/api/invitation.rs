//! Invitations: sent by mail, taken up by who follows the link, and lost by nobody.

use crate::{
    fixture::{Fixture, items, unique},
    user::{domain, user},
};
use serde_json::{Value, json};
use testkit::{
    api::Api,
    mail::{MailServer, link},
};

/// A partner with a domain and a client, on a server that sends mail.
struct Office {
    f: Fixture,
    mail: MailServer,
    partner: String,
    client: Value,
    owner: Api,
}

impl Office {
    async fn new(f: &Fixture) -> Self {
        let (f, mail) = f.another_with_mail();
        let partner = f.partner().await;
        domain(&f, &partner).await;
        let owner = f.partner_admin(&partner);
        let client = f.client(&partner, &unique("client"), "base").await;
        Self { f, mail, partner, client, owner }
    }

    fn body(&self, login: &str) -> Value {
        json!({
            "user": login, "role": "client_admin", "client": self.client["code"], "partner": self.partner,
        })
    }

    /// What an access object is like now.
    async fn status(&self, given: &Value) -> Value {
        let path = format!("/v1/access/{}", given["id"].as_str().unwrap());
        self.owner.get(&path).await.expect(200)["status"].clone()
    }

    fn nobody(&self) -> Api {
        Api::new(&self.f.server.url())
    }
}

pub(crate) async fn who_is_invited_becomes_a_user(f: &Fixture) {
    let office = Office::new(f).await;
    let login = "new.colleague@example.net";
    let given = office.owner.post_once("/v1/access", "invite", &office.body(login)).await.expect(201);
    assert_eq!(given["status"], "pending");
    let message = office.mail.wait("new.colleague", 1).unwrap().remove(0);
    let (path, name) = (link(&message), office.client["name"].as_str().unwrap());
    assert!(message.contains("To: new.colleague@example.net") && message.contains(name), "{message}");
    let secret = path.rsplit('/').next().unwrap();
    assert!(!office.f.database.dump().unwrap().contains(secret), "the link is stored as it is");
    let nobody = office.nobody();
    let seen = nobody.get(&path).await.expect(200);
    assert_eq!((&seen["user"], &seen["client"]["code"]), (&json!(login), &office.client["code"]));
    let accept = format!("{path}/accept");
    let weak = json!({ "password": "short" });
    assert_eq!(nobody.post(&accept, &weak).await.fields(), ["password"]);
    let acceptance = json!({ "name": "New Colleague", "password": "quite-a-long-one" });
    nobody.post(&accept, &acceptance).await.expect(200);
    assert_eq!(office.status(&given).await, "accepted");
    // A link leads in once.
    assert_eq!(nobody.get(&path).await.status, 404);
    assert_eq!(nobody.post(&accept, &acceptance).await.status, 404);
    let found = office.owner.get(&format!("/v1/user/{login}")).await.expect(200);
    assert_eq!(
        (&found["name"], &found["access"][0]["role"]),
        (&json!("New Colleague"), &json!("client_admin"))
    );
    let client = office.client["code"].as_str().unwrap();
    let arguments = ["--partner", &office.partner, "--client", client, "--role", "client_admin"];
    let arguments = [&["admin", "token", "--login", login], arguments.as_slice()].concat();
    let colleague = office.f.admin.with_token(&office.f.server.cli(&arguments).unwrap());
    assert_eq!(items(colleague.get("/v1/client").await.expect(200)).len(), 1);
    let events = office.f.admin.get("/v1/event?actor=new.colleague@example.net").await.expect(200);
    let actions: Vec<Value> = items(events).iter().map(|event| event["action"].clone()).collect();
    assert_eq!(actions, ["accept", "register"]);
    let written = [office.f.server.log(), office.f.database.dump().unwrap()];
    assert!(written.iter().all(|text| !text.contains("quite-a-long-one") && !text.contains(secret)));
}

pub(crate) async fn an_invitation_ends_and_is_sent_again(f: &Fixture) {
    let office = Office::new(f).await;
    let nobody = office.nobody();
    let given = office.owner.post("/v1/access", &office.body("late@example.net")).await.expect(201);
    let resend = format!("/v1/access/{}/resend_invitation", given["id"].as_str().unwrap());
    let first = link(&office.mail.wait("late@", 1).unwrap()[0]);
    assert_eq!(office.owner.post(&resend, &json!(null)).await.status, 429, "it was sent just now");
    office.f.at("2021-12-20T09:01:00Z").await;
    office.owner.post(&resend, &json!(null)).await.expect(200);
    let both: Vec<String> = office.mail.wait("late@", 2).unwrap().iter().map(|text| link(text)).collect();
    let second = both.iter().find(|path| **path != first).unwrap().clone();
    assert_eq!(nobody.get(&first).await.status, 404, "the link before ends");
    nobody.get(&second).await.expect(200);
    office.f.at("2021-12-28T09:00:00Z").await;
    assert_eq!(nobody.get(&second).await.status, 400);
    let acceptance = json!({ "password": "quite-a-long-one" });
    assert_eq!(nobody.post(&format!("{second}/accept"), &acceptance).await.status, 400);
    assert_eq!(office.status(&given).await, "expired");
    assert_eq!(office.owner.post(&resend, &json!(null)).await.expect(200)["status"], "pending");
    let all: Vec<String> = office.mail.wait("late@", 3).unwrap().iter().map(|text| link(text)).collect();
    let third = all.iter().find(|path| !both.contains(path)).unwrap();
    nobody.post(&format!("{third}/accept"), &acceptance).await.expect(200);
    // What was accepted is left as it is.
    assert_eq!(office.owner.post(&resend, &json!(null)).await.expect(200)["status"], "accepted");
    assert_eq!(office.mail.messages().unwrap().len(), 3);
    let path = format!("/v1/access/{}", given["id"].as_str().unwrap());
    office.owner.delete(&path).await.expect(204);
}

/// Who has an account that the inviting partner does not see proves both: the mailbox by the link, and the account.
pub(crate) async fn an_account_elsewhere_is_not_told_of(f: &Fixture) {
    let office = Office::new(f).await;
    let other = office.f.partner().await;
    let (home, login) = (domain(&office.f, &other).await, "known@example.net");
    let known = json!({ "login": login, "domain": home, "name": "Known", "password": "known-for-long" });
    office.f.admin.post("/v1/user", &known).await.expect(201);
    let given = office.owner.post("/v1/access", &office.body(login)).await.expect(201);
    assert_eq!((&given["status"], &given["name"]), (&json!("pending"), &json!(login)));
    let accept = format!("{}/accept", link(&office.mail.wait("known@", 1).unwrap()[0]));
    let nobody = office.nobody();
    let wrong = json!({ "name": "Mallory", "password": "somebody-elses" });
    assert_eq!(nobody.post(&accept, &wrong).await.fields(), ["password"]);
    assert_eq!(office.status(&given).await, "pending");
    nobody.post(&accept, &json!({ "password": "known-for-long" })).await.expect(200);
    assert_eq!(office.status(&given).await, "accepted");
    // One whom the partner sees is given access at once, without a message.
    let own = domain(&office.f, &office.partner).await;
    user(&office.owner, &own, "seen@example.net").await;
    let body = json!({ "user": "seen@example.net", "role": "partner_admin", "partner": office.partner });
    assert_eq!(office.owner.post("/v1/access", &body).await.expect(201)["status"], "accepted");
    assert_eq!(office.mail.messages().unwrap().len(), 1);
    // Where there is no domain to belong to, nobody new is invited.
    let bare = office.f.partner().await;
    let body = json!({ "user": "x@example.net", "role": "partner_admin", "partner": bare });
    assert_eq!(office.f.admin.post("/v1/access", &body).await.fields(), ["user"]);
}

pub(crate) async fn a_message_outlives_its_server(f: &Fixture) {
    let mail = MailServer::start().unwrap();
    let mut f = f.another();
    let partner = f.partner().await;
    domain(&f, &partner).await;
    let body = json!({ "user": "patient@example.net", "role": "partner_admin", "partner": partner });
    let refused = f.admin.call(reqwest::Method::POST, "/v1/access?dry_run=true").json(&body).send().await;
    refused.expect(201);
    f.admin.post("/v1/access", &body).await.expect(201);
    f.server.kill_hard();
    f.server.use_mail(&mail.url());
    f.server.restart().unwrap();
    mail.wait("patient@", 1).unwrap();
    // What is posted next comes after whatever would be sent twice.
    let body = json!({ "user": "next@example.net", "role": "partner_admin", "partner": partner });
    f.admin.post("/v1/access", &body).await.expect(201);
    mail.wait("next@", 1).unwrap();
    assert_eq!(mail.messages().unwrap().len(), 2, "what was tried only is not sent, and nothing twice");
}
