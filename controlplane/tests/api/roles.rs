//! Every endpoint as every role, against the table that is kept beside this suite.

use crate::{
    collector::{Hand, machine},
    fixture::{Fixture, START, client_body, observation, promotion_body, unique},
};
use reqwest::Method;
use schemas::{
    registry::{EndpointInfo, endpoints},
    time::Instant,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::fmt::Write;
use store::{Settings, Store, queries};
use testkit::api::Api;
use uuid::Uuid;

/// The password of the user.
const PASSWORD: &str = "correct-horse-7431";

/// The public key of the user.
const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAElkj5CjQFzRjBgMdTgX1qEV4CmbtEdkhRaovZv2QrR";

const TABLE: &str = include_str!("../roles.txt");

/// What the line of the callers begins with.
const HEAD: &str = "# operation";

/// What the names begin with of those who have a role at another client of the same partner.
const ELSEWHERE: &str = "x-";

/// The same at a client of another partner.
const ABROAD: &str = "y-";

/// The roles at a client.
const OF_CLIENT: [&str; 3] = ["client_support", "client_user", "client_admin"];

/// Whose objects are called: those of one partner, which `owner` administers and `stranger` does not.
pub(crate) struct World<'a> {
    f: &'a Fixture,
    partner: String,
    hypervisor: String,
    plan: String,
    client: Value,
    project: Value,
    note: Value,
    promotion: Value,
    payment: Value,
    domain: String,
    user: Value,
    access: Value,
    public_key: Value,
    /// A machine of the project, on a hypervisor of its own.
    machine: String,
    /// A partner that has nothing, to be deleted.
    empty: String,
    source: String,
    sequence: std::cell::Cell<i64>,
}

pub(crate) async fn every_endpoint_as_every_role(f: &Fixture) {
    let world = World::new(f).await;
    let callers = callers(&world).await;
    let words = TABLE.lines().take_while(|line| *line != "#").map(|line| format!("{line}\n"));
    let names: Vec<&str> = callers.iter().map(|(name, _)| *name).collect();
    let mut table: String = words.chain([format!("#\n{HEAD:<29}  {}\n", names.join("  "))]).collect();
    let mut told: Vec<String> = Vec::new();
    for endpoint in endpoints() {
        let mut row = format!("{:<29}", endpoint.id);
        for (name, api) in &callers {
            let answer = world.call(api, &endpoint).await;
            write!(row, "  {:>width$}", answer.status, width = name.len()).unwrap();
            let hidden = is_of_another(name) || name.starts_with(ELSEWHERE);
            if hidden && answer.status == 200 && world.shows(name, &answer.text) {
                told.push(format!("{name} {}: {}", endpoint.id, answer.text));
            }
        }
        writeln!(table, "{row}").unwrap();
    }
    assert_eq!((TABLE, told), (table.as_str(), Vec::new()), "the statuses are:\n{table}");
}

/// Whether a caller has its role with another partner.
fn is_of_another(name: &str) -> bool {
    name == "stranger" || name.starts_with(ABROAD)
}

async fn callers(world: &World<'_>) -> Vec<(&'static str, Api)> {
    let f = world.f;
    let token =
        |arguments: &[&str]| f.server.cli(&[&["admin", "token", "--login"], arguments].concat()).unwrap();
    let expired = token(&["expired", "--role", "platform_admin", "--valid-for", "1h"]);
    let revoked = token(&["revoked", "--role", "platform_admin"]);
    revoke(f, &revoked).await;
    f.at("2021-12-20T10:00:00Z").await;
    token(&["owner", "--partner", &world.empty]);
    let owner = token(&["owner", "--partner", &world.partner]);
    let foreign = f.partner().await;
    let stranger = token(&["stranger", "--partner", &foreign]);
    let of_client = |prefix: &str, partner: &str, client: &Value| {
        let over = ["--partner", partner, "--client", client["code"].as_str().unwrap()];
        OF_CLIENT.map(|role| {
            let login = format!("{prefix}{role}");
            token(&[&[login.as_str(), "--role", role][..], &over].concat())
        })
    };
    let abroad = f.client(&foreign, &unique("abroad"), "base").await;
    let [y_support, y_user, y_admin] = of_client(ABROAD, &foreign, &abroad);
    let other = f.client(&world.partner, &unique("other"), "base").await;
    let [x_support, x_user, x_admin] = of_client(ELSEWHERE, &world.partner, &other);
    let [support, user, admin] = of_client("", &world.partner, &world.client);
    world.assign("client_user").await;
    let acting = world.impersonation().await;
    let with = |token: &str| f.admin.with_token(token);
    vec![
        ("nobody", Api::new(&f.server.url())),
        ("bad", with("esu_0000000000000000000000000000000000000000000")),
        ("expired", with(&expired)),
        ("revoked", with(&revoked)),
        ("stranger", with(&stranger)),
        ("y-support", with(&y_support)),
        ("y-user", with(&y_user)),
        ("y-admin", with(&y_admin)),
        ("x-support", with(&x_support)),
        ("x-user", with(&x_user)),
        ("x-admin", with(&x_admin)),
        ("support", with(&support)),
        ("user", with(&user)),
        ("admin", with(&admin)),
        ("owner", with(&owner)),
        ("acting", with(&acting)),
        ("platform", f.admin.clone()),
    ]
}

async fn revoke(f: &Fixture, token: &str) {
    let store = Store::connect(f.database.url(), &Settings::default()).await.unwrap();
    let mut tx = store.begin().await.unwrap();
    let hash = Sha256::digest(token.as_bytes());
    let bearer = queries::account::find_bearer(&mut tx, &hash).await.unwrap().unwrap();
    let now: Instant = START.parse().unwrap();
    queries::account::revoke_token(&mut tx, bearer.token.id, now).await.unwrap();
    tx.commit().await.unwrap();
}

impl<'a> World<'a> {
    pub(crate) async fn new(f: &'a Fixture) -> Self {
        let (partner, empty) = (f.partner().await, unique("empty"));
        let hypervisor = f.hypervisor().await["code"].as_str().unwrap().to_owned();
        let patch = json!({ "hypervisors": [hypervisor] });
        f.admin.patch(&format!("/v1/partner/{partner}"), &patch).await.expect(200);
        let client = f.client(&partner, &unique("client"), "base").await;
        let plan = f.plan(&partner, &unique("plan"), &json!({})).await["code"].as_str().unwrap().to_owned();
        let body = json!({ "code": empty, "name": "Empty" });
        f.admin.post("/v1/partner", &body).await.expect(201);
        let source = f.source().await.code;
        let of_client = json!({ "partner": partner, "client": client["code"] });
        let made = async |noun: &str, mut body: Value, more: Value| {
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            f.admin.post(&format!("/v1/{noun}"), &body).await.expect(201)
        };
        let project = json!({ "code": unique("project"), "name": "P" });
        let project = made("project", of_client.clone(), project).await;
        let note = made("note", of_client.clone(), json!({ "text": unique("note") })).await;
        let promotion = f.promotion(&partner, &unique("promotion"), &json!({})).await;
        let domain = format!("{}.example.org", unique("domain"));
        made("domain", json!({ "partner": partner }), json!({ "name": domain })).await;
        let user = json!({ "login": unique("user"), "name": "U", "password": PASSWORD });
        let user = made("user", json!({ "domain": domain }), user).await;
        let access = json!({ "user": user["login"], "role": "client_user" });
        let access = made("access", of_client, access).await;
        let public_key = json!({ "user": user["login"], "name": "K", "public_key": KEY });
        let public_key = made("public_key", public_key, json!({})).await;
        let owner =
            format!("{partner}/{}/{}", client["code"].as_str().unwrap(), project["code"].as_str().unwrap());
        let id = Uuid::new_v4();
        let host = f.hypervisor().await["code"].as_str().unwrap().to_owned();
        Hand::of(f, &host, START).await.take(START, &[machine(id, &owner, 1, 512)]).await;
        let sequence = std::cell::Cell::new(0);
        let paid = json!({ "method": "bank_transfer", "amount": "100", "external_id": unique("paid") });
        let payment = made("payment", json!({ "contract": client["contract"]["id"] }), paid).await;
        Self {
            f,
            partner,
            hypervisor,
            plan,
            client,
            project,
            note,
            promotion,
            payment,
            domain,
            user,
            access,
            public_key,
            machine: id.to_string(),
            empty,
            source,
            sequence,
        }
    }

    /// Assigns the project of this world to a user, and no other.
    async fn assign(&self, login: &str) {
        let found = self.f.admin.get(&format!("/v1/access?user={login}")).await.expect(200);
        let path = format!("/v1/access/{}", found["items"][0]["id"].as_str().unwrap());
        self.f.admin.put(&path, &json!({ "projects": [self.project["code"]] })).await.expect(200);
    }

    /// A session in the place of a user who may do what `owner` may.
    async fn impersonation(&self) -> String {
        let login = self.new_user().await;
        for partner in [&self.empty, &self.partner] {
            let access = json!({ "user": login, "role": "partner_admin", "partner": partner });
            self.f.admin.post("/v1/access", &access).await.expect(201);
        }
        let path = format!("/v1/account/{login}/impersonate");
        let session = self.f.admin.post(&path, &json!(null)).await.expect(201);
        session["token"].as_str().unwrap().to_owned()
    }

    /// Whether an answer tells of this world. Those elsewhere are at a client of the same partner, on the same hypervisor.
    fn shows(&self, name: &str, text: &str) -> bool {
        let client = &self.client;
        let ids = [&client["id"], &client["contract"]["id"], &client["default_project"]["id"]];
        let ids = ids.into_iter().chain([
            &self.project["id"],
            &self.note["id"],
            &self.promotion["id"],
            &self.payment["external_id"],
            &self.user["id"],
            &self.user["login"],
            &self.access["id"],
            &self.public_key["id"],
        ]);
        let ids = ids.filter_map(Value::as_str);
        let names = [&self.partner, &self.hypervisor, &self.plan, &self.empty, &self.domain]
            .into_iter()
            .map(String::as_str)
            .filter(|word| is_of_another(name) || (*word != self.partner && *word != self.hypervisor));
        // `partner-1` is not told of by `partner-12`.
        let ends = |end: usize| !text[end..].starts_with(|next: char| next.is_ascii_digit());
        ids.chain(names).any(|word| text.match_indices(word).any(|(at, _)| ends(at + word.len())))
    }

    async fn call(&self, api: &Api, endpoint: &EndpointInfo) -> testkit::api::Answer {
        let (path, body) = self.request(endpoint).await;
        let call = api.call(endpoint.method.clone(), &path);
        match body {
            Some(body) => call.json(&body).send().await,
            None => call.send().await,
        }
    }

    /// Path and body of a call.
    pub(crate) async fn request(&self, endpoint: &EndpointInfo) -> (String, Option<Value>) {
        let (noun, verb) = endpoint.id.split_once('.').unwrap();
        let id = match verb {
            "delete" => self.to_delete(noun).await,
            _ => self.object(noun, verb),
        };
        let mut path = endpoint.path.replace("{id}", &id);
        if path.contains("{key}") {
            let made = self.f.admin.post("/v1/public_key", &self.body(noun, "create")).await.expect(201);
            path = path.replace("{key}", made["id"].as_str().unwrap());
        }
        if path.contains("{number}") {
            path = path.replace("{number}", &self.number(noun).await);
        }
        if verb == "report" {
            path.push_str("?from=2021-12-20&to=2021-12-20");
        }
        if noun == "effective_limits" {
            path = format!("{path}?partner={}", self.partner);
        }
        if noun == "quote" {
            path = format!("{path}?partner={}&tariff_plan=base&quantities=vdc:1", self.partner);
        }
        if noun == "plan_impact" {
            let days = "from=2021-12-20&to=2021-12-20&services=%7B%7D";
            path = format!("{path}?partner={}&tariff_plan=base&{days}", self.partner);
        }
        let takes_body = [Method::POST, Method::PUT, Method::PATCH].contains(&endpoint.method);
        let body = match endpoint.id {
            "access.create" => self.given_to(&self.new_user().await),
            _ if takes_body => self.body(noun, verb),
            _ => Value::Null,
        };
        (path, takes_body.then_some(body))
    }

    fn object(&self, noun: &str, verb: &str) -> String {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        match noun {
            "partner" | "clients" | "client_defaults" | "default_limits" => self.partner.clone(),
            "hypervisor" => self.hypervisor.clone(),
            "tariff_plan" => self.plan.clone(),
            "client" | "client_limits" => text(&self.client["id"]),
            "contract" => text(&self.client["contract"]["id"]),
            "project" => text(&self.project["id"]),
            "note" => text(&self.note["id"]),
            "promotion" => text(&self.promotion["id"]),
            "payment" => self.payment["id"].to_string(),
            "domain" => self.domain.clone(),
            "user" => text(&self.user["id"]),
            "public_key" if verb.ends_with("account") => text(&self.user["login"]),
            "public_key" => text(&self.public_key["id"]),
            "token" | "login_session" => text(&self.user["login"]),
            "access" => text(&self.access["id"]),
            "machine" => self.machine.clone(),
            "invitation" | "registration" => unique("none"),
            _ => String::new(),
        }
    }

    /// A fresh object where the one before may have been deleted.
    async fn to_delete(&self, noun: &str) -> String {
        let made = match noun {
            "tariff_plan" => self.f.plan(&self.partner, &unique("gone"), &json!({})).await,
            "client" => self.f.client(&self.partner, &unique("gone"), "base").await,
            "partner" => return self.empty.clone(),
            "access" => {
                let login = self.new_user().await;
                let made = self.f.admin.post("/v1/access", &self.given_to(&login)).await;
                made.expect(201)
            }
            "project" | "note" | "domain" | "promotion" | "user" | "public_key" => {
                let made = self.f.admin.post(&format!("/v1/{noun}"), &self.body(noun, "create")).await;
                made.expect(201)
            }
            other => return self.object(other, "delete"),
        };
        made["id"].as_str().unwrap().to_owned()
    }

    /// The number of a new token, or of a new session, of the user.
    async fn number(&self, noun: &str) -> String {
        let verb = if noun == "token" { "token" } else { "impersonate" };
        let path = format!("/v1/account/{}/{verb}", self.user["login"].as_str().unwrap());
        let body = if noun == "token" { self.body(noun, "create") } else { json!(null) };
        self.f.admin.post(&path, &body).await.expect(201)["id"].to_string()
    }

    /// A user who may do nothing.
    async fn new_user(&self) -> String {
        let body = self.body("user", "create");
        self.f.admin.post("/v1/user", &body).await.expect(201);
        body["login"].as_str().unwrap().to_owned()
    }

    /// Access of a user to the client.
    fn given_to(&self, login: &str) -> Value {
        json!({ "user": login, "role": "client_support", "client": self.client["code"], "partner": self.partner })
    }

    fn body(&self, noun: &str, verb: &str) -> Value {
        let (partner, code) = (&self.partner, unique("made"));
        let uri = "test+tcp://127.0.0.1:9/default";
        match (noun, verb) {
            ("note", "modify") => json!({ "text": "Rewritten" }),
            ("machine", "assign") => json!({ "project": self.project["id"] }),
            ("domain", "modify") => json!({ "registration_enabled": true }),
            ("client_defaults", _) => json!({ "lan_mbps": 10 }),
            ("client_limits" | "default_limits", _) => {
                json!({ "limits": { (self.hypervisor.as_str()): { "servers": 1 } } })
            }
            ("access", "resend_invitation")
            | ("note", "confirm")
            | ("hypervisor", "collect")
            | ("user", "reset_password") => json!(null),
            ("access", _) => json!({ "projects": ["default"] }),
            (_, "modify") => json!({ "name": "Renamed" }),
            ("tariff_plan", "clone") => json!({ "code": code, "name": "T" }),
            ("account", "change_notify") => json!({ "note": false }),
            ("account", _) => json!({ "old": "none-was-set", "new": "not-to-be-set" }),
            ("public_key", "create") => {
                json!({ "user": self.user["login"], "name": "K", "public_key": KEY })
            }
            ("public_key", _) => json!({ "name": "K" }),
            ("token", _) => json!({ "label": "T" }),
            ("login_session", "create") => json!({ "login": self.user["login"], "password": PASSWORD }),
            ("login_session", _) => json!(null),
            ("registration", "create") => json!({ "domain": "nowhere.example", "email": "a@example.net" }),
            ("invitation" | "registration", _) => json!({ "password": "not-to-be-set" }),
            ("user", "create") => json!({ "login": code, "domain": self.domain, "name": "U" }),
            ("user", _) => json!({ "name": "U" }),
            ("project", "create") => {
                json!({ "partner": partner, "client": self.client["code"], "code": code, "name": "P" })
            }
            ("project", _) => json!({ "name": "P" }),
            ("note", "create") => json!({ "partner": partner, "client": self.client["code"], "text": "N" }),
            ("note", _) => json!({ "text": "N" }),
            ("promotion", "create") => promotion_body(partner, &code),
            ("promotion", _) => {
                let mut body = promotion_body(partner, &code);
                body.as_object_mut().unwrap().retain(|name, _| name != "partner" && name != "code");
                body
            }
            ("domain", "create") => json!({ "partner": partner, "name": format!("{code}.example.org") }),
            ("domain", _) => json!({ "partner": partner }),
            ("partner", "create") => json!({ "code": code, "name": "P" }),
            ("partner", _) => json!({ "name": "P", "hypervisors": [self.hypervisor] }),
            ("hypervisor", "create") => json!({ "code": code, "type": "kvm", "name": "H", "uri": uri }),
            ("hypervisor", _) => json!({ "name": "H", "uri": uri }),
            ("tariff_plan", "create") => json!({ "partner": partner, "code": code, "name": "T" }),
            ("tariff_plan", _) => json!({ "name": "T" }),
            ("client", "create") => client_body(partner, &code, "base"),
            ("client", _) => json!({ "name": "C", "tariff_plan": "base" }),
            ("clients", _) => json!({ "code": code, "name": "C", "tariff_plan": "base" }),
            ("clock", _) => json!({ "now": "2021-12-20T10:00:00Z" }),
            ("batch", _) => {
                let path = format!("/v1/client/{}", unique("none"));
                json!({ "operations": [{ "method": "DELETE", "path": path }] })
            }
            ("idempotency", _) => json!({ "keys": [code] }),
            ("payment", _) => json!({
                "contract": self.client["contract"]["id"], "method": "yandex_kassa", "amount": "10",
                "external_id": code,
            }),
            ("contract", _) => json!({ "reference": code, "amount": "-10", "reason": "R" }),
            ("source", _) => json!({ "code": code }),
            ("observation", _) => self.batch(),
            other => panic!("no body for {other:?}"),
        }
    }

    fn batch(&self) -> Value {
        self.sequence.set(self.sequence.get() + 1);
        let owner = format!("{}/{}/default", self.partner, self.client["code"].as_str().unwrap());
        let id = Uuid::new_v4().to_string();
        let seen = observation(self.sequence.get(), &id, START, &owner, json!({ "kind": "vdc" }));
        json!({ "source": self.source, "epoch": 1, "observations": [seen] })
    }
}
