//! The committed reference tells everything that Terraform is shown, and nothing else.

use acceptance_tests::world::{On, World};
use serde_json::Value;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};
use testkit::terraform::Version;

/// What Terraform calls each kind, and the folder of its pages.
const KINDS: [(&str, &str); 6] = [
    ("resource_schemas", "resources"),
    ("data_source_schemas", "data-sources"),
    ("ephemeral_resource_schemas", "ephemeral-resources"),
    ("list_resource_schemas", "list-resources"),
    ("action_schemas", "actions"),
    ("functions", "functions"),
];

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../provider/docs")
}

/// What of a block the page does not tell: its attributes, and those nested in them.
fn untold(page: &str, path: &str, block: &Value) -> Vec<String> {
    let mut missing = Vec::new();
    for (name, attribute) in block["attributes"].as_object().into_iter().flatten() {
        let line = format!("\n- `{name}` (");
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        let told = match path.rsplit_once('.') {
            None => page.contains(&line),
            Some((above, _)) => {
                let section = page.split_once(&format!("### Nested Schema for `{above}`"));
                section
                    .is_some_and(|(_, rest)| rest.split("<a id=").next().unwrap_or_default().contains(&line))
            }
        };
        if !told {
            missing.push(path.clone());
        }
        missing.extend(untold(page, &path, &attribute["nested_type"]));
    }
    missing
}

#[test]
fn everything_that_terraform_is_shown_has_its_page() {
    let world = World::shared(On::Sqlite);
    let workspace = world.workspace("").with_version(Version::V1_15);
    workspace.init();
    let shown = workspace.run(&["providers", "schema", "-json"]).expect(0).json();
    let esu = &shown["provider_schemas"]["registry.terraform.io/esu/esu"];
    assert!(esu.is_object(), "{shown}");
    let mut wrong = Vec::new();
    let index = fs::read_to_string(docs().join("index.md")).unwrap();
    let attributes = untold(&index, "", &esu["provider"]["block"]);
    wrong.extend(attributes.into_iter().map(|path| format!("index.md does not tell {path}")));
    for (kind, folder) in KINDS {
        let mut expected = BTreeSet::new();
        for (name, schema) in esu[kind].as_object().into_iter().flatten() {
            let file = format!("{}.md", name.strip_prefix("esu_").unwrap_or(name));
            let page = fs::read_to_string(docs().join(folder).join(&file)).unwrap_or_default();
            let attributes = untold(&page, "", &schema["block"]);
            wrong.extend(attributes.into_iter().map(|path| format!("{folder}/{file} does not tell {path}")));
            if page.is_empty() {
                wrong.push(format!("{folder}/{file} is missing"));
            }
            expected.insert(file);
        }
        let present = fs::read_dir(docs().join(folder)).into_iter().flatten();
        let present = present.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let surplus = present.filter(|file| !expected.contains(file));
        wrong.extend(surplus.map(|file| format!("{folder}/{file} is about nothing of the provider")));
    }
    assert!(wrong.is_empty(), "{}\nrun: cargo run -p codegen", wrong.join("\n"));
}
