//! What is where, and how large it may be.

use crate::{
    lexer, none,
    tree::{self, File},
};
use std::collections::BTreeSet;

/// The folders of the top level, as `ARCHITECTURE.md` names them.
const FOLDERS: [&str; 6] = ["acceptance-tests", "controlplane", "docs", "examples", "provider", "schemas"];

/// The files of the top level; a folder with a dot before its name is configuration too.
const FILES: [&str; 10] = [
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "README.md",
    "SECURITY.md",
    "clippy.toml",
    "deny.toml",
    "rustfmt.toml",
];

/// The most lines of a file.
const FILE_LINES: usize = 500;

/// The most lines of code in a function.
const FUNCTION_LINES: usize = 70;

/// What is written by people and read as code.
const CODE: [&str; 7] = ["rs", "sql", "sh", "tf", "proto", "toml", "py"];

/// Folders that are written by programs.
const GENERATED: [&str; 3] = ["docs/openapi/", "docs/schemas/", "provider/docs/"];

#[test]
fn the_top_level_holds_what_the_architecture_names() {
    let strange = tree::files().iter().filter_map(|file| match file.path.split_once('/') {
        Some((folder, _)) => {
            (!FOLDERS.contains(&folder) && !folder.starts_with('.')).then(|| format!("{folder}/"))
        }
        None => {
            (!FILES.contains(&file.path.as_str()) && !file.path.starts_with('.')).then(|| file.path.clone())
        }
    });
    none(
        strange.collect::<BTreeSet<_>>(),
        "Move it into the folder that it belongs to; the top level is the architecture's own list of contents.",
    );
}

#[test]
fn files_are_short() {
    let code = tree::files().iter().filter(|file| file.has_extension(&CODE) && !is_generated(file));
    let long = code.filter_map(|file| {
        let lines = file.text.lines().count();
        (lines > FILE_LINES).then(|| format!("{}: {lines} lines", file.path))
    });
    none(long, "Split it along what it does: a file has at most 500 lines.");
}

#[test]
fn functions_are_short() {
    let long = tree::rust().flat_map(|file| {
        let functions = lexer::functions(&file.text);
        functions
            .into_iter()
            .filter(|(.., lines)| *lines > FUNCTION_LINES)
            .map(|(line, name, lines)| format!("{}:{line}: {name} has {lines} lines of code", file.path))
    });
    none(long, "Name its parts and call them: a function has at most 70 lines of code.");
}

#[test]
fn nothing_is_left_for_later() {
    // Put together here so that this file does not hold them.
    let words = [concat!("TO", "DO"), concat!("FIX", "ME")];
    let macros = [concat!("to", "do!"), concat!("unimple", "mented!"), concat!("db", "g!")];
    let ignored = concat!("#[ig", "nore");
    let mut found = Vec::new();
    for file in tree::files().iter().filter(|file| file.has_extension(&CODE)) {
        for word in words {
            found.extend(
                lexer::lines_with(&file.text, word)
                    .iter()
                    .map(|line| format!("{}:{line}: {word}", file.path)),
            );
        }
    }
    for file in tree::rust() {
        let code = lexer::code(&file.text);
        for word in macros.into_iter().chain([ignored]) {
            found.extend(
                lexer::lines_with(&code, word).iter().map(|line| format!("{}:{line}: {word}", file.path)),
            );
        }
    }
    none(
        found,
        "Do it now, or say in docs/ what is not there; a test that cannot run is deleted, not skipped.",
    );
}

#[test]
fn no_path_of_one_machine_is_written_down() {
    let places =
        [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/"), concat!("/Us", "ers/")];
    let begins_a_path = |text: &str, at: usize| {
        !text[..at].ends_with(|before: char| before.is_alphanumeric() || "._-$}*".contains(before))
    };
    let mut found = Vec::new();
    for file in tree::files() {
        for place in places {
            let at = file.text.match_indices(place).map(|(at, _)| at);
            let written = at.filter(|at| begins_a_path(&file.text, *at));
            found.extend(
                written.map(|at| format!("{}:{}: {place}", file.path, lexer::line_of(&file.text, at))),
            );
        }
    }
    none(
        found,
        "Use a path from the workspace's root, a setting, or a temporary folder: others build this too.",
    );
}

fn is_generated(file: &File) -> bool {
    GENERATED.iter().any(|folder| file.path.starts_with(folder))
}
