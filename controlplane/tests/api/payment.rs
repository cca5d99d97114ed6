//! Money that comes in, corrections of balances, and the ledger that both stand in (B6, 7.7, 8.2).

use crate::fixture::{Fixture, items, unique};
use serde_json::{Value, json};
use store::{Settings, Store, queries};

/// What a payment of some rubles under the client's contract is sent as.
fn payment(client: &Value, external_id: &str, amount: &str) -> Value {
    json!({
        "method": "yandex_kassa", "contract": client["contract"]["id"], "amount": amount,
        "external_id": external_id,
    })
}

async fn balance(f: &Fixture, client: &Value) -> Value {
    let path = format!("/v1/contract/{}", client["contract"]["id"].as_str().unwrap());
    f.admin.get(&path).await.expect(200)["balance"].clone()
}

fn correction_path(client: &Value) -> String {
    format!("/v1/contract/{}/correction", client["contract"]["id"].as_str().unwrap())
}

/// B6: a payment counts once for its id, for ever; other money under the same id is refused.
pub(crate) async fn a_payment_counts_once_for_ever(f: &Fixture) {
    let partner = f.partner().await;
    let first = f.client(&partner, "first", "base").await;
    let second = f.client(&partner, "second", "base").await;
    let api = f.partner_admin(&partner);
    let id = unique("Order");
    let paid = api.post("/v1/payment", &payment(&first, &id, "100.0000001")).await.expect(201);
    assert_eq!(
        ["amount", "external_id", "method", "status", "author"].map(|field| paid[field].as_str().unwrap()),
        ["100.0000001", id.as_str(), "yandex_kassa", "done", &format!("{partner}-admin")]
    );
    assert_eq!(
        (&paid["contract"]["id"], &paid["client"]["code"]),
        (&first["contract"]["id"], &json!("first"))
    );
    assert_eq!(balance(f, &first).await, json!(100.000_000_1));
    // The same again, by whomever, whenever, by the client's code.
    f.at("2022-06-01T09:00:00Z").await;
    let mut again = payment(&first, &id, "100.00000010");
    again["contract"] = json!("first");
    again["partner"] = json!(partner);
    assert_eq!(f.admin.post("/v1/payment", &again).await.expect(201), paid);
    for other in [payment(&first, &id, "100"), payment(&second, &id, "100.0000001")] {
        let refused = api.post("/v1/payment", &other).await;
        assert!(refused.json["external_id"].is_array(), "{}", refused.text);
        assert_eq!(refused.alias(409), "payment_conflict");
    }
    // Another method, and another partner, number for themselves.
    let mut transfer = payment(&first, &id, "1");
    transfer["method"] = json!("bank_transfer");
    api.post("/v1/payment", &transfer).await.expect(201);
    let elsewhere = f.partner().await;
    let third = f.client(&elsewhere, "first", "base").await;
    f.admin.post("/v1/payment", &payment(&third, &id, "7")).await.expect(201);
    assert_eq!((balance(f, &second).await, balance(f, &third).await), (json!(0), json!(7)));
    for (amount, field) in [("0", "amount"), ("-1", "amount"), ("1000000000.0000001", "amount")] {
        assert_eq!(
            api.post("/v1/payment", &payment(&first, "x", amount)).await.fields(),
            [field],
            "{amount}"
        );
    }
    assert_eq!(api.post("/v1/payment", &payment(&third, "x", "1")).await.fields(), ["contract"]);
    assert_eq!(balance(f, &first).await, json!(101.000_000_1));
    // What a client owes may be paid after it is gone.
    f.admin.delete(&format!("/v1/client/{}", second["id"].as_str().unwrap())).await.expect(204);
    f.admin.post("/v1/payment", &payment(&second, &unique("late"), "3")).await.expect(201);
    assert_eq!(balance(f, &second).await, json!(3));
    let path = format!("/v1/contract/{}", first["contract"]["id"].as_str().unwrap());
    let event = f.events(&f.admin.get(&path).await.expect(200)["id"]).await.pop().unwrap();
    assert_eq!((&event["action"], &event["after"]), (&json!("pay"), &paid));
}

/// B6: however many send it at once, it is one payment.
pub(crate) async fn payments_at_once_are_one(f: &Fixture) {
    let partner = f.partner().await;
    let client = f.client(&partner, "first", "base").await;
    for round in 1..=3 {
        let body = payment(&client, &unique("order"), "5");
        let correction = json!({ "reference": format!("r-{round}"), "amount": "-2", "reason": "R" });
        let path = correction_path(&client);
        let paid = futures::future::join_all((0..8).map(|_| f.admin.post("/v1/payment", &body))).await;
        let corrected = futures::future::join_all((0..8).map(|_| f.admin.post(&path, &correction))).await;
        for answers in [paid, corrected] {
            let numbers = answers.into_iter().map(|answer| answer.expect(201)["id"].as_i64().unwrap());
            assert_eq!(numbers.collect::<std::collections::BTreeSet<_>>().len(), 1);
        }
        assert_eq!(balance(f, &client).await, json!(3 * round));
    }
    let store = Store::connect(f.database.url(), &Settings::default()).await.unwrap();
    let mut reader = store.read().await.unwrap();
    assert_eq!(queries::ledger::sum_of_all(&mut reader).await.unwrap().units(), 0);
}

/// 7.7-01, 7.7-02, 7.7-03, 8.2-03: the amount is added, signed, with its author and its reason.
pub(crate) async fn a_correction_is_added_with_its_author(f: &Fixture) {
    let partner = f.partner().await;
    let client = f.client(&partner, "first", "base").await;
    let api = f.partner_admin(&partner);
    let path = correction_path(&client);
    let body = json!({ "reference": "2022/17", "amount": "250", "reason": "Bonus" });
    let corrected = api.post(&path, &body).await.expect(201);
    assert_eq!(
        ["method", "external_id", "amount", "reason", "author"].map(|name| corrected[name].as_str().unwrap()),
        ["correction", "2022/17", "250", "Bonus", &format!("{partner}-admin")]
    );
    // The same amount is the same correction, whatever reason is told now; another amount is none.
    let again = json!({ "reference": "2022/17", "amount": "250.00", "reason": "Gift" });
    assert_eq!(f.admin.post(&path, &again).await.expect(201), corrected);
    let other = json!({ "reference": "2022/17", "amount": "-250", "reason": "Bonus" });
    assert_eq!(api.post(&path, &other).await.alias(409), "payment_conflict");
    let down = json!({ "reference": "2022/18", "amount": "-300.5", "reason": "Mistake" });
    api.post(&format!("/v1/contract/first/correction?partner={partner}"), &down).await.expect(201);
    assert_eq!(balance(f, &client).await, json!(-50.5));
    // References are the contract's own.
    let second = f.client(&partner, "second", "base").await;
    api.post(&correction_path(&second), &body).await.expect(201);
    let bad = json!({ "reference": "", "amount": "0.00000001", "reason": "" });
    assert_eq!(api.post(&path, &bad).await.fields(), ["amount", "reason", "reference"]);
    for amount in ["0", "1000000001", "-922337203685.4775808"] {
        let body = json!({ "reference": "x", "amount": amount, "reason": "R" });
        assert_eq!(api.post(&path, &body).await.fields(), ["amount"], "{amount}");
    }
    let tried = json!({ "reference": "2022/19", "amount": "1", "reason": "R" });
    api.post(&format!("{path}?dry_run=true"), &tried).await.expect(201);
    assert_eq!(balance(f, &client).await, json!(-50.5));
}

/// 8.2-01, 8.2-02, 8.2-04, 8.2-05, and the ledger by day and kind.
pub(crate) async fn payments_and_the_ledger_are_listed(f: &Fixture) {
    let partner = f.partner().await;
    let services = json!({ "vdc": { "price": "10", "period": "day", "calendar": true } });
    f.plan(&partner, "gold", &services).await;
    let client = f.client(&partner, "first", "gold").await;
    let owner = format!("{partner}/first/default");
    let id = uuid::Uuid::new_v4().to_string();
    for (at, amount) in [("2023-01-10T20:00:00Z", "100"), ("2023-01-10T22:00:00Z", "20")] {
        f.at(at).await;
        f.admin.post("/v1/payment", &payment(&client, &unique("order"), amount)).await.expect(201);
    }
    f.source().await.tell(&id, "2023-01-10T22:00:00Z", &owner, json!({ "kind": "vdc" })).await;
    let correction = json!({ "reference": "A-1", "amount": "-1", "reason": "R" });
    f.admin.post(&correction_path(&client), &correction).await.expect(201);
    f.at("2023-01-15T09:00:00Z").await;
    f.server.cli(&["bill", "run"]).unwrap();
    let api = f.partner_admin(&partner);
    let amounts = async |query: &str| -> Vec<String> {
        let page = api.get(query).await.expect(200);
        items(page).iter().map(|item| item["amount"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(amounts("/v1/payment").await, ["-1", "20", "100"]);
    assert_eq!(amounts("/v1/payment?sort=date").await.first().unwrap(), "100");
    assert_eq!(amounts("/v1/payment?sort=-amount&client=first&limit=1").await, ["100"]);
    assert_eq!(amounts("/v1/payment?from=2023-01-10T22:00:00Z&method=yandex_kassa").await, ["20"]);
    assert_eq!(amounts("/v1/payment?to=2023-01-11T00:00:00%2B03:00").await, ["100"]);
    assert_eq!(amounts("/v1/payment?q=a-").await, ["-1"]);
    let contract = client["contract"]["id"].as_str().unwrap();
    assert_eq!(amounts(&format!("/v1/payment?contract={contract}&external_id=A-1")).await, ["-1"]);
    // In Moscow the second payment came on the 11th, the day of the first charge.
    let ledger = "/v1/transaction?limit=1000";
    assert_eq!(amounts(ledger).await.len(), 6);
    assert_eq!(amounts(&format!("{ledger}&from=2023-01-11&to=2023-01-11")).await, ["-10", "-1", "20"]);
    assert_eq!(amounts(&format!("{ledger}&kind=charges&client=first")).await, ["-10", "-10", "-10"]);
    let one = items(api.get("/v1/transaction?kind=correction").await.expect(200)).remove(0);
    let sides = json!([{ "account": "client", "amount": "-1" }, { "account": "correction", "amount": "1" }]);
    assert_eq!((&one["entries"], &one["day"]), (&sides, &json!("2023-01-11")));
    let page = api.get("/v1/transaction?limit=4").await.expect(200);
    let next = format!("/v1/transaction?limit=4&cursor={}", page["next_cursor"].as_str().unwrap());
    assert_eq!(amounts(&next).await, ["20", "100"]);
    for (query, field) in [("from=soon", "from"), ("contract=none", "contract"), ("client=none", "client")] {
        assert_eq!(api.get(&format!("/v1/transaction?{query}")).await.fields(), [field], "{query}");
    }
    assert_eq!(api.get("/v1/payment?method=cash").await.status, 400);
    let stranger = f.partner_admin(&f.partner().await);
    assert_eq!(stranger.get("/v1/payment").await.expect(200)["total"], 0);
    assert_eq!(stranger.get("/v1/transaction").await.expect(200)["total"], 0);
}
