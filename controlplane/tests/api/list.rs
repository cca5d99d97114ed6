//! Lists: order, search, pages, cursors.

use crate::fixture::{Fixture, START, client_body, column, items, unique};
use serde_json::json;
use std::collections::BTreeSet;

pub(crate) async fn lists_are_sorted_and_searched(f: &Fixture) {
    let partner = f.partner().await;
    for (code, name) in [("p-b", "Gold 50%"), ("p-a", "Серебро"), ("p-c", "gold_x")] {
        let body = json!({ "partner": partner, "code": code, "name": name });
        f.admin.post("/v1/tariff_plan", &body).await.expect(201);
    }
    let list = async |query: &str| {
        let path = format!("/v1/tariff_plan?partner={partner}&{query}");
        column(f.admin.get(&path).await.expect(200), "code")
    };
    assert_eq!(list("sort=code").await, ["base", "p-a", "p-b", "p-c"]);
    assert_eq!(list("sort=-code").await, ["p-c", "p-b", "p-a", "base"]);
    assert_eq!(list("sort=name").await, ["base", "p-b", "p-c", "p-a"]);
    assert_eq!(list("sort=ctime").await, ["base", "p-b", "p-a", "p-c"]);
    assert_eq!(list("sort=-ctime").await, ["p-c", "p-a", "p-b", "base"]);
    assert_eq!(list("q=GOLD&sort=code").await, ["p-b", "p-c"]);
    assert_eq!(list("name=50%25").await, ["p-b"]);
    assert_eq!(list("q=_").await, ["p-c"]);
    assert_eq!(list("q=%D0%A1%D0%95%D0%A0").await, ["p-a"]);
    assert_eq!(list("code=p-a").await, ["p-a"]);
    assert!(list("q=platinum").await.is_empty());
}

pub(crate) async fn pages_have_bounds(f: &Fixture) {
    let partner = f.partner().await;
    for index in 0..12 {
        f.client(&partner, &format!("c-{index:02}"), "base").await;
    }
    let path = format!("/v1/client?partner={partner}&sort=code");
    let first = f.admin.get(&path).await.expect(200);
    assert_eq!((&first["total"], &first["limit"], items(first.clone()).len()), (&json!(12), &json!(10), 10));
    let second = f.admin.get(&format!("{path}&page=2")).await.expect(200);
    assert_eq!(column(second, "code"), ["c-10", "c-11"]);
    f.admin.get(&format!("{path}&page=3")).await.expect(404);
    f.admin.get(&format!("{path}&page=9223372036854775807&limit=1000")).await.expect(404);
    let last = f.admin.get(&format!("{path}&page=12&limit=1")).await.expect(200);
    assert_eq!(column(last, "code"), ["c-11"]);
    let empty = f.admin.get(&format!("/v1/client?partner={partner}&q=none")).await.expect(200);
    assert_eq!((empty["total"].as_i64(), items(empty).len()), (Some(0), 0));
}

pub(crate) async fn a_cursor_misses_and_doubles_nothing(f: &Fixture) {
    let partner = f.partner().await;
    for index in 0..20 {
        f.client(&partner, &format!("old-{index}"), "base").await;
    }
    let (mut cursor, mut seen) = (Some(String::new()), Vec::new());
    let mut round = 0;
    while let Some(after) = cursor {
        let path = format!("/v1/client?partner={partner}&limit=6&cursor={after}");
        let page = f.admin.get(&path).await.expect(200);
        seen.extend(column(page.clone(), "code"));
        cursor = page["next_cursor"].as_str().map(str::to_owned);
        // Others write: one goes that was read, one that was not, and one comes, before all others by name.
        f.admin.delete(&format!("/v1/client/old-{round}?partner={partner}")).await.expect(204);
        f.client(&partner, &format!("a-new-{round}"), "base").await;
        round += 1;
        assert!(round < 20, "a cursor ends");
    }
    let unique: BTreeSet<&String> = seen.iter().collect();
    assert_eq!(unique.len(), seen.len(), "doubled");
    for index in 0..20 {
        assert!(unique.contains(&format!("old-{index}")), "old-{index} missed");
    }
}

pub(crate) async fn a_code_of_two_partners_is_ambiguous(f: &Fixture) {
    let (one, other) = (f.partner().await, f.partner().await);
    let code = unique("client");
    f.client(&one, &code, "base").await;
    let second = f.client(&other, &code, "base").await;
    for path in
        [format!("/v1/client/{code}"), format!("/v1/contract/{code}"), "/v1/tariff_plan/base".to_owned()]
    {
        assert_eq!(f.admin.get(&path).await.alias(400), "ambiguous_code", "{path}");
    }
    let path = format!("/v1/client/{code}?partner={other}");
    assert_eq!(f.admin.get(&path).await.expect(200)["id"], second["id"]);
    let project = format!("/v1/project/default?partner={other}&client={code}");
    let project = f.admin.get(&project).await.expect(200);
    assert_eq!(project["owner_tag"], format!("{other}/{code}/default"));
    // Who sees one of them only has no doubt.
    let api = f.partner_admin(&one);
    assert_eq!(api.get(&format!("/v1/client/{code}")).await.expect(200)["partner"]["code"], one.as_str());
    let elsewhere = api.post("/v1/client", &client_body(&other, "mine", "base")).await;
    assert_eq!(elsewhere.fields(), ["partner"]);
}

/// 6.1.1-02, 7.1-01, 7.1-02, 7.1-09: by name, date, balance, plan, number of projects, partner.
pub(crate) async fn clients_and_contracts_are_sorted_by_what_is_around_them(f: &Fixture) {
    let partner = f.partner().await;
    f.plan(&partner, "a-plan", &json!({ "vdc": { "price": 10, "period": "day", "calendar": true } })).await;
    for (code, plan) in [("b", "a-plan"), ("a", "base"), ("c", "a-plan")] {
        f.client(&partner, code, plan).await;
    }
    for (client, project) in [("c", "one"), ("c", "two"), ("a", "one")] {
        let body = json!({ "partner": partner, "client": client, "code": project, "name": project });
        f.admin.post("/v1/project", &body).await.expect(201);
    }
    book(f, &partner).await;
    let list = async |noun: &str, query: &str| {
        let path = format!("/v1/{noun}?partner={partner}&{query}");
        items(f.admin.get(&path).await.expect(200))
    };
    let clients = async |query: &str| column(json!({ "items": list("client", query).await }), "code");
    assert_eq!(clients("sort=name").await, ["a", "b", "c"]);
    assert_eq!(clients("sort=-ctime").await, ["c", "a", "b"]);
    assert_eq!(clients("sort=-projects").await, ["c", "a", "b"]);
    assert_eq!(clients("sort=tariff_plan").await, ["b", "c", "a"]);
    assert_eq!(clients("sort=partner").await, ["b", "a", "c"]);
    assert_eq!(clients("sort=balance&limit=1").await, ["b"], "who owes most comes first");
    assert_eq!(clients("tariff_plan=a-plan&sort=code").await, ["b", "c"]);
    assert_eq!(clients("tariff_plan=a-plan&q=C").await, ["c"]);
    let contracts = async |query: &str| column(json!({ "items": list("contract", query).await }), "name");
    assert_eq!(contracts("sort=-name").await, ["c", "b", "a"]);
    assert_eq!(contracts("sort=-client").await, ["c", "b", "a"]);
    assert_eq!(contracts("sort=balance&limit=1").await, ["b"]);
    assert_eq!(contracts("sort=tariff_plan&q=a").await, ["a"]);
    assert_eq!(contracts("tariff_plan=base").await, ["a"]);
    assert_eq!(contracts("client=b").await, ["b"]);
    f.admin.delete(&format!("/v1/client/a?partner={partner}")).await.expect(204);
    assert_eq!(contracts("inactive=true").await, ["a"]);
    assert_eq!(contracts("inactive=false&sort=name").await, ["b", "c"]);
}

/// A day that costs client `b` something is booked.
async fn book(f: &Fixture, partner: &str) {
    let mut feed = f.source().await;
    let id = uuid::Uuid::new_v4().to_string();
    feed.tell(&id, START, &format!("{partner}/b/default"), json!({ "kind": "vdc" })).await;
    f.at("2021-12-22T10:00:00Z").await;
    f.server.cli(&["bill", "run"]).unwrap();
}

/// Every list says which fields it is sorted by.
pub(crate) async fn an_unknown_order_is_refused_by_every_list(f: &Fixture) {
    for noun in [
        "partner",
        "hypervisor",
        "tariff_plan",
        "client",
        "project",
        "contract",
        "note",
        "domain",
        "user",
        "access",
        "machine",
        "promotion",
        "public_key",
    ] {
        let refused = f.admin.get(&format!("/v1/{noun}?sort=colour")).await.expect(400);
        let message = refused["sort"][0].as_str().unwrap();
        assert!(message.contains("\"colour\"") && message.contains("use one of "), "{noun}: {message}");
        for sort in message.rsplit("use one of ").next().unwrap().split(", ") {
            f.admin.get(&format!("/v1/{noun}?sort=-{sort}&limit=1000")).await.expect(200);
        }
        f.admin.get(&format!("/v1/{noun}?colour=red")).await.expect(400);
        f.admin.get(&format!("/v1/{noun}?limit=1001")).await.expect(400);
        f.admin.get(&format!("/v1/{noun}?limit=1000&cursor=")).await.expect(200);
    }
}
