//! Whose machines are: what they were assigned to, and what their tags say, up to the bill.

use crate::{
    billing::bill,
    collector::{Hand, machine},
    fixture::{Fixture, items},
    kvm::{Scene, until},
    libvirt::Libvirt,
};
use serde_json::{Value, json};
use testkit::api::Api;
use uuid::Uuid;

/// A machine under libvirt, two clients, and the administrator of their partner.
struct Given<'a> {
    scene: Scene<'a>,
    host: Libvirt,
    clients: [Value; 2],
    web: Value,
    owner: Api,
    path: String,
}

impl Given<'_> {
    /// What each client pays so far; all of it is known.
    async fn costs(&self, expected: [&str; 2]) {
        for (client, total) in self.clients.iter().zip(expected) {
            let day = self.scene.day(client, &[("web", &self.web["id"])]).await;
            assert_eq!(day, (total.to_owned(), String::new()), "{expected:?}");
        }
    }

    async fn assign(&self, client: &Value) -> Value {
        self.owner.put(&self.path, &json!({ "project": client["default_project"]["id"] })).await.expect(200)
    }

    fn tag(&self, client: &str) {
        let owner = format!("{}/{client}/default", self.scene.partner);
        self.host.machine("machine_owner", &format!("web {owner}"));
    }
}

/// A machine that was assigned costs whom it was assigned to, whatever is written into its tag; that is listed, counted
/// and told, until somebody who may takes the tag's word, or has the machine follow it again.
pub(crate) async fn a_tag_moves_no_bill_of_an_assigned_machine(f: &Fixture) {
    let f = &f.another();
    let host = Libvirt::start("qemu");
    let scene = Scene::of(f, json!({ "uri": host.uri })).await;
    let partner = scene.partner.clone();
    let clients = [f.client(&partner, "first", "gold").await, f.client(&partner, "second", "gold").await];
    host.machine("machine_define", &format!("web 1 4 64 1 '{partner}/first/default'"));
    scene.until_machine("web", "power", json!("on")).await;
    let web = scene.machine("web").await.unwrap();
    let path = format!("/v1/machine/{}/owner", web["id"].as_str().unwrap());
    let given = Given { scene, host, clients, web, owner: f.partner_admin(&partner), path };
    let scene = &given.scene;
    // To what its tag says already: nothing moves.
    scene.heard("10:10").await;
    let assigned = given.assign(&given.clients[0]).await;
    assert_eq!(assigned["assigned"], given.clients[0]["default_project"]);
    scene.heard("10:20").await;
    // The hours from 9 and from 10, and the month of the disk.
    given.costs(["-12", "0"]).await;

    given.tag("second");
    scene.until_machine("web", "problem", json!("owner_mismatch")).await;
    scene.heard("11:30").await;
    given.costs(["-13", "0"]).await;
    assert_eq!(scene.machine("web").await.unwrap()["project"], given.clients[0]["default_project"]);
    let listed = items(given.owner.get("/v1/machine?problem=owner_mismatch").await.expect(200));
    assert_eq!(listed.len(), 1);
    assert_eq!(scene.collector().await["mismatched"], 1);
    let figures = f.admin.get("/metrics").await.text;
    assert!(
        figures
            .lines()
            .any(|line| line.starts_with("esu_hypervisor_mismatched_machines{") && line.ends_with(" 1")),
        "{figures}"
    );
    let told = f.events(&given.web["id"]).await;
    let mismatch = told.iter().find(|event| event["action"] == "owner_mismatch").unwrap();
    let tag = format!("{partner}/second/default");
    assert_eq!((&mismatch["actor"], &mismatch["after"]["owner_tag"]), (&json!("collector"), &json!(tag)));

    // Whoever may takes the tag's word: another owner pays what a new one does.
    given.assign(&given.clients[1]).await;
    scene.until_machine("web", "problem", json!(null)).await;
    given.costs(["-13", "-11"]).await;
    // Without a tag it is still whom it was assigned to, until it is to follow its tag again.
    given.host.machine("machine_owner", "web ''");
    scene.until_machine("web", "owner_tag", json!(null)).await;
    scene.heard("12:30").await;
    given.costs(["-13", "-12"]).await;
    f.admin.delete(&given.path).await.expect(204);
    scene.until_machine("web", "problem", json!("untagged")).await;
    scene.heard("13:50").await;
    given.costs(["-13", "-12"]).await;
    f.admin.delete(&given.path).await.expect(404);
    f.at("2021-12-21T22:00:00Z").await;
    until("the next day", async || scene.collector().await["last_ok_at"] == "2021-12-21T22:00:00Z").await;
    bill(f);
    given.costs(["-13", "-12"]).await;
    assert!(f.server.cli(&["bill", "verify"]).unwrap().contains("everything holds"));
}

/// A tag that makes a machine another partner's is told to both; and nobody gives a machine to, or takes it from, whom it
/// does not administer.
pub(crate) async fn what_a_tag_moves_is_told(f: &Fixture) {
    let code = f.hypervisor().await["code"].as_str().unwrap().to_owned();
    let partners = [f.partner().await, f.partner().await];
    let mut projects = Vec::new();
    for partner in &partners {
        projects.push(f.client(partner, "first", "base").await["default_project"]["id"].clone());
    }
    let id = Uuid::new_v4();
    let of = |partner: &str| [machine(id, &format!("{partner}/first/default"), 1, 512)];
    let mut hand = Hand::of(f, &code, "2021-12-20T09:00:00Z").await;
    hand.take("2021-12-20T09:00:00Z", &of(&partners[0])).await;
    let path = format!("/v1/machine/{id}/owner");
    let [mine, theirs] = [f.partner_admin(&partners[0]), f.partner_admin(&partners[1])];
    let to = |project: &Value| json!({ "project": project });
    assert_eq!(theirs.put(&path, &to(&projects[1])).await.status, 404);
    assert_eq!(mine.put(&path, &to(&projects[1])).await.fields(), ["project"]);
    assert_eq!(mine.put(&path, &json!({})).await.fields(), ["project"]);
    assert_eq!(mine.delete(&path).await.status, 403);
    let nobodys = format!("/v1/machine/{}/owner", Uuid::new_v4());
    assert_eq!(f.admin.put(&nobodys, &to(&projects[0])).await.status, 404);
    hand.take("2021-12-20T09:01:00Z", &of(&partners[1])).await;
    let tag = |partner: &str| json!(format!("{partner}/first/default"));
    let told = async |api: &Api, action: &str| {
        let told = items(api.get(&format!("/v1/event?object_id={id}&action={action}")).await.expect(200));
        assert_eq!(told.len(), 1, "{told:?}");
        (told[0]["before"].clone(), told[0]["after"].clone())
    };
    // Each is told of its own tag alone.
    let (before, after) = told(&mine, "moved_by_tag").await;
    assert_eq!((&before["owner_tag"], &after), (&tag(&partners[0]), &Value::Null));
    let (before, after) = told(&theirs, "moved_by_tag").await;
    assert_eq!((&before, &after["owner_tag"]), (&Value::Null, &tag(&partners[1])));
    // The platform gives it back, and a later hypervisor that has it heeds that as well.
    f.admin.put(&path, &to(&projects[0])).await.expect(200);
    let (_, after) = told(&mine, "assign").await;
    assert_eq!((&after["assigned"]["id"], &after["project"]), (&projects[0], &Value::Null));
    let (_, after) = told(&theirs, "assign").await;
    assert_eq!((&after["assigned"], &after["project"]["id"]), (&Value::Null, &projects[1]));
    hand.take("2021-12-20T09:02:00Z", &of(&partners[1])).await;
    hand.take("2021-12-20T09:03:00Z", &[]).await;
    let other = f.hypervisor().await["code"].as_str().unwrap().to_owned();
    let mut there = Hand::of(f, &other, "2021-12-20T09:04:00Z").await;
    there.take("2021-12-20T09:04:00Z", &of(&partners[1])).await;
    let seen = mine.get("/v1/machine?problem=owner_mismatch&limit=1000").await.expect(200);
    assert_eq!((&seen["total"], &seen["items"][0]["assigned"]["id"]), (&json!(1), &projects[0]));
    assert_eq!(theirs.get("/v1/machine?limit=1000").await.expect(200)["total"], 0);
    // What it is assigned to does not go before it is another's: its tag would have it then.
    let body = json!({ "partner": partners[0], "client": "first", "code": "second", "name": "Second" });
    let second = mine.post("/v1/project", &body).await.expect(201)["id"].clone();
    let project = format!("/v1/project/{}", second.as_str().unwrap());
    mine.put(&path, &to(&second)).await.expect(200);
    assert_eq!(mine.delete(&project).await.alias(409), "has_dependents");
    mine.put(&path, &to(&projects[0])).await.expect(200);
    mine.delete(&project).await.expect(204);
    assert_eq!(mine.get("/v1/machine?problem=none").await.fields(), ["problem"]);
}
