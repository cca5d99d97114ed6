//! How contracts stand: prepaid balances that are used up, and what money does about it (B1 to B5).

use crate::{
    collector::{Hand, machine},
    fixture::{Fixture, client_body, items, unique},
    user::{domain, user},
};
use serde_json::{Value, json};
use std::time::Duration;
use store::{Settings, Store, Visible, queries};

/// When things begin: in Moscow at noon.
const BEGIN: &str = "2022-07-01T09:00:00Z";

/// A prepaid client with a machine of 6 a day and a data centre of 10 a day.
struct Prepaid<'a> {
    f: &'a Fixture,
    partner: String,
    client: Value,
}

impl<'a> Prepaid<'a> {
    async fn new(f: &'a Fixture, paid: &str, more: &Value) -> Self {
        f.at(BEGIN).await;
        let partner = f.partner().await;
        let daily = |price: &str| json!({ "price": price, "period": "day", "calendar": true });
        f.plan(&partner, "gold", &json!({ "kvm_cpu": daily("6"), "vdc": daily("10") })).await;
        let mut body = client_body(&partner, "first", "gold");
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let client = f.admin.post("/v1/client", &body).await.expect(201);
        let it = Self { f, partner, client };
        if paid != "0" {
            it.pay(paid).await;
        }
        let hypervisor = f.hypervisor().await;
        let mut hand = Hand::of(f, hypervisor["code"].as_str().unwrap(), BEGIN).await;
        let owner = format!("{}/first/default", it.partner);
        hand.take(BEGIN, &[machine(uuid::Uuid::new_v4(), &owner, 1, 1024)]).await;
        let id = uuid::Uuid::new_v4().to_string();
        f.source().await.tell(&id, BEGIN, &owner, json!({ "kind": "vdc" })).await;
        it
    }

    fn path(&self, more: &str) -> String {
        format!("/v1/contract/{}{more}", self.client["contract"]["id"].as_str().unwrap())
    }

    /// Gives the client somebody who administers it.
    async fn administrator(&self, login: &str) {
        let home = domain(self.f, &self.partner).await;
        user(&self.f.admin, &home, login).await;
        let body = json!({
            "user": login, "role": "client_admin", "client": "first", "partner": self.partner,
        });
        self.f.admin.post("/v1/access", &body).await.expect(201);
    }

    async fn pay(&self, amount: &str) -> Value {
        let body = json!({
            "method": "bank_transfer", "contract": self.client["contract"]["id"], "amount": amount,
            "external_id": unique("transfer"),
        });
        self.f.admin.post("/v1/payment", &body).await.expect(201)
    }

    async fn correct(&self, amount: &str) {
        let body = json!({ "reference": unique("letter"), "amount": amount, "reason": "R" });
        self.f.admin.post(&self.path("/correction"), &body).await.expect(201);
    }

    async fn edit(&self, fields: &Value) {
        let path = format!("/v1/client/{}", self.client["id"].as_str().unwrap());
        self.f.admin.patch(&path, fields).await.expect(200);
    }

    async fn contract(&self) -> Value {
        self.f.admin.get(&self.path("")).await.expect(200)
    }

    /// The contract once it stands so: what time and use do to it is done beside the calls.
    async fn once(&self, state: &str) -> Value {
        for _ in 0..200 {
            let contract = self.contract().await;
            if contract["state"] == state {
                return contract;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("it never is {state}: {}", self.contract().await);
    }

    async fn total(&self, day: &str) -> String {
        let report = self.f.admin.get(&self.path(&format!("/report?from={day}&to={day}"))).await.expect(200);
        report["total"].as_str().unwrap().to_owned()
    }

    /// The kinds of the contract's facts, but those of its plan.
    async fn facts(&self) -> Vec<String> {
        let store = Store::connect(self.f.database.url(), &Settings::default()).await.unwrap();
        let mut reader = store.read().await.unwrap();
        let id = self.client["contract"]["id"].as_str().unwrap().parse().unwrap();
        let contract = queries::contract::find(&mut reader, &Visible::All, id).await.unwrap().unwrap();
        let facts = queries::contract::facts(&mut reader, contract.partner_id, contract.id)
            .await
            .unwrap()
            .into_iter();
        facts.map(|fact| fact.kind).filter(|kind| kind != "plan_assigned").collect()
    }

    /// How often its people were told of something.
    async fn notes(&self, words: &str) -> usize {
        let path = format!("/v1/note?partner={}&client=first&system=true&limit=100", self.partner);
        let notes = items(self.f.admin.get(&path).await.expect(200));
        notes.iter().filter(|note| note["text"].as_str().unwrap().contains(words)).count()
    }
}

/// B2, B3, invariant 17, 5.1-08: the instant is known ahead; from it on the machine is not charged, the rest is. Whether
/// the clock jumps over it or walks changes nothing.
pub(crate) async fn a_prepaid_balance_ends_when_it_was_said(f: &Fixture) {
    for walks in [false, true] {
        let own = f.another();
        let it = Prepaid::new(&own, "100", &json!({})).await;
        own.at("2022-07-01T09:01:00Z").await;
        own.server.cli(&["bill", "run"]).unwrap();
        it.pay("0.5").await;
        let active = it.contract().await;
        // 84.5 on the 1st, 4.5 on the 6th: the 7th cannot be paid.
        assert_eq!((&active["state"], &active["balance"]), (&json!("active"), &json!(84.5)));
        assert_eq!(active["exhausts_at"], "2022-07-06T21:00:00Z");
        if walks {
            for hour in 0..9 * 8 {
                let at = format!("2022-07-{:02}T{:02}:30:00Z", 2 + hour / 8, hour % 8 * 3);
                own.at(&at).await;
            }
        }
        own.at("2022-07-10T23:00:00Z").await;
        let ended = it.once("suspended").await;
        assert_eq!(ended["state_since"], "2022-07-06T21:00:00Z", "walks: {walks}");
        assert_eq!(ended["state_cause"]["fact"], "machines_stopped");
        assert_eq!(it.facts().await, ["charging_held", "machines_stopped"]);
        assert_eq!(
            (it.total("2022-07-06").await, it.total("2022-07-07").await),
            ("-16".into(), "-10".into())
        );
        // The data centre went on: 4.5 less 10 for each of the 7th to the 11th, in Moscow's days.
        assert_eq!(ended["balance"], json!(-45.5));
        assert_eq!(it.notes("is used up").await, 1);
        own.server.cli(&["bill", "run"]).unwrap();
        assert_eq!(it.contract().await["balance"], json!(-45.5), "booked as it was shown");
    }
}

/// B4: money starts again what was stopped, as soon as what falls due at once can be paid, and only then.
pub(crate) async fn money_starts_what_was_stopped(f: &Fixture) {
    let own = f.another();
    let it = Prepaid::new(&own, "30", &json!({})).await;
    own.at("2022-07-03T09:00:00Z").await;
    // 14 on the 1st; the 2nd would cost 16, of which the machine's 6 are not charged.
    let ended = it.once("suspended").await;
    assert_eq!((&ended["balance"], &ended["state_since"]), (&json!(-6), &json!("2022-07-01T21:00:00Z")));
    it.pay("6").await;
    it.correct("5").await;
    assert_eq!(it.contract().await["state"], "suspended", "5 do not pay the machine's 6");
    let paid = it.pay("50").await;
    let active = it.contract().await;
    assert_eq!((&active["state"], &active["balance"]), (&json!("active"), &json!(55)));
    let cause = &active["state_cause"];
    assert_eq!((&cause["fact"], &cause["transaction"]), (&json!("charging_resumed"), &paid["transaction"]));
    assert_eq!(
        it.facts().await,
        ["charging_held", "machines_stopped", "machines_started", "charging_resumed"]
    );
    // The day that was begun is charged once, when the machine starts again.
    own.at("2022-07-03T10:00:00Z").await;
    assert_eq!((it.total("2022-07-02").await, it.total("2022-07-03").await), ("-10".into(), "-16".into()));
    assert_eq!(it.contract().await["balance"], json!(49));
    assert_eq!(it.contract().await["exhausts_at"], "2022-07-06T21:00:00Z");
}

/// B3, B4, 5.1-10: the partner's grace, a correction below 0, and a change of the payment model.
pub(crate) async fn grace_and_the_payment_model_decide(f: &Fixture) {
    let own = f.another();
    let it = Prepaid::new(&own, "30", &json!({})).await;
    own.admin.patch(&format!("/v1/partner/{}", it.partner), &json!({ "grace": "48h" })).await.expect(200);
    own.at("2022-07-02T09:00:00Z").await;
    let held = it.once("exhausted").await;
    assert_eq!(held["suspends_at"], "2022-07-03T21:00:00Z");
    // Paid within the grace, no machine was stopped.
    it.pay("1000").await;
    assert_eq!(it.contract().await["state"], "active");
    it.correct("-2000").await;
    assert_eq!(it.contract().await["state"], "exhausted", "a correction below 0 begins the grace");
    it.edit(&json!({ "payment_model": "postpay" })).await;
    let postpaid = it.contract().await;
    assert_eq!((&postpaid["state"], &postpaid["exhausts_at"]), (&json!("active"), &json!(null)));
    assert!(it.facts().await.iter().all(|fact| fact.starts_with("charging")));
    own.at("2022-08-20T09:00:00Z").await;
    own.server.cli(&["bill", "run"]).unwrap();
    let owing = it.contract().await;
    assert_eq!(owing["state"], "active", "postpaid is never stopped");
    assert!(owing["balance"].as_f64().unwrap() < -1700.0);
    it.edit(&json!({ "payment_model": "prepay" })).await;
    assert_eq!(it.contract().await["state"], "exhausted", "a change to prepaid below 0 begins the grace");
    own.at("2022-08-22T09:00:01Z").await;
    it.once("suspended").await;
}

/// B5, 8.5.1-04, 8.5.1-05: one notice for each time that the balance falls to what was named.
pub(crate) async fn a_low_balance_is_told_once(f: &Fixture) {
    let (own, mail) = f.another_with_mail();
    let it = Prepaid::new(&own, "100", &json!({ "min_balance": "36" })).await;
    // Whoever does not want to hear of it is written to by nobody; the partner hears of the note.
    it.administrator("quiet@example.net").await;
    let quiet = json!({ "notify": { "low_balance": false } });
    own.admin.patch("/v1/user/quiet@example.net", &quiet).await.expect(200);
    it.administrator("owner@example.net").await;
    own.server.cli(&["admin", "token", "--login", "boss@example.net", "--partner", &it.partner]).unwrap();
    let notices = async |count| {
        let of_owner = mail.wait("To: owner@example.net", count).unwrap();
        assert!(of_owner.len() == count && of_owner[0].contains("is low"), "{of_owner:?}");
        let of_boss = mail.wait("To: boss@example.net", count).unwrap();
        assert!(of_boss.len() == count && of_boss[0].contains("Written by system"), "{of_boss:?}");
        assert_eq!(mail.messages().unwrap().len(), 2 * count);
    };
    own.at("2022-07-03T09:00:00Z").await;
    own.server.cli(&["bill", "run"]).unwrap();
    assert_eq!((it.contract().await["state"].clone(), it.notes("is low").await), (json!("active"), 0));
    // 100 less four days of 16 are 36.
    own.at("2022-07-05T09:00:00Z").await;
    let low = it.once("low").await;
    assert_eq!(
        (&low["state_since"], &low["state_cause"]["fact"]),
        (&json!("2022-07-03T21:00:00Z"), &json!("balance_low"))
    );
    own.at("2022-07-05T10:00:00Z").await;
    it.correct("-1").await;
    assert_eq!(it.notes("is low").await, 1, "once");
    notices(1).await;
    it.pay("100").await;
    assert_eq!(it.contract().await["state"], "active");
    it.correct("-100").await;
    assert_eq!((it.contract().await["state"].clone(), it.notes("is low").await), (json!("low"), 2));
    notices(2).await;
    it.edit(&json!({ "min_balance": null })).await;
    assert_eq!(it.contract().await["state"], "active");
}

/// B4: what nobody could know of is billed, and exhaustion follows.
pub(crate) async fn what_appears_behind_our_back_is_billed_first(f: &Fixture) {
    let own = f.another();
    let it = Prepaid::new(&own, "0", &json!({})).await;
    own.at("2022-07-01T12:00:00Z").await;
    let ended = it.once("suspended").await;
    assert_eq!((&ended["balance"], it.total("2022-07-01").await), (&json!(-16), "-16".to_owned()));
    own.at("2022-07-02T12:00:00Z").await;
    assert_eq!(it.total("2022-07-02").await, "-10");
}
