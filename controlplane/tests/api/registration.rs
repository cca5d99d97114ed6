//! Self-registration: a client with its partner's defaults, for whoever reads a mailbox.

use crate::{
    fixture::{Fixture, unique},
    user::domain,
};
use serde_json::{Value, json};
use testkit::{
    api::Api,
    mail::{MailServer, link},
};

/// A partner with a domain, on a server that sends mail.
struct Shop {
    f: Fixture,
    mail: MailServer,
    partner: String,
    home: String,
    nobody: Api,
}

impl Shop {
    async fn new(f: &Fixture) -> Self {
        let (f, mail) = f.another_with_mail();
        let partner = f.partner().await;
        let home = domain(&f, &partner).await;
        let defaults = json!({ "tariff_plan": "base" });
        f.admin.put(&format!("/v1/partner/{partner}/client_defaults"), &defaults).await.expect(200);
        let nobody = Api::new(&f.server.url());
        Self { f, mail, partner, home, nobody }
    }

    async fn open(&self) {
        let fields = json!({ "registration_enabled": true, "aliases": [format!("www.{}", self.home)] });
        self.f.admin.patch(&format!("/v1/domain/{}", self.home), &fields).await.expect(200);
    }

    fn body(&self, email: &str) -> Value {
        json!({ "domain": self.home, "email": email, "client": "Own LLC" })
    }

    /// Registers, and follows the link.
    async fn registered(&self, email: &str) -> Value {
        self.nobody.post("/v1/registration", &self.body(email)).await.expect(201);
        let message = self.mail.wait(&format!("To: {email}"), 1).unwrap().remove(0);
        let confirmation = json!({ "name": "Own Person", "password": "quite-a-long-one" });
        self.nobody.post(&link(&message), &confirmation).await.expect(201)
    }

    async fn client(&self, made: &Value) -> Value {
        self.f.admin.get(&format!("/v1/client/{}", made["client"]["id"].as_str().unwrap())).await.expect(200)
    }
}

/// 5-01 to 5-07, 5.1-13.
pub(crate) async fn who_registers_begins_with_the_defaults_of_the_moment(f: &Fixture) {
    let shop = Shop::new(f).await;
    let body = shop.body("early@example.net");
    assert_eq!(shop.nobody.post("/v1/registration", &body).await.fields(), ["domain"], "it is not open");
    shop.open().await;
    let hypervisor = shop.f.hypervisor().await["code"].as_str().unwrap().to_owned();
    let path = format!("/v1/partner/{}", shop.partner);
    shop.f.admin.patch(&path, &json!({ "hypervisors": [hypervisor] })).await.expect(200);
    let defaults = json!({
        "balance": "100", "tariff_plan": "base", "internet_mbps": 50, "lan_mbps": 10,
        "payment_methods": ["yandex_kassa"], "payment_model": "prepay",
    });
    shop.f.admin.put(&format!("{path}/client_defaults"), &defaults).await.expect(200);
    let limits = json!({ "limits": { (hypervisor.as_str()): { "servers": 3 } } });
    shop.f.admin.put(&format!("{path}/default_limits"), &limits).await.expect(200);
    let made = shop.registered("first@example.net").await;
    assert_eq!((&made["user"], &made["client"]["name"]), (&json!("first@example.net"), &json!("Own LLC")));
    let first = shop.client(&made).await;
    assert_eq!((&first["internet"], &first["lan"]), (&json!(50), &json!(10)));
    assert_eq!(
        (&first["payment_methods"], &first["payment_model"]),
        (&json!(["yandex_kassa"]), &json!("prepay"))
    );
    assert_eq!(
        (&first["contract"]["balance"], &first["contract"]["billing_plan"]["code"]),
        (&json!(100), &json!("base"))
    );
    let own = format!("/v1/client/{}/limits", first["id"].as_str().unwrap());
    let servers = async || shop.f.admin.get(&own).await.expect(200)["limits"][&hypervisor]["servers"].clone();
    assert_eq!(servers().await, 3);
    // The user administers the client, and nothing else.
    let user = shop.f.admin.get("/v1/user/first@example.net").await.expect(200);
    assert_eq!(user["domain"]["name"], json!(shop.home));
    let held = user["access"].as_array().unwrap();
    assert_eq!((held.len(), &held[0]["role"]), (1, &json!("client_admin")));
    assert_eq!(held[0]["client"]["id"], made["client"]["id"]);
    // Other defaults reach who registers from then on, and nobody who is there.
    let later = json!({ "lan_mbps": 77, "tariff_plan": "base" });
    shop.f.admin.put(&format!("{path}/client_defaults"), &later).await.expect(200);
    shop.f.admin.delete(&format!("{path}/default_limits")).await.expect(204);
    let made = shop.registered("second@example.net").await;
    let second = shop.client(&made).await;
    assert_eq!((&second["lan"], &second["internet"]), (&json!(77), &json!(null)));
    assert_eq!(second["contract"]["balance"], json!(0));
    assert_eq!(shop.client(&json!({ "client": first })).await["lan"], json!(10));
    assert_eq!(servers().await, 3, "they are copies");
    // Nor whoever an administrator makes (5-07).
    let by_hand = shop.f.client(&shop.partner, &unique("client"), "base").await;
    assert_eq!((&by_hand["lan"], &by_hand["contract"]["balance"]), (&json!(1000), &json!(0)));
}

pub(crate) async fn nobody_learns_who_is_registered(f: &Fixture) {
    let shop = Shop::new(f).await;
    shop.open().await;
    shop.registered("known@example.net").await;
    let mut alias = shop.body("known@example.net");
    alias["domain"] = json!(format!("www.{}", shop.home));
    let known = shop.nobody.post("/v1/registration", &alias).await;
    let unknown = shop.nobody.post("/v1/registration", &shop.body("other@example.net")).await;
    assert_eq!((known.status, unknown.status), (201, 201));
    assert_eq!(known.text.replace("known", "other"), unknown.text);
    let told = shop.mail.wait("To: known@example.net", 2).unwrap();
    assert_eq!(told.iter().filter(|message| message.contains("There is an account")).count(), 1);
    // A link is a secret, leads in once and ends; a second message has to wait.
    let again = shop.nobody.post("/v1/registration", &shop.body("other@example.net")).await;
    assert_eq!(again.text, unknown.text);
    let path = link(&shop.mail.wait("To: other@example.net", 1).unwrap()[0]);
    let secret = path.split('/').nth(3).unwrap();
    assert!(!shop.f.database.dump().unwrap().contains(secret), "the link is stored as it is");
    let weak = json!({ "password": "short" });
    assert_eq!(shop.nobody.post(&path, &weak).await.fields(), ["password"]);
    let confirmation = json!({ "password": "quite-a-long-one" });
    shop.nobody.post(&path, &confirmation).await.expect(201);
    assert_eq!(shop.nobody.post(&path, &confirmation).await.status, 404);
    shop.nobody.post("/v1/registration", &shop.body("late@example.net")).await.expect(201);
    let path = link(&shop.mail.wait("To: late@example.net", 1).unwrap()[0]);
    shop.f.at("2021-12-21T09:00:00Z").await;
    assert_eq!(shop.nobody.post(&path, &confirmation).await.status, 400);
    assert_eq!(shop.mail.messages().unwrap().len(), 4);
    for (field, value) in [("email", "nobody"), ("email", "A@example.net"), ("domain", "nowhere.example")] {
        let mut body = shop.body("some@example.net");
        body[field] = json!(value);
        assert_eq!(shop.nobody.post("/v1/registration", &body).await.fields(), [field], "{value}");
    }
}

/// So many from an address, and so many in a domain, and no more.
pub(crate) async fn registrations_are_limited(f: &Fixture) {
    let shop = Shop::new(f).await;
    shop.open().await;
    let mut made = 0;
    for (at, most) in
        [("2021-12-20T09:00:00Z", 100), ("2021-12-20T09:16:00Z", 100), ("2021-12-20T10:01:00Z", 150)]
    {
        shop.f.at(at).await;
        while made < most {
            let body = shop.body(&format!("many-{made}@example.net"));
            shop.nobody.post("/v1/registration", &body).await.expect(201);
            made += 1;
        }
        let more = shop.nobody.post("/v1/registration", &shop.body("more@example.net")).await;
        assert_eq!(more.status, if most == 150 { 201 } else { 429 }, "{at}: {}", more.text);
    }
}
