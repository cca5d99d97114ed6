//! What may be depended on: the lists of `deny.toml`, kept here too, so that no further tool is needed.

use crate::{
    crates::{Package, packages},
    none, tree,
};

/// The one registry.
const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

#[test]
fn licences_are_allowed() {
    let allowed = list("allow = [");
    assert!(allowed.contains(&"Apache-2.0".to_owned()), "deny.toml lists no licences");
    let wrong = others().filter_map(|package| {
        let license = package.license.as_deref().unwrap_or_default();
        (!satisfied(license, &allowed))
            .then(|| format!("{} {}: \"{license}\"", package.name, package.version))
    });
    none(wrong, "Take another crate, or add the licence to deny.toml if it binds nobody who links to it.");
}

#[test]
fn banned_crates_are_not_built() {
    let banned = list("deny = [");
    assert!(banned.contains(&"chrono".to_owned()), "deny.toml bans nothing");
    let wrong = packages().values().filter(|package| banned.contains(&package.name));
    none(
        wrong.map(|package| format!("{} {}", package.name, package.version)),
        "deny.toml says what to use instead. Turn off the feature that brings it in: cargo tree -i NAME",
    );
}

#[test]
fn everything_comes_from_one_registry() {
    let wrong = others().filter(|package| package.source.as_deref() != Some(CRATES_IO));
    none(
        wrong.map(|package| {
            format!("{} from {}", package.name, package.source.as_deref().unwrap_or_default())
        }),
        "Depend on a release on crates.io: a Git repository can change or go away.",
    );
}

fn others() -> impl Iterator<Item = &'static Package> {
    packages().values().filter(|package| package.source.is_some())
}

/// The first quoted text on each line of one of `deny.toml`'s lists.
fn list(opening: &str) -> Vec<String> {
    let lines = tree::text("deny.toml").lines().skip_while(|line| *line != opening).skip(1);
    let entries = lines.take_while(|line| *line != "]").map(str::trim).filter(|line| !line.starts_with('#'));
    entries.filter_map(|line| line.split('"').nth(1)).map(str::to_owned).collect()
}

/// Whether a licence expression can be met with these licences.
fn satisfied(expression: &str, allowed: &[String]) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let mut words: Vec<&str> = spaced.split_whitespace().collect();
    words.reverse();
    any(&mut words, allowed) && words.is_empty()
}

/// Alternatives; words are taken from the end.
fn any(words: &mut Vec<&str>, allowed: &[String]) -> bool {
    let mut met = all(words, allowed);
    while words.last() == Some(&"OR") {
        words.pop();
        met |= all(words, allowed);
    }
    met
}

fn all(words: &mut Vec<&str>, allowed: &[String]) -> bool {
    let mut met = one(words, allowed);
    while words.last() == Some(&"AND") {
        words.pop();
        met &= one(words, allowed);
    }
    met
}

fn one(words: &mut Vec<&str>, allowed: &[String]) -> bool {
    match words.pop() {
        Some("(") => {
            let met = any(words, allowed);
            words.pop() == Some(")") && met
        }
        Some(name) if words.last() == Some(&"WITH") => {
            words.pop();
            let exception = words.pop().unwrap_or_default();
            allowed.contains(&format!("{name} WITH {exception}"))
        }
        Some(name) => allowed.iter().any(|known| known == name),
        None => false,
    }
}

#[test]
fn licence_expressions_are_understood() {
    let allowed = ["MIT".to_owned(), "ISC".to_owned()];
    for good in ["MIT", "MIT/Apache-2.0", "GPL-3.0 OR MIT", "MIT AND ISC", "(GPL-3.0 OR MIT) AND ISC"] {
        assert!(satisfied(good, &allowed), "{good}");
    }
    for bad in
        ["", "GPL-3.0", "MIT AND GPL-3.0", "MIT WITH exception", "(MIT OR GPL-3.0) AND GPL-3.0", "MIT MIT"]
    {
        assert!(!satisfied(bad, &allowed), "{bad}");
    }
}
