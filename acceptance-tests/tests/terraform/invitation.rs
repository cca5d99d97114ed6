//! Invitations: what the invited do is no difference that Terraform would plan.

use acceptance_tests::world::{On, World};
use serde_json::json;
use testkit::{
    mail::{MailServer, link},
    terraform::Version,
};

const INVITED: &str = r#"
resource "esu_partner" "it" {
  code = "inviting"
  name = "Inviting"
}

resource "esu_domain" "it" {
  name    = "inviting.example.org"
  partner = esu_partner.it.code
}

resource "esu_access" "it" {
  user       = "invited@example.net"
  role       = "partner_admin"
  partner    = esu_partner.it.code
  depends_on = [esu_domain.it]
}

action "esu_resend_invitation" "it" {
  config {
    access = esu_access.it.id
  }
}
"#;

#[test]
fn accepting_an_invitation_changes_nothing_in_the_plan() {
    let (mut world, mail) =
        (World::new(On::Sqlite, Some("2021-12-20T09:00:00Z")), MailServer::start().unwrap());
    world.server.use_mail(&mail.url());
    world.server.restart().unwrap();
    let workspace = world.uninstalled().with_version(Version::V1_15);
    workspace.configure(INVITED).unwrap();
    workspace.init();
    let _ = workspace.apply(&[]).expect(0);
    workspace.expect_empty_plan();
    let first = link(&mail.wait("invited@", 1).unwrap()[0]);
    let access = || world.admin().all("access", "inviting").remove(0);
    assert_eq!(access()["status"], "pending");

    // A minute later the link is sent once more: another one.
    world.admin().put("/v1/clock", &json!({ "now": "2021-12-20T09:02:00Z" }));
    let run = workspace.apply(&["-invoke=action.esu_resend_invitation.it"]).expect(0);
    assert!(run.out.contains("invited@example.net is sent another link."), "{}", run.out);
    let both = mail.wait("invited@", 2).unwrap();
    let second = both.iter().map(|message| link(message)).find(|path| *path != first).expect("another link");
    workspace.expect_empty_plan();

    world.admin().post(&format!("{second}/accept"), &json!({ "password": "quite-a-long-one" }));
    assert_eq!(access()["status"], "accepted");
    workspace.expect_empty_plan();
    let run = workspace.apply(&["-invoke=action.esu_resend_invitation.it"]).expect(0);
    assert!(run.out.contains("has accepted already"), "{}", run.out);
    assert_eq!(mail.messages().unwrap().len(), 2);

    // The user who came of it is not Terraform's, and holds its domain.
    world.admin().delete("/v1/user/invited@example.net");
    let gone = workspace.plan(&[]);
    assert!(gone.out.contains("esu_access.it"), "what went with its user is planned anew: {}", gone.out);
    let _ = workspace.destroy(&[]).expect(0);
}
