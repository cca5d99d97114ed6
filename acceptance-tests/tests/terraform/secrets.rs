//! Secrets: a whole life with every log turned on, and then everything is searched that was written anywhere.

use acceptance_tests::world::{On, World};
use serde_json::json;
use std::{fs, path::Path, process::Command};
use testkit::terraform::{Run, Workspace};

/// Prints every part of a plan, which is a ZIP archive.
const UNPACK: &str = "import sys, zipfile\nplan = zipfile.ZipFile(sys.argv[1])\n\
                      for name in plan.namelist(): sys.stdout.buffer.write(plan.read(name))";

const FIRST: &str = "correct-horse-battery-1";
const SECOND: &str = "correct-horse-battery-2";

fn configuration(endpoint: &str, version: i32) -> String {
    let variables = ["token", "password", "client_key", "client_cert"].map(|name| {
        format!("variable \"{name}\" {{\n  type = string\n  ephemeral = true\n  sensitive = true\n}}\n")
    });
    format!(
        "{}provider \"esu\" {{\n  endpoint = \"{endpoint}\"\n  token = var.token\n  client_cert = var.client_cert\n  \
         client_key = var.client_key\n}}\nresource \"esu_hypervisor\" \"it\" {{\n  code = \"secretive\"\n  name = \
         \"Secretive\"\n  type = \"kvm\"\n  uri = \"test+tcp://127.0.0.1:1/default\"\n  username = \"esu\"\n  password = \
         var.password\n  password_version = {version}\n}}\n",
        variables.concat()
    )
}

/// Everything that is found, piece by piece with where it was.
#[derive(Default)]
struct Seen(Vec<(String, Vec<u8>)>);

impl Seen {
    fn run(&mut self, what: &str, run: &Run) {
        assert!(run.err.contains("TRACE") || what == "show", "no trace was written by {what}");
        self.0.push((format!("output of {what}"), run.out.clone().into_bytes()));
        self.0.push((format!("log of {what}"), run.err.clone().into_bytes()));
    }

    /// Every file of a folder and below it, the programs left out.
    fn folder(&mut self, folder: &Path) {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            match entry.file_type().unwrap() {
                kind if kind.is_dir() && !path.ends_with("mirror") && !path.ends_with("providers") => {
                    self.folder(&path);
                }
                kind if kind.is_file() => {
                    self.0.push((path.display().to_string(), fs::read(&path).unwrap()));
                }
                _ => {}
            }
        }
    }

    /// The plan as it is written, and as it is told.
    fn plan(&mut self, workspace: &Workspace) {
        let mut unpack = Command::new("python3");
        let unpacked = unpack.args(["-c", UNPACK]).arg(workspace.path().join("plan")).output().unwrap();
        assert!(unpacked.status.success() && !unpacked.stdout.is_empty(), "{unpacked:?}");
        self.0.push(("the plan, unpacked".to_owned(), unpacked.stdout));
        self.run("show", &workspace.run(&["show", "-json", "plan"]));
    }

    /// The places where a text is.
    fn places(&self, text: &str) -> Vec<&String> {
        let has = |bytes: &[u8]| bytes.windows(text.len()).any(|window| window == text.as_bytes());
        self.0.iter().filter(|(_, bytes)| has(bytes)).map(|(place, _)| place).collect()
    }

    fn expect_without(&self, secret: &str, what: &str) {
        let found = self.places(secret);
        assert!(found.is_empty(), "{what} is in {found:?}");
    }
}

#[test]
fn no_secret_is_in_any_output_or_file() {
    let world = World::new(On::Sqlite, None);
    let token = world.server.token().to_owned();
    let [certificate, key] = testkit::plugin::client_certificate();
    let endpoint = world.server.url();
    let workspace = |token: &str, password: &str| {
        let workspace = world.uninstalled().without("ESU_TOKEN").with("TF_LOG", "TRACE");
        let workspace = workspace.with("TF_VAR_token", token).with("TF_VAR_password", password);
        workspace.with("TF_VAR_client_cert", &certificate).with("TF_VAR_client_key", &key)
    };
    let mut seen = Seen::default();
    let first = workspace(&token, FIRST);
    first.configure(&configuration(&endpoint, 1)).unwrap();
    first.init();
    seen.run("plan", &first.plan(&[]).expect(2));
    seen.plan(&first);
    seen.run("apply", &first.apply(&[]).expect(0));

    // Another password, and somebody else in the meantime: an error with the object in it.
    let first = first.with("TF_VAR_password", SECOND);
    first.configure(&configuration(&endpoint, 2)).unwrap();
    seen.run("a plan of another password", &first.plan(&[]).expect(2));
    seen.plan(&first);
    let found = world.admin().all("hypervisor", "secretive");
    let path = format!("/v1/hypervisor/{}", found[0]["id"].as_str().unwrap());
    world.admin().patch(&path, &json!({ "name": "By hand" }));
    seen.run("a refused apply", &first.run(&["apply", "-json", "plan"]).expect(1));
    seen.run("an apply of another password", &first.apply(&[]).expect(0));
    seen.run("a refresh", &first.run(&["apply", "-auto-approve", "-refresh-only"]).expect(0));

    // A wrong token, which the server refuses, and a creation that it refuses.
    let wrong = format!("{}{}", &token[..token.len() - 8], "00000000");
    let stranger = workspace(&wrong, FIRST);
    stranger.configure(&configuration(&endpoint, 1)).unwrap();
    stranger.init();
    seen.run("a plan with a wrong token", &stranger.plan(&[]).expect(1));
    let stranger = stranger.with("TF_VAR_token", &token);
    seen.run("a refused creation", &stranger.apply(&[]).expect(1));
    seen.folder(stranger.path());

    seen.run("import", &stranger.import("esu_hypervisor.it", "secretive").expect(0));
    seen.folder(first.path());
    seen.folder(stranger.path());
    seen.run("destroy", &first.destroy(&[]).expect(0));
    seen.folder(first.path());

    seen.0.push(("the server's log".to_owned(), world.server.log().into_bytes()));
    let events = world.admin().get("/v1/event?object_kind=hypervisor&limit=1000");
    seen.0.push(("the audit log".to_owned(), events.to_string().into_bytes()));
    seen.folder(Path::new(world.database.url().strip_prefix("sqlite:").unwrap()).parent().unwrap());

    // What is no secret is found in every kind of place, so that the search sees what there is.
    let shown = seen.places("secretive");
    for kind in ["output of show", "the plan, unpacked", "the audit log"] {
        assert!(shown.iter().any(|place| *place == kind), "{kind} is not searched");
    }
    // Logs tell which object it is about, and none of its values.
    let told = seen.places("esu_hypervisor.it");
    assert!(told.iter().any(|place| *place == "log of apply"), "the log of apply is not searched");
    // What was written last is in the database's log, beside it.
    for file in ["/terraform.tfstate", "/esu.db"] {
        assert!(shown.iter().any(|place| place.contains(file)), "{file} is not searched");
    }
    for secret in [FIRST, SECOND] {
        seen.expect_without(secret, "the password");
    }
    for secret in [&token, &token[token.len() - 16..], &wrong] {
        seen.expect_without(secret, "the token");
    }
    let longest = key.lines().max_by_key(|line| line.len()).unwrap();
    seen.expect_without(&longest[..40], "the private key");
    seen.expect_without(&key.replace('\n', "\\n"), "the private key");
}
