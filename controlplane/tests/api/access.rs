//! Access objects: what users may do with partners and clients, and that it ends with them.

use crate::{
    fixture::{Fixture, column, items, unique},
    user::{domain, user},
};
use serde_json::{Value, json};
use testkit::api::Api;

/// A client of its partner with a user of each role: the partner, the client and who calls.
struct Company {
    partner: String,
    home: String,
    client: Value,
    owner: Api,
}

impl Company {
    async fn new(f: &Fixture) -> Self {
        let partner = f.partner().await;
        let (home, owner) = (domain(f, &partner).await, f.partner_admin(&partner));
        let client = f.client(&partner, &unique("client"), "base").await;
        Self { partner, home, client, owner }
    }

    fn code(&self) -> &str {
        self.client["code"].as_str().unwrap()
    }

    /// A user without any access, and the user's token.
    async fn user(&self, f: &Fixture) -> (String, Api) {
        let login = unique("user");
        user(&self.owner, &self.home, &login).await;
        // The token is all that is wanted: the role that comes with it is taken back.
        let arguments = ["admin", "token", "--login", &login, "--partner", &self.partner];
        let token = f.server.cli(&arguments).unwrap();
        let given = items(self.owner.get(&format!("/v1/access?user={login}")).await.expect(200));
        self.owner.delete(&format!("/v1/access/{}", given[0]["id"].as_str().unwrap())).await.expect(204);
        (login, f.admin.with_token(&token))
    }

    fn body(&self, login: &str, role: &str) -> Value {
        json!({ "user": login, "role": role, "client": self.code(), "partner": self.partner })
    }
}

pub(crate) async fn access_is_given_at_once_and_taken_back(f: &Fixture) {
    let company = Company::new(f).await;
    let (login, ada) = company.user(f).await;
    let path = format!("/v1/client/{}", company.client["id"].as_str().unwrap());
    assert_eq!(ada.get(&path).await.status, 404, "a new user may do nothing");
    assert_eq!(ada.get("/v1/client").await.status, 403);
    // A new client has nobody, until somebody is given access (3.2-12).
    let of_client = format!("/v1/access?partner={}&client={}", company.partner, company.code());
    assert_eq!(items(company.owner.get(&of_client).await.expect(200)), Vec::<Value>::new());
    let given = company.owner.post("/v1/access", &company.body(&login, "client_admin")).await.expect(201);
    assert_eq!((&given["user"], &given["client"]["code"]), (&json!(login), &json!(company.code())));
    ada.get(&path).await.expect(200);
    assert_eq!(column(ada.get("/v1/client").await.expect(200), "code"), [company.code()]);
    assert_eq!(ada.patch(&path, &json!({ "name": "Mine" })).await.status, 403);
    // Not both roles at one client, and any at another (3.3.1-13, 3.3.1-14).
    let again = company.owner.post("/v1/access", &company.body(&login, "client_user")).await;
    assert_eq!(again.alias(409), "code_taken");
    let other = f.client(&company.partner, &unique("client"), "base").await;
    let body =
        json!({ "user": login, "role": "client_user", "client": other["code"], "partner": company.partner });
    company.owner.post("/v1/access", &body).await.expect(201);
    let me = ada.get("/v1/account/me").await.expect(200);
    let roles: Vec<&Value> = me["access"].as_array().unwrap().iter().map(|held| &held["role"]).collect();
    assert_eq!(roles, ["client_admin", "client_user"]);
    assert_eq!(column(company.owner.get(&of_client).await.expect(200), "user"), [login.as_str()]);
    // Taken back it ends at once, for good.
    let own = format!("/v1/access/{}", given["id"].as_str().unwrap());
    company.owner.delete(&own).await.expect(204);
    assert_eq!(ada.get(&path).await.status, 404);
    assert_eq!(company.owner.get(&own).await.status, 404);
    assert_eq!(column(json!({ "items": f.events(&given["id"]).await }), "action"), ["delete", "create"]);
}

pub(crate) async fn a_client_user_enters_assigned_projects_only(f: &Fixture) {
    let company = Company::new(f).await;
    let (login, ada) = company.user(f).await;
    let project = |code: &str| json!({ "partner": company.partner, "client": company.code(), "code": code, "name": code });
    for code in ["one", "two"] {
        company.owner.post("/v1/project", &project(code)).await.expect(201);
    }
    let body = company.body(&login, "client_user");
    let given = company.owner.post("/v1/access", &body).await.expect(201);
    // Nothing is assigned at first (7.6-06).
    assert_eq!(given["projects"], json!([]));
    let seen = async || column(ada.get("/v1/project").await.expect(200), "code");
    assert_eq!(seen().await, Vec::<String>::new());
    let path = format!("/v1/access/{}", given["id"].as_str().unwrap());
    for codes in [vec!["default"], vec!["two"], vec!["one", "two"]] {
        let put = company.owner.put(&path, &json!({ "projects": codes })).await.expect(200);
        assert_eq!(put["projects"].as_array().unwrap().len(), codes.len());
        assert_eq!(seen().await, codes);
    }
    company.owner.patch(&path, &json!({ "projects": ["one"] })).await.expect(200);
    let query = format!("?partner={}&client={}", company.partner, company.code());
    ada.get(&format!("/v1/project/one{query}")).await.expect(200);
    assert_eq!(ada.get(&format!("/v1/project/two{query}")).await.status, 404);
    let renamed = json!({ "name": "Mine" });
    assert_eq!(ada.patch(&format!("/v1/project/one{query}"), &renamed).await.status, 403);
    assert_eq!(ada.patch(&format!("/v1/project/two{query}"), &renamed).await.status, 404);
    let contract = company.client["contract"]["id"].as_str().unwrap();
    assert_eq!(ada.get(&format!("/v1/contract/{contract}")).await.status, 404);
    // A project that goes is assigned no more.
    company.owner.delete(&format!("/v1/project/one{query}")).await.expect(204);
    assert_eq!(company.owner.get(&path).await.expect(200)["projects"], json!([]));
    for (wrong, field) in [
        (json!({ "projects": ["none"] }), "projects"),
        (json!({ "role": "client_support", "projects": ["two"] }), "projects"),
        (json!({ "role": "partner_admin" }), "client"),
        (json!({ "role": "platform_admin" }), "role"),
        (json!({ "client": null }), "client"),
        (json!({ "user": unique("nobody") }), "user"),
    ] {
        let mut body = body.clone();
        body.as_object_mut().unwrap().extend(wrong.as_object().unwrap().clone());
        assert_eq!(company.owner.post("/v1/access", &body).await.fields(), [field], "{wrong}");
    }
}

pub(crate) async fn a_client_admin_manages_its_client_alone(f: &Fixture) {
    let company = Company::new(f).await;
    let (login, ada) = company.user(f).await;
    let (colleague, bob) = company.user(f).await;
    company.owner.post("/v1/access", &company.body(&login, "client_admin")).await.expect(201);
    let given = ada.post("/v1/access", &company.body(&colleague, "client_support")).await.expect(201);
    let client = format!("/v1/client/{}", company.client["id"].as_str().unwrap());
    bob.get(&client).await.expect(200);
    let project = json!({ "client": company.code(), "code": "own", "name": "Own" });
    assert_eq!(bob.post("/v1/project", &project).await.status, 403);
    ada.post("/v1/project", &project).await.expect(201);
    assert_eq!(column(bob.get("/v1/project?q=own").await.expect(200), "code"), ["own"]);
    // Neither over the partner nor over another client of it.
    let other = f.client(&company.partner, &unique("client"), "base").await;
    for body in [
        json!({ "user": colleague, "role": "partner_admin", "partner": company.partner }),
        json!({ "user": colleague, "role": "client_user", "client": other["code"] }),
    ] {
        assert_eq!(ada.post("/v1/access", &body).await.status, 400, "{body}");
    }
    let own = format!("/v1/access/{}", given["id"].as_str().unwrap());
    assert_eq!(bob.delete(&own).await.status, 404);
    ada.delete(&own).await.expect(204);
    assert_eq!(bob.get(&client).await.status, 404);
    // Roles over two things do not mix: who administers another partner changes nothing here.
    let more = f.partner().await;
    f.server.cli(&["admin", "token", "--login", &login, "--partner", &more]).unwrap();
    assert_eq!(ada.patch(&client, &json!({ "name": "Mine" })).await.status, 403);
    let foreign = f.client(&more, &unique("client"), "base").await;
    let path = format!("/v1/client/{}", foreign["id"].as_str().unwrap());
    ada.patch(&path, &json!({ "name": "Mine" })).await.expect(200);
    // With the client its access goes.
    f.admin.delete(&client).await.expect(204);
    let me = ada.get("/v1/account/me").await.expect(200);
    assert_eq!(me["access"].as_array().unwrap().len(), 1);
}
