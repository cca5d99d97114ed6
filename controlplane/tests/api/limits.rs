//! Limits, client defaults and default plans: who may set them, and what holds.

use crate::fixture::{Fixture, START, client_body, column, unique};
use serde_json::{Value, json};
use testkit::api::Api;

/// A partner with the plan `base` and a hypervisor, and that hypervisor's code.
async fn partner_with_hypervisor(f: &Fixture) -> (String, String) {
    let partner = f.partner().await;
    let hypervisor = f.hypervisor().await["code"].as_str().unwrap().to_owned();
    let patch = json!({ "hypervisors": [hypervisor] });
    f.admin.patch(&format!("/v1/partner/{partner}"), &patch).await.expect(200);
    (partner, hypervisor)
}

async fn set_new(api: &Api, path: &str, body: &Value) -> testkit::api::Answer {
    api.call(reqwest::Method::PUT, path).header("if-none-match", "*").json(body).send().await
}

/// 4-10, 5.2-02.
pub(crate) async fn a_partners_own_limits_are_the_platforms(f: &Fixture) {
    let (partner, hypervisor) = partner_with_hypervisor(f).await;
    let (path, api) = (format!("/v1/partner/{partner}"), f.partner_admin(&partner));
    let mut limits = json!({});
    limits[&hypervisor] = json!({ "servers": 3 });
    let patch = json!({ "limits": limits });
    api.patch(&path, &patch).await.expect(403);
    f.admin.patch(&path, &patch).await.expect(200);
    assert_eq!(api.get(&path).await.expect(200)["limits"][&hypervisor]["servers"], 3);
    api.patch(&path, &json!({ "name": "Renamed" })).await.expect(200);
    let refused = f.admin.patch(&path, &json!({ "limits": { "elsewhere": { "vcpu": 1 } } })).await;
    assert_eq!(refused.fields(), ["limits.elsewhere"]);
    let refused = f.admin.patch(&path, &json!({ "hypervisors": [] })).await;
    assert_eq!(refused.fields(), [format!("limits.{hypervisor}")]);
}

/// 1-04, 4-09, 5-04, 5.1-02 to 5.1-07.
pub(crate) async fn client_defaults_are_set_once_and_cleared(f: &Fixture) {
    let partner = f.partner().await;
    let (path, api) = (format!("/v1/partner/{partner}/client_defaults"), f.partner_admin(&partner));
    api.get(&path).await.expect(404);
    api.patch(&path, &json!({ "lan_mbps": 10 })).await.expect(404);
    api.delete(&path).await.expect(204);
    let set = set_new(&api, &path, &json!({ "balance": "100.5", "tariff_plan": "base" })).await.expect(200);
    let owner = f.admin.get(&format!("/v1/partner/{partner}")).await.expect(200);
    assert_eq!((&set["id"], &set["version"]), (&owner["id"], &json!(1)));
    assert_eq!((&set["balance"], &set["tariff_plan"]["code"]), (&json!("100.5"), &json!("base")));
    assert_eq!(
        (&set["internet_mbps"], &set["lan_mbps"], &set["payment_model"], &set["payment_methods"]),
        (&json!(null), &json!(1000), &json!("prepay"), &json!([]))
    );
    assert_eq!(set_new(&api, &path, &json!({})).await.alias(412), "already_set");
    assert_eq!(api.put(&path, &json!({ "balance": "-1" })).await.fields(), ["balance"]);
    assert_eq!(api.put(&path, &json!({ "tariff_plan": "none" })).await.fields(), ["tariff_plan"]);
    let patched = api.patch(&path, &json!({ "internet_mbps": 100, "balance": null })).await.expect(200);
    assert_eq!((&patched["internet_mbps"], &patched["balance"]), (&json!(100), &json!("0")));
    let list = api.get("/v1/client_defaults?cursor=").await.expect(200);
    assert_eq!(column(list, "id"), [owner["id"].as_str().unwrap()]);
    assert_eq!(api.get("/v1/client_defaults?code=x").await.fields(), ["code"]);
    // The plan that clients are to be on stays.
    let plan = format!("/v1/tariff_plan/base?partner={partner}");
    assert_eq!(f.admin.delete(&plan).await.alias(409), "plan_in_use");
    api.delete(&path).await.expect(204);
    api.get(&path).await.expect(404);
    // What is set anew is not what an old ETag means.
    assert_eq!(set_new(&api, &path, &json!({})).await.expect(200)["version"], 3);
    f.admin.delete(&plan).await.expect(204);
}

/// 1-11, 5.2-01 to 5.2-10, 7.3-01.
pub(crate) async fn limits_are_set_kind_by_kind(f: &Fixture) {
    let (partner, hypervisor) = partner_with_hypervisor(f).await;
    f.client(&partner, "acme", "base").await;
    let api = f.partner_admin(&partner);
    let paths = [
        format!("/v1/partner/{partner}/default_limits"),
        format!("/v1/client/acme/limits?partner={partner}"),
    ];
    for path in &paths {
        let limits = |of: Value| {
            let mut by_code = json!({});
            by_code[&hypervisor] = of;
            json!({ "limits": by_code })
        };
        assert_eq!(api.put(path, &json!({ "limits": {} })).await.fields(), ["limits"]);
        assert_eq!(api.put(path, &json!({})).await.fields(), ["limits"]);
        let refused = api.put(path, &json!({ "limits": { "elsewhere": { "servers": 1 } } })).await;
        assert_eq!(refused.fields(), ["limits.elsewhere"]);
        for wrong in [json!({ "servers": -1 }), json!({ "servers": 1.5 }), json!({ "servers": "1" })] {
            let field = format!("limits.{hypervisor}.servers");
            assert_eq!(api.put(path, &limits(wrong)).await.fields(), [field]);
        }
        let eight = json!({
            "servers": 1, "disks": 2, "volume_gb": 3, "ips": 4, "networks": 5, "routers": 6, "ram_gb": 7, "vcpu": 0,
        });
        let set = set_new(&api, path, &limits(eight.clone())).await.expect(200);
        assert_eq!(set["limits"][&hypervisor], eight);
        assert_eq!(set_new(&api, path, &limits(eight)).await.alias(412), "already_set");
        let patched = api.patch(path, &limits(json!({ "servers": null, "disks": 9 }))).await.expect(200);
        let now = &patched["limits"][&hypervisor];
        assert_eq!((&now["servers"], &now["disks"], &now["vcpu"]), (&json!(null), &json!(9), &json!(0)));
        assert_eq!(api.patch(path, &limits(json!(null))).await.fields(), ["limits"]);
        api.delete(path).await.expect(204);
        api.delete(path).await.expect(204);
        api.get(path).await.expect(404);
    }
}

/// 5-07, INT-03.
pub(crate) async fn a_client_without_a_plan_takes_the_default_one(f: &Fixture) {
    let code = unique("partner");
    let body = json!({ "code": code, "name": "P", "default_plan": "basic" });
    // The plan is made after its partner: the code waits for it.
    let waiting = f.admin.post("/v1/partner", &body).await.expect(201)["default_plan"].clone();
    assert_eq!(waiting, json!({ "id": null, "code": "basic", "name": null }));
    let bare = |client: &str| json!({ "partner": code, "code": client, "name": client });
    let refused = f.admin.post("/v1/client", &bare("first")).await;
    assert_eq!(refused.fields(), ["tariff_plan"]);
    let plan = f.plan(&code, "basic", &json!({})).await;
    let path = format!("/v1/partner/{code}");
    assert_eq!(f.admin.get(&path).await.expect(200)["default_plan"]["id"], plan["id"]);
    // Defaults of clients that register themselves are not for this one.
    let defaults = json!({ "balance": 100, "internet_mbps": 5 });
    f.admin.put(&format!("{path}/client_defaults"), &defaults).await.expect(200);
    let client = f.admin.post("/v1/client", &bare("first")).await.expect(201);
    assert_eq!(client["contract"]["billing_plan"]["code"], "basic");
    assert_eq!(client["internet"], json!(null));
    let plan_path = format!("/v1/tariff_plan/{}", plan["id"].as_str().unwrap());
    f.plan(&code, "gold", &json!({})).await;
    let client_path = format!("/v1/client/{}", client["id"].as_str().unwrap());
    f.admin.patch(&client_path, &json!({ "tariff_plan": "gold" })).await.expect(200);
    // Without a plan in the body, the client keeps the one it has.
    let kept = f.admin.put(&client_path, &json!({ "name": "First" })).await.expect(200);
    assert_eq!(kept["contract"]["billing_plan"]["code"], "gold");
    assert_eq!(f.admin.delete(&plan_path).await.alias(409), "plan_in_use");
    // A reseller's administrator creates clients, on the default plan alone.
    f.admin.patch(&path, &json!({ "model": "reseller" })).await.expect(200);
    let api = f.partner_admin(&code);
    api.post("/v1/client", &client_body(&code, "second", "gold")).await.expect(403);
    let second = api.post("/v1/client", &bare("second")).await.expect(201);
    assert_eq!(second["contract"]["billing_plan"]["code"], "basic");
    let chosen = json!({ "tariff_plan": "gold" });
    api.put(&format!("{path}/client_defaults"), &chosen).await.expect(403);
    f.admin.put(&format!("{path}/client_defaults"), &chosen).await.expect(200);
    api.delete(&format!("{path}/client_defaults")).await.expect(403);
    f.admin.delete(&format!("{path}/client_defaults")).await.expect(204);
    // Everything can be taken down without changing the partner first.
    for client in [&client["id"], &second["id"]] {
        f.admin.delete(&format!("/v1/client/{}", client.as_str().unwrap())).await.expect(204);
    }
    f.admin.delete(&plan_path).await.expect(204);
}

/// 2-08, 5.2-01.
pub(crate) async fn the_limit_holds_that_leaves_less(f: &Fixture) {
    let (partner, hypervisor) = partner_with_hypervisor(f).await;
    f.client(&partner, "acme", "base").await;
    f.client(&partner, "other", "base").await;
    let limits = |of: Value| {
        let mut by_code = json!({});
        by_code[&hypervisor] = of;
        json!({ "limits": by_code })
    };
    let whose = format!("/v1/effective_limits?partner={partner}");
    let of = async |query: &str, kind: &str| {
        f.admin.get(&format!("{whose}{query}")).await.expect(200)["limits"][&hypervisor][kind].clone()
    };
    let free = json!({ "limit": null, "used": 0, "left": null, "whence": "none" });
    assert_eq!(of("&client=acme", "networks").await, free);
    let path = format!("/v1/partner/{partner}");
    f.admin.patch(&path, &limits(json!({ "networks": 3, "volume_gb": 10 }))).await.expect(200);
    let own = limits(json!({ "networks": 2, "routers": 1, "ips": 0 }));
    f.admin.put(&format!("/v1/client/acme/limits?partner={partner}"), &own).await.expect(200);
    let mut feed = f.source().await;
    let network = json!({ "kind": "network", "platform": "kvm" });
    for (number, client) in ["other", "other"].iter().enumerate() {
        let id = format!("00000000-0000-4000-9000-{:012}", feed_id(&partner) + number);
        feed.tell(&id, START, &format!("{partner}/{client}/default"), network.clone()).await;
    }
    // The client has all of its two left, and the partner one of its three.
    let left = json!({ "limit": 3, "used": 2, "left": 1, "whence": "partner" });
    assert_eq!(of("&client=acme", "networks").await, left);
    assert_eq!(of("", "networks").await, left);
    let router = json!({ "limit": 1, "used": 0, "left": 1, "whence": "client" });
    assert_eq!(of("&client=acme", "routers").await, router);
    assert_eq!(of("&client=other", "routers").await, free);
    let off = json!({ "limit": 0, "used": 0, "left": 0, "whence": "client" });
    assert_eq!(of("&client=acme", "ips").await, off, "0 switches off");
    assert_eq!(f.admin.get("/v1/effective_limits").await.fields(), ["client"]);
    let stranger = f.partner_admin(&f.partner().await);
    stranger.get(&whose).await.expect(404);
}

/// A number that no other partner's things have.
fn feed_id(partner: &str) -> usize {
    partner.rsplit('-').next().unwrap().parse::<usize>().unwrap() * 100
}
