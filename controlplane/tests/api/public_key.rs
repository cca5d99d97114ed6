//! Public keys: added or made as pairs, and nothing private kept.

use crate::{
    fixture::{Fixture, items, unique},
    user::{domain, user},
};
use serde_json::{Value, json};
use std::{fs, os::unix::fs::PermissionsExt, process::Command};

/// What `ssh-keygen` prints.
fn ssh_keygen(arguments: &[&str]) -> String {
    let output = Command::new("ssh-keygen").args(arguments).output().unwrap_or_else(|error| {
        panic!("ssh-keygen: {error}; apt-get install -y --no-install-recommends openssh-client")
    });
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A key that `ssh-keygen` makes, and its fingerprint.
fn made(kind: &[&str]) -> (String, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    let path = path.to_str().unwrap();
    ssh_keygen(&[&["-q", "-N", "", "-C", "ada@laptop", "-f", path], kind].concat());
    let told = ssh_keygen(&["-l", "-f", &format!("{path}.pub")]);
    let fingerprint = told.split(' ').nth(1).unwrap().to_owned();
    (fs::read_to_string(format!("{path}.pub")).unwrap(), fingerprint)
}

/// The text that only the private half of a pair has: 30 bytes of the 32 that the pair is made of.
pub(crate) fn private_part(pair: &Value) -> String {
    let text: String = pair["private_key"].as_str().unwrap().lines().skip(1).collect();
    text[216..256].to_owned()
}

pub(crate) async fn a_key_has_the_fingerprint_that_others_show(f: &Fixture) {
    for kind in [vec!["-t", "ed25519"], vec!["-t", "ecdsa", "-b", "384"], vec!["-t", "rsa", "-b", "2048"]] {
        let (key, fingerprint) = made(&kind);
        let body = json!({ "user": "admin", "name": kind.concat(), "public_key": key });
        let added = f.admin.post("/v1/public_key", &body).await.expect(201);
        assert_eq!((&added["fingerprint"], &added["public_key"]), (&json!(fingerprint), &json!(key)));
        assert_eq!(added["user"]["code"], "admin");
        let path = format!("/v1/public_key/{}", added["id"].as_str().unwrap());
        assert_eq!(f.admin.get(&path).await.expect(200), added);
        // Only the name can change (8.7.1-06).
        let update = json!({ "name": "A", "public_key": key, "user": "admin" });
        assert_eq!(f.admin.put(&path, &update).await.fields(), ["public_key", "user"]);
        let renamed = f.admin.patch(&path, &json!({ "name": "Renamed" })).await.expect(200);
        assert_eq!((&renamed["name"], &renamed["version"]), (&json!("Renamed"), &json!(2)));
        assert_eq!(renamed["public_key"], added["public_key"]);
        let found = format!("/v1/public_key?fingerprint={}", fingerprint.replace('+', "%2B"));
        assert_eq!(f.admin.get(&found).await.expect(200)["items"], json!([renamed]));
        f.admin.delete(&path).await.expect(204);
        assert_eq!(f.admin.get(&path).await.status, 404);
    }
}

pub(crate) async fn what_is_no_public_key_is_named_and_not_repeated(f: &Fixture) {
    let (key, _) = made(&["-t", "ed25519"]);
    let unnamed = f.admin.post("/v1/public_key", &json!({ "user": "admin", "public_key": key })).await;
    assert_eq!(unnamed.fields(), ["name"]);
    let private = "-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0\n-----END OPENSSH PRIVATE KEY-----\n";
    let two = format!("{key}{key}");
    for wrong in
        [private, "", "ssh-ed25519 c2VjcmV0", "ssh-ed25519", &key.replace("ssh-ed25519", "ssh-rsa"), &two]
    {
        for (path, mut body) in [
            ("/v1/public_key", json!({ "user": "admin", "name": "W" })),
            ("/v1/account/me/key", json!({ "name": "W" })),
        ] {
            body["public_key"] = json!(wrong);
            let refused = f.admin.post(path, &body).await;
            let text = refused.text.clone();
            assert_eq!(refused.fields(), ["public_key"], "{wrong}");
            assert!(text.contains("ssh-ed25519") && text.contains("id_ed25519.pub"), "{text}");
            assert!(!text.contains("c2VjcmV0"), "{text}");
        }
    }
    for nobody in ["nobody-at-all", "me"] {
        let body = json!({ "user": nobody, "name": "W", "public_key": key });
        assert_eq!(f.admin.post("/v1/public_key", &body).await.fields(), ["user"]);
    }
}

/// A pair is shown once; `ssh-keygen` reads its private half and finds the public one in it (8.7.1-01, 8.7.1-03).
pub(crate) async fn a_pair_is_made_and_its_private_half_kept_nowhere(f: &Fixture) {
    let f = f.another();
    let (path, body, once) = ("/v1/account/me/key", json!({ "name": "Panel" }), unique("key"));
    let pair = f.admin.post_once(path, &once, &body).await.expect(201);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key");
    fs::write(&file, pair["private_key"].as_str().unwrap()).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let file = file.to_str().unwrap();
    let words = |text: &str| text.split_whitespace().take(2).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(words(&ssh_keygen(&["-y", "-f", file])), words(pair["public_key"].as_str().unwrap()));
    assert!(ssh_keygen(&["-l", "-f", file]).contains(pair["fingerprint"].as_str().unwrap()));
    let own = format!("{path}/{}", pair["id"].as_str().unwrap());
    let shown = f.admin.get(&own).await.expect(200);
    assert_eq!((&shown["public_key"], &shown["private_key"]), (&pair["public_key"], &Value::Null));
    assert!(!f.database.dump().unwrap().contains(&private_part(&pair)), "it is in the database");
    // Nobody can show it again: a repetition makes another pair, as it makes another token.
    let again = f.admin.post_once(path, &once, &body).await;
    assert_eq!(again.header("idempotent-replayed"), "");
    let again = again.expect(201);
    assert!(again["id"] != pair["id"] && again["private_key"] != pair["private_key"]);
    // Tried only, nothing is added; the public half is added when it is wanted (8.7.1-04), and once for its key.
    let tried = f.admin.post(&format!("{path}?dry_run=true"), &body).await.expect(201);
    assert_eq!(items(f.admin.get(path).await.expect(200)).len(), 2);
    let body = json!({ "name": "Later", "public_key": tried["public_key"] });
    let added = f.admin.post_once(path, &once, &body).await.expect(201);
    assert_eq!((&added["fingerprint"], &added["private_key"]), (&tried["fingerprint"], &Value::Null));
    let again = f.admin.post_once(path, &once, &body).await;
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!(again.expect(201), added);
    let named = own.replace("/me/", "/admin/");
    assert_eq!(f.admin.put(&named, &json!({ "name": "Renamed" })).await.expect(200)["name"], "Renamed");
    f.admin.delete(&named).await.expect(204);
    assert_eq!(f.admin.get(&own).await.status, 404);
}

pub(crate) async fn a_key_is_its_users_and_its_managers(f: &Fixture) {
    let (partner, other) = (f.partner().await, f.partner().await);
    let (owner, stranger) = (f.partner_admin(&partner), f.partner_admin(&other));
    let login = unique("user");
    user(&owner, &domain(f, &partner).await, &login).await;
    let (key, _) = made(&["-t", "ed25519"]);
    let body = json!({ "user": login, "name": "K", "public_key": key });
    assert_eq!(stranger.post("/v1/public_key", &body).await.fields(), ["user"]);
    let added = owner.post("/v1/public_key", &body).await.expect(201);
    assert_eq!(added["user"]["code"], json!(login));
    let path = format!("/v1/public_key/{}", added["id"].as_str().unwrap());
    let account = |what: &str| format!("/v1/account/{login}/{what}");
    let token = owner.post(&account("token"), &json!({ "label": "own" })).await.expect(201);
    let own = f.admin.with_token(token["token"].as_str().unwrap());
    for (api, query, seen) in [
        (&own, String::new(), true),
        (&own, format!("user={login}"), true),
        (&owner, format!("user={login}"), true),
        (&owner, format!("partner={partner}&q=k"), true),
        (&f.admin, format!("partner={partner}"), true),
        (&f.admin, format!("partner={other}"), false),
        (&stranger, String::new(), false),
    ] {
        let listed = api.get(&format!("/v1/public_key?{query}")).await.expect(200);
        assert_eq!(listed["items"], if seen { json!([added]) } else { json!([]) }, "{query}");
    }
    for field in [format!("user={login}"), format!("partner={partner}")] {
        let refused = stranger.get(&format!("/v1/public_key?{field}")).await;
        assert_eq!(refused.fields(), [field.split('=').next().unwrap()]);
    }
    let of_account = format!("{}/{}", account("key"), added["id"].as_str().unwrap());
    for answer in [
        stranger.get(&path).await,
        stranger.patch(&path, &json!({ "name": "Mine" })).await,
        stranger.delete(&path).await,
        stranger.get(&account("key")).await,
        stranger.get(&of_account).await,
        stranger.delete(&of_account).await,
        owner.get(&of_account.replace(&login, "me")).await,
    ] {
        assert_eq!(answer.status, 404, "{}", answer.text);
    }
    // Who acts for the user adds nothing that would outlast that.
    let session = owner.post(&account("impersonate"), &json!(null)).await.expect(201);
    let acting = f.admin.with_token(session["token"].as_str().unwrap());
    assert_eq!(acting.get(&path).await.expect(200), added);
    assert_eq!(acting.post("/v1/public_key", &body).await.status, 403);
    assert_eq!(acting.post("/v1/account/me/key", &json!({ "name": "K" })).await.status, 403);
    own.patch(&path, &json!({ "name": "Own" })).await.expect(200);
    // Who may do more than its manager is not its manager's; what is public stays seen.
    f.server.cli(&["admin", "token", "--login", &login, "--partner", &other]).unwrap();
    assert_eq!(owner.get(&path).await.expect(200)["name"], "Own");
    assert_eq!(owner.get(&of_account).await.expect(200)["name"], "Own");
    for answer in [
        owner.post("/v1/public_key", &body).await,
        owner.put(&path, &json!({ "name": "Mine" })).await,
        owner.delete(&of_account).await,
    ] {
        assert_eq!(answer.status, 403, "{}", answer.text);
    }
    // Keys go with their user.
    f.admin.delete(&format!("/v1/user/{login}")).await.expect(204);
    assert_eq!(f.admin.get(&path).await.status, 404);
}

pub(crate) async fn a_user_has_a_hundred_keys_at_most(f: &Fixture) {
    let f = f.another();
    let (key, _) = made(&["-t", "ed25519"]);
    let add = json!({
        "method": "POST", "path": "/v1/account/me/key", "body": { "name": "K", "public_key": key },
    });
    let batch = json!({ "operations": vec![add; 101] });
    let results = f.admin.post("/v1/batch", &batch).await.expect(200);
    let statuses: Vec<_> =
        results["results"].as_array().unwrap().iter().map(|result| &result["status"]).collect();
    assert!(statuses[..100].iter().all(|status| **status == 201), "{statuses:?}");
    assert_eq!(results["results"][100]["status"], 400);
    assert!(results["results"][100]["body"]["public_key"].to_string().contains("100"), "{results}");
    let one = results["results"][0]["body"]["id"].as_str().unwrap();
    f.admin.delete(&format!("/v1/public_key/{one}")).await.expect(204);
    f.admin.post("/v1/account/me/key", &json!({ "name": "K" })).await.expect(201);
}
