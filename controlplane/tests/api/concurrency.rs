//! Several callers at once.

use crate::fixture::{Fixture, client_body, items};
use serde_json::json;

pub(crate) async fn patches_of_different_fields_all_stay(f: &Fixture) {
    let partner = f.partner().await;
    let plan = f.plan(&partner, "gold", &json!({})).await;
    let path = format!("/v1/tariff_plan/{}", plan["id"].as_str().unwrap());
    let services =
        ["kvm_cpu", "kvm_ram", "vdc", "iso", "public_ip", "kvm_router", "kvm_network", "s3_storage"];
    let patches = services.map(|service| {
        let body = json!({ "services": { service: { "price": "1" } } });
        let path = path.as_str();
        async move { f.admin.patch(path, &body).await.expect(200) }
    });
    futures::future::join_all(patches).await;
    let plan = f.admin.get(&path).await.expect(200);
    assert_eq!(plan["services"].as_object().unwrap().len(), services.len(), "{plan}");

    let client = f.client(&partner, "first", "base").await;
    let path = format!("/v1/client/{}", client["id"].as_str().unwrap());
    let bodies = [
        json!({ "name": "First" }),
        json!({ "internet": 10 }),
        json!({ "lan": 20 }),
        json!({ "min_balance": "5" }),
        json!({ "payment_model": "postpay" }),
        json!({ "contract_name": "1" }),
        json!({ "tariff_plan": "gold" }),
    ];
    futures::future::join_all(bodies.iter().map(|body| f.admin.patch(&path, body))).await;
    let client = f.admin.get(&path).await.expect(200);
    assert_eq!(
        (&client["name"], &client["internet"], &client["lan"]),
        (&json!("First"), &json!(10), &json!(20))
    );
    assert_eq!((&client["min_balance"], &client["payment_model"]), (&json!("5"), &json!("postpay")));
    let contract = &client["contract"];
    assert_eq!((&contract["name"], &contract["billing_plan"]["code"]), (&json!("1"), &json!("gold")));
}

pub(crate) async fn one_code_is_won_once(f: &Fixture) {
    let partner = f.partner().await;
    for round in 0..5 {
        let body = client_body(&partner, &format!("c-{round}"), "base");
        let answers = futures::future::join_all((0..8).map(|_| f.admin.post("/v1/client", &body))).await;
        let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409, 409, 409, 409, 409, 409, 409]);
        // A plan is deleted, or a client gets it: never both.
        let code = format!("p-{round}");
        f.plan(&partner, &code, &json!({})).await;
        let plan = format!("/v1/tariff_plan/{code}?partner={partner}");
        let client = client_body(&partner, &format!("d-{round}"), &code);
        let (deleted, made) = tokio::join!(f.admin.delete(&plan), f.admin.post("/v1/client", &client));
        assert!(
            matches!((deleted.status, made.status), (204, 400) | (409, 201)),
            "{} {}",
            deleted.text,
            made.text
        );
    }
    for noun in ["contract", "project"] {
        let clients =
            f.admin.get(&format!("/v1/client?partner={partner}")).await.expect(200)["total"].clone();
        let list = f.admin.get(&format!("/v1/{noun}?partner={partner}&limit=100")).await.expect(200);
        assert_eq!(items(list).len(), usize::try_from(clients.as_u64().unwrap()).unwrap(), "{noun}");
    }
}

pub(crate) async fn moves_of_the_clock_never_go_back(f: &Fixture) {
    let instants: Vec<String> = (10..30).map(|minute| format!("2021-12-20T09:{minute}:00Z")).collect();
    let moves = instants.iter().map(|instant| {
        let body = json!({ "now": instant });
        async move { f.admin.put("/v1/clock", &body).await.status }
    });
    let statuses = futures::future::join_all(moves).await;
    assert!(statuses.iter().all(|status| [200, 400].contains(status)), "{statuses:?}");
    let last = instants.last().unwrap();
    assert_eq!(f.admin.get("/v1/clock").await.expect(200)["now"], last.as_str());
    // What the database holds, a command of the program reads: a token that ends in a second has not ended before.
    let arguments = ["admin", "token", "--login", "late", "--role", "platform_admin", "--valid-for", "1s"];
    let token = f.server.cli(&arguments).unwrap();
    f.admin.with_token(&token).get("/v1/account/me").await.expect(200);
    f.at("2021-12-20T09:29:01Z").await;
    f.admin.with_token(&token).get("/v1/account/me").await.expect(401);
}
