//! What every case starts from: a server on an empty database, and short ways to make what it needs.

use serde_json::{Value, json};
use std::sync::atomic::{AtomicU32, Ordering};
use testkit::{
    api::Api,
    database::TestDatabase,
    mail::MailServer,
    server::{Server, Setup},
};

/// Where the test clock starts: the day of the guide's figure 75, in Moscow 12:00.
pub(crate) const START: &str = "2021-12-20T09:00:00Z";

pub(crate) struct Fixture {
    pub(crate) server: Server,
    pub(crate) database: TestDatabase,
    pub(crate) admin: Api,
}

impl Fixture {
    pub(crate) fn sqlite() -> Self {
        Self::over(TestDatabase::sqlite().unwrap())
    }

    pub(crate) fn postgres() -> Self {
        Self::over(TestDatabase::postgres().unwrap())
    }

    /// An empty database of the same kind, with a server of its own.
    pub(crate) fn another(&self) -> Self {
        if self.database.url().starts_with("sqlite") { Self::sqlite() } else { Self::postgres() }
    }

    /// The same, with a server that logs everything.
    pub(crate) fn another_that_tells_all(&self) -> Self {
        let is_sqlite = self.database.url().starts_with("sqlite");
        let database = if is_sqlite { TestDatabase::sqlite() } else { TestDatabase::postgres() };
        Self::logging(database.unwrap(), "trace")
    }

    /// The same, with a server that sends mail, and where it sends it.
    pub(crate) fn another_with_mail(&self) -> (Self, MailServer) {
        let (mut f, mail) = (self.another(), MailServer::start().unwrap());
        f.server.use_mail(&mail.url());
        f.server.restart().unwrap();
        (f, mail)
    }

    fn over(database: TestDatabase) -> Self {
        Self::logging(database, "controlplane=debug,info")
    }

    fn logging(database: TestDatabase, log: &str) -> Self {
        let setup = Setup::new(env!("CARGO_BIN_EXE_controlplane"), database.url());
        let setup = setup.with_test_clock(START).with_log(log);
        let server = Server::start(setup).unwrap();
        let admin = server.admin();
        Self { server, database, admin }
    }

    /// A caller who administers a partner.
    pub(crate) fn partner_admin(&self, partner: &str) -> Api {
        let login = format!("{partner}-admin");
        let token = self.server.cli(&["admin", "token", "--login", &login, "--partner", partner]).unwrap();
        self.admin.with_token(&token)
    }

    /// Moves the test clock.
    pub(crate) async fn at(&self, instant: &str) {
        self.admin.put("/v1/clock", &json!({ "now": instant })).await.expect(200);
    }

    /// A partner with the plan `base`.
    pub(crate) async fn partner(&self) -> String {
        let code = unique("partner");
        self.admin.post("/v1/partner", &json!({ "code": code, "name": "Partner" })).await.expect(201);
        self.plan(&code, "base", &json!({})).await;
        code
    }

    pub(crate) async fn plan(&self, partner: &str, code: &str, services: &Value) -> Value {
        let body = json!({ "partner": partner, "code": code, "name": code, "services": services });
        self.admin.post("/v1/tariff_plan", &body).await.expect(201)
    }

    /// A client on a plan of its partner, who pays afterwards.
    pub(crate) async fn client(&self, partner: &str, code: &str, plan: &str) -> Value {
        let mut body = client_body(partner, code, plan);
        body["payment_model"] = json!("postpay");
        self.admin.post("/v1/client", &body).await.expect(201)
    }

    /// A promotion of its partner, with some fields of one's own.
    pub(crate) async fn promotion(&self, partner: &str, code: &str, own: &Value) -> Value {
        let mut body = promotion_body(partner, code);
        body.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
        self.admin.post("/v1/promotion", &body).await.expect(201)
    }

    /// A hypervisor that nobody misses, however far the clock is moved.
    pub(crate) async fn hypervisor(&self) -> Value {
        self.hypervisor_with(json!({ "poll_interval": "1h", "hold": "3650d" })).await
    }

    /// A hypervisor with some fields of one's own.
    pub(crate) async fn hypervisor_with(&self, own: Value) -> Value {
        let mut body = json!({
            "code": unique("kvm"), "type": "kvm", "name": "KVM",
            // The port discards: nobody answers there.
            "uri": "test+tcp://127.0.0.1:9/default", "disk_types": { "images": "ssd" },
        });
        body.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
        self.admin.post("/v1/hypervisor", &body).await.expect(201)
    }

    /// The newest events of an object.
    pub(crate) async fn events(&self, id: &Value) -> Vec<Value> {
        let path = format!("/v1/event?limit=1000&object_id={}", id.as_str().unwrap());
        items(self.admin.get(&path).await.expect(200))
    }

    /// A new external source, which is opened; observations count from 1 in its epoch.
    pub(crate) async fn source(&self) -> Feed<'_> {
        let code = unique("feed");
        let opened = self.admin.post("/v1/source", &json!({ "code": code })).await.expect(201);
        Feed { api: &self.admin, code, epoch: opened["epoch"].as_i64().unwrap(), sequence: 0 }
    }
}

/// A source of observations.
pub(crate) struct Feed<'a> {
    api: &'a Api,
    pub(crate) code: String,
    pub(crate) epoch: i64,
    sequence: i64,
}

impl Feed<'_> {
    /// Tells of a thing, by its id, at an instant; null is gone.
    pub(crate) async fn tell(&mut self, id: &str, at: &str, owner: &str, thing: Value) {
        self.sequence += 1;
        let batch = self.batch(&[observation(self.sequence, id, at, owner, thing)]);
        let receipt = self.api.post("/v1/observation", &batch).await.expect(201);
        assert_eq!(receipt, json!({ "accepted": 1, "duplicates": 0 }));
    }

    pub(crate) fn batch(&self, observations: &[Value]) -> Value {
        json!({ "source": self.code, "epoch": self.epoch, "observations": observations })
    }
}

pub(crate) fn observation(sequence: i64, id: &str, at: &str, owner: &str, thing: Value) -> Value {
    let mut told = json!({
        "sequence": sequence, "observed_at": at, "resource": id, "name": "thing", "owner": owner,
    });
    told["thing"] = thing;
    told
}

/// The body of a client.
pub(crate) fn client_body(partner: &str, code: &str, plan: &str) -> Value {
    json!({ "partner": partner, "code": code, "name": code, "tariff_plan": plan })
}

/// The body of a promotion that runs when the test clock starts: a machine of 1 vCPU, 1 GB and 10 GB on SSD for 3 a day.
pub(crate) fn promotion_body(partner: &str, code: &str) -> Value {
    json!({
        "partner": partner, "code": code, "name": code, "starts_on": "2021-12-01", "ends_on": "2021-12-31",
        "price_per_day": "3", "platform": "kvm", "vcpu": 1, "ram_gb": 1, "hdd_gb": 10, "disk_type": "ssd",
    })
}

/// A code that no other case has.
pub(crate) fn unique(stem: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("{stem}-{}", COUNT.fetch_add(1, Ordering::Relaxed))
}

/// The objects of a page.
pub(crate) fn items(page: Value) -> Vec<Value> {
    let Value::Object(mut page) = page else { panic!("no page") };
    let Some(Value::Array(items)) = page.remove("items") else { panic!("no items") };
    items
}

/// One field of every object of a page.
pub(crate) fn column(page: Value, name: &str) -> Vec<String> {
    items(page).iter().map(|item| item[name].as_str().unwrap().to_owned()).collect()
}
