//! Which crate may know which: asked of Cargo, so that no feature or dependency of a dependency slips through.

use crate::none;
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
    sync::OnceLock,
};

/// The crates of the product, and which of the others each may build on.
const ARROWS: &[(&str, &[&str])] = &[
    ("schemas", &[]),
    ("codegen", &["schemas", "provider", "tfplugin"]),
    ("billing", &["schemas"]),
    ("store", &["schemas"]),
    ("libvirt-rpc", &[]),
    ("vsphere-soap", &[]),
    ("collect", &["schemas", "libvirt-rpc", "vsphere-soap"]),
    ("controlplane", &["schemas", "billing", "store", "collect"]),
    ("tfplugin", &[]),
    ("client", &["schemas"]),
    ("provider", &["schemas", "client", "tfplugin"]),
];

/// Crates that only tests use.
const TESTS: [&str; 2] = ["acceptance-tests", "testkit"];

/// What a crate that does no I/O has nowhere among its dependencies.
const NO_IO: [&str; 8] =
    ["tokio", "async-std", "diesel", "diesel-async", "axum", "hyper", "reqwest", "rustls"];

/// A package of the dependency graph.
pub(crate) struct Package {
    /// Its name.
    pub(crate) name: String,
    /// Its version.
    pub(crate) version: String,
    /// Where it comes from; none for the workspace's own.
    pub(crate) source: Option<String>,
    /// Its licence, as an SPDX expression.
    pub(crate) license: Option<String>,
    /// The ids of what it is built with, tests left out.
    built_with: Vec<String>,
}

/// Every package, by Cargo's id.
pub(crate) fn packages() -> &'static BTreeMap<String, Package> {
    static PACKAGES: OnceLock<BTreeMap<String, Package>> = OnceLock::new();
    PACKAGES.get_or_init(read)
}

#[test]
fn arrows_point_the_way_the_architecture_says() {
    let own: BTreeSet<&str> =
        packages().values().filter(|p| p.source.is_none()).map(|p| p.name.as_str()).collect();
    let mut wrong = Vec::new();
    for package in packages().values().filter(|package| package.source.is_none()) {
        let name = package.name.as_str();
        let Some((_, allowed)) = ARROWS.iter().find(|(known, _)| *known == name) else {
            if !TESTS.contains(&name) {
                wrong.push(format!("{name} is a new crate"));
            }
            continue;
        };
        let others = package.built_with.iter().map(|id| packages()[id].name.as_str());
        let forbidden = others.filter(|other| own.contains(other) && !allowed.contains(other));
        wrong.extend(forbidden.map(|other| format!("{name} -> {other}")));
    }
    none(
        wrong,
        "A crate knows only what ARCHITECTURE.md lets it know. Move the code to the other end of the arrow; if the \
         arrow itself is right, add it to the picture there and to ARROWS here.",
    );
}

#[test]
fn schemas_and_billing_do_no_io() {
    let wrong = ["schemas", "billing"].into_iter().flat_map(|name| {
        let all = closure(name);
        let found = NO_IO.into_iter().filter(|banned| all.contains(*banned)).collect::<Vec<_>>();
        found.into_iter().map(move |banned| format!("{name} is built with {banned}"))
    });
    none(wrong, "Keep them pure: what does I/O belongs to the crates that use them.");
}

#[test]
fn only_the_store_knows_sql() {
    const SQL: [&str; 6] =
        ["diesel", "diesel-async", "libsqlite3-sys", "rusqlite", "tokio-postgres", "diesel_migrations"];
    let own = packages().values().filter(|package| package.source.is_none() && package.name != "store");
    let wrong = own.flat_map(|package| {
        let others = package.built_with.iter().map(|id| packages()[id].name.as_str());
        others.filter(|other| SQL.contains(other)).map(|other| format!("{} -> {other}", package.name))
    });
    none(wrong, "Write the query in controlplane/store/src/queries and call it.");
}

#[test]
fn the_provider_knows_nothing_of_the_server() {
    let wrong = ["provider", "client", "tfplugin"].into_iter().flat_map(|name| {
        let all = closure(name);
        let server = ["controlplane", "store", "billing", "collect", "libvirt-rpc", "vsphere-soap", "diesel"];
        let found: Vec<_> = server.into_iter().filter(|other| all.contains(*other)).collect();
        found.into_iter().map(move |other| format!("{name} is built with {other}"))
    });
    none(wrong, "What both ends need belongs to schemas; the rest is asked over the API.");
}

/// The names of everything that a crate of the workspace is built with.
fn closure(name: &str) -> BTreeSet<&'static str> {
    let is_it = |package: &&Package| package.name == name && package.source.is_none();
    let mut waiting: Vec<&Package> = packages().values().filter(is_it).collect();
    assert_eq!(waiting.len(), 1, "there is no crate {name} in the workspace");
    let mut found = BTreeSet::new();
    while let Some(package) = waiting.pop() {
        let next = package.built_with.iter().map(|id| &packages()[id]);
        waiting.extend(next.filter(|next| found.insert(next.name.as_str())));
    }
    found
}

fn read() -> BTreeMap<String, Package> {
    let metadata = metadata();
    let array = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let mut graph: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for node in array(&metadata["resolve"]["nodes"]) {
        let built = array(&node["deps"])
            .into_iter()
            .filter(|dependency| array(&dependency["dep_kinds"]).iter().any(|kind| kind["kind"] != "dev"));
        let ids = built.filter_map(|dependency| text(&dependency["pkg"])).collect();
        graph.insert(text(&node["id"]).unwrap(), ids);
    }
    let packages = array(&metadata["packages"]).into_iter().map(|package| {
        let id = text(&package["id"]).unwrap();
        let built_with = graph.remove(&id).unwrap_or_default();
        let found = Package {
            name: text(&package["name"]).unwrap(),
            version: text(&package["version"]).unwrap(),
            source: text(&package["source"]),
            license: text(&package["license"]),
            built_with,
        };
        (id, found)
    });
    packages.collect()
}

fn metadata() -> Value {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--locked", "--all-features"])
        .current_dir(crate::tree::root())
        .output()
        .unwrap();
    assert!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}
