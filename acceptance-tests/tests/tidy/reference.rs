//! `provider/docs/` is what Terraform's registry takes: its folders, its heads, its sizes.

use crate::{
    none,
    tree::{self, File},
};
use std::collections::BTreeSet;

/// The folder that the registry reads.
const DOCS: &str = "provider/docs";

/// The folders that it knows.
const FOLDERS: [&str; 7] =
    ["actions", "data-sources", "ephemeral-resources", "functions", "guides", "list-resources", "resources"];

/// From this size on it shows no page.
const TOO_LARGE: usize = 500_000;

/// What a kind's example must be called.
const EXAMPLES: [(&str, &str); 6] = [
    ("actions", "action.tf"),
    ("data-sources", "data-source.tf"),
    ("ephemeral-resources", "ephemeral-resource.tf"),
    ("functions", "function.tf"),
    ("list-resources", "list-resource.tfquery.hcl"),
    ("resources", "resource.tf"),
];

fn inside(file: &File) -> &str {
    file.path.strip_prefix("provider/docs/").unwrap_or_default()
}

#[test]
fn the_registry_takes_every_page() {
    let mut wrong = Vec::new();
    for file in tree::under(DOCS) {
        let known = match inside(file).split('/').collect::<Vec<_>>()[..] {
            ["index.md"] => true,
            [folder, name] => FOLDERS.contains(&folder) && name.ends_with(".md"),
            _ => false,
        };
        if !known {
            wrong.push(format!("{}: neither index.md nor a .md in a folder of the registry", file.path));
        }
        if file.text.len() >= TOO_LARGE {
            wrong.push(format!("{}: {} bytes", file.path, file.text.len()));
        }
        let head = file.text.strip_prefix("---\n").and_then(|text| text.split_once("\n---\n"));
        let Some((head, _)) = head else {
            wrong.push(format!("{}: no head between two lines of ---", file.path));
            continue;
        };
        for name in ["page_title:", "subcategory:", "description:"] {
            let value = head.split_once(name).map(|(_, rest)| rest.trim_start_matches([' ', '|', '-', '\n']));
            if value.is_none_or(str::is_empty) {
                wrong.push(format!("{}: its head has no {name}", file.path));
            }
        }
        let strange = head.lines().find(|line| !line.starts_with(' ') && !line.contains(':'));
        wrong.extend(strange.map(|line| format!("{}: {line} in its head", file.path)));
    }
    assert!(tree::exists("provider/docs/index.md"), "run: cargo run -p codegen");
    none(
        wrong,
        "The registry refuses it otherwise. Folders: those of FOLDERS; pages: .md with a head, under 500 kB.",
    );
}

/// The types that have a page, and those that have an example.
fn paged_and_shown(kind: &str, example: &str) -> (BTreeSet<String>, BTreeSet<String>) {
    let pages = tree::under(&format!("{DOCS}/{kind}")).map(|file| file.stem().to_owned()).collect();
    let folders = tree::under(&format!("examples/{kind}")).filter_map(|file| {
        let (folder, name) = file.path.rsplit_once('/')?;
        let folder = folder.rsplit('/').next()?;
        (name == example).then(|| folder.strip_prefix("esu_").unwrap_or(folder).to_owned())
    });
    (pages, folders.collect())
}

#[test]
fn every_type_has_a_page_and_an_example() {
    let mut wrong = Vec::new();
    for (kind, example) in EXAMPLES {
        let (pages, shown) = paged_and_shown(kind, example);
        let plain = pages.difference(&shown);
        wrong.extend(plain.map(|name| format!("examples/{kind}/…{name}/{example} is missing")));
        let strange = shown.difference(&pages);
        wrong.extend(
            strange.map(|name| format!("examples/{kind}/…{name} shows what the provider does not have")),
        );
    }
    none(wrong, "Write examples/<kind>/<type>/ (docs/adding-a-resource.md), then: cargo run -p codegen");
}

#[test]
fn a_resource_tells_how_it_is_imported() {
    let pages = tree::under(&format!("{DOCS}/resources"));
    let silent = pages.filter(|page| !page.text.contains("\n## Import\n"));
    none(silent.map(|page| page.path.clone()), "Write examples/resources/<type>/import.sh.");
}
