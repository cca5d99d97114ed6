//! What is told must be there, and what is there must be told.

use crate::{
    none,
    tree::{self, File},
};
use schemas::{error::Alias, registry};
use serde_json::Value;
use std::{collections::BTreeSet, path::Path};

#[test]
fn generated_files_are_what_codegen_writes() {
    let differences = codegen::check(tree::root()).unwrap();
    none(differences.iter().map(ToString::to_string), "Run: cargo run -p codegen");
}

#[test]
fn every_endpoint_is_in_the_committed_description() {
    let document: Value = serde_json::from_str(tree::text("docs/openapi/v1.json")).unwrap();
    let missing = registry::endpoints().into_iter().filter(|endpoint| {
        let method = endpoint.method.as_str().to_lowercase();
        document["paths"][endpoint.path][method]["operationId"] != endpoint.id
    });
    none(missing.map(|endpoint| endpoint.id.to_owned()), "Run: cargo run -p codegen");
}

#[test]
fn every_alias_has_a_page() {
    let schema = registry::schema_of::<Alias>();
    let listed = schema["enum"].as_array().into_iter().flatten();
    let described = schema["oneOf"].as_array().into_iter().flatten().map(|variant| &variant["const"]);
    let aliases: BTreeSet<&str> = listed.chain(described).filter_map(Value::as_str).collect();
    assert!(aliases.contains("plan_in_use"), "the aliases are read off their schema");
    let pages: BTreeSet<&str> =
        tree::under("docs/errors").map(File::stem).filter(|stem| *stem != "README").collect();
    let index = tree::text("docs/errors/README.md");
    let without = aliases.difference(&pages).map(|alias| format!("docs/errors/{alias}.md is missing"));
    let surplus = pages.difference(&aliases).map(|page| format!("docs/errors/{page}.md is about no alias"));
    let unlisted = pages.iter().filter(|page| !index.contains(&format!("({page}.md)")));
    let unlisted = unlisted.map(|page| format!("docs/errors/README.md does not link to {page}.md"));
    none(
        without.chain(surplus).chain(unlisted),
        "Each alias has a page: what it means, what to do, an example; docs/errors/README.md lists them.",
    );
}

#[test]
fn every_decision_is_listed() {
    let index = tree::text("docs/decisions/README.md");
    let names = tree::under("docs/decisions").filter_map(|file| file.path.rsplit('/').next());
    let missing = names.filter(|name| *name != "README.md" && !index.contains(&format!("({name})")));
    none(missing.map(str::to_owned), "Link it from docs/decisions/README.md, with its decision in one line.");
}

#[test]
fn links_between_documents_lead_somewhere() {
    let documents = tree::files().iter().filter(|file| file.has_extension(&["md"]));
    let broken = documents.flat_map(|file| {
        let folder = Path::new(&file.path).parent().unwrap_or(Path::new(""));
        let targets = file.text.split("](").skip(1).filter_map(|rest| rest.split([')', '#', ' ']).next());
        let own =
            targets.filter(|target| !target.is_empty() && !target.contains("://") && !target.contains('`'));
        let lost = own.filter(|target| !tree::root().join(folder).join(target).exists());
        lost.map(|target| format!("{}: {target}", file.path)).collect::<Vec<_>>()
    });
    none(broken, "Mend the link: the file was moved, renamed or never written.");
}

#[test]
fn migrations_pair_up() {
    let names = |database: &str| -> BTreeSet<&str> {
        tree::under(&format!("controlplane/store/migrations/{database}")).map(File::stem).collect()
    };
    let (sqlite, postgres) = (names("sqlite"), names("postgres"));
    assert!(!sqlite.is_empty(), "controlplane/store/migrations/sqlite holds no migration");
    let single =
        sqlite.symmetric_difference(&postgres).map(|name| format!("{name} is there for one database"));
    let applied = tree::text("controlplane/store/src/migrate.rs");
    let unknown = sqlite.union(&postgres).filter(|name| !applied.contains(&format!("\"{name}\"")));
    let unknown =
        unknown.map(|name| format!("{name} is not in the list of controlplane/store/src/migrate.rs"));
    none(single.chain(unknown), "Write it for both databases under one name, and add the name to the list.");
}

#[test]
fn a_resource_has_the_same_name_in_every_layer() {
    let missing = registry::resources().into_iter().flat_map(|resource| {
        let noun = resource.noun;
        let one = |path: String| vec![path];
        let layers = [
            one(format!("schemas/src/resource/{noun}.rs")),
            one(format!("schemas/src/endpoint/{noun}.rs")),
            vec![format!("controlplane/src/app/{noun}.rs"), format!("controlplane/src/app/{noun}/mod.rs")],
            one(format!("controlplane/src/http/noun/{noun}.rs")),
            one(format!("controlplane/store/src/model/{noun}.rs")),
            one(format!("controlplane/store/src/queries/{noun}.rs")),
            one(format!("provider/src/resource/{noun}.rs")),
            one(format!("examples/resources/esu_{noun}/resource.tf")),
            one(format!("examples/resources/esu_{noun}/import.sh")),
        ];
        let lost = layers.into_iter().filter(|paths| !paths.iter().any(|path| tree::exists(path)));
        lost.map(|paths| paths.join(" or ")).collect::<Vec<_>>()
    });
    none(missing, "docs/adding-a-resource.md tells what goes into each.");
}
