//! What the code of each part may not name.

use crate::{
    lexer, none,
    tree::{self, File},
};

/// The files that ask the machine what time it is: one for ESU, and one for the plugin protocol, which knows nothing of
/// ESU and tells Terraform by when a value is renewed.
const CLOCKS: [&str; 2] = ["schemas/src/time.rs", "provider/tfplugin/src/clock.rs"];

#[test]
fn http_never_names_the_store() {
    let found = tree::under("controlplane/src/http").flat_map(|file| naming(file, &["store"]));
    none(
        found,
        "Ask `app` for it: HTTP parses, calls the application and returns its view. It knows no rows.",
    );
}

#[test]
fn rules_know_neither_http_nor_sql() {
    let found =
        tree::under("controlplane/src/app").flat_map(|file| naming(file, &["axum", "http", "diesel"]));
    none(found, "Say it in the application's own words; `http` and `store` translate them.");
}

#[test]
fn one_file_asks_the_machine_for_the_time() {
    const CALLS: [&str; 5] = ["Timestamp::now", "SystemTime::now", "Zoned::now", "Utc::now", "Local::now"];
    let others = tree::rust().filter(|file| !CLOCKS.contains(&file.path.as_str()));
    let rust = others.flat_map(|file| {
        let code = lexer::code(&file.text);
        CALLS.iter().flat_map(move |call| places(file, &code, call)).collect::<Vec<_>>()
    });
    let sql = tree::files().iter().filter(|file| file.has_extension(&["sql"])).flat_map(|file| {
        let lower = file.text.to_lowercase();
        ["now", "current_timestamp", "clock_timestamp", "unixepoch"]
            .iter()
            .flat_map(move |call| places(file, &lower, call))
            .collect::<Vec<_>>()
    });
    none(
        rust.chain(sql),
        "Take the time from the `Clock` that you are given: only so can a test move it. What is measured and not \
         recorded (a deadline, a pause) uses the monotonic `Instant`.",
    );
}

#[test]
fn no_float_touches_money() {
    let files = tree::under("schemas").chain(tree::under("controlplane/billing"));
    let found = files.filter(|file| file.has_extension(&["rs"])).flat_map(|file| {
        let code = lexer::code(&file.text);
        ["f32", "f64"].iter().flat_map(|name| places(file, &code, name)).collect::<Vec<_>>()
    });
    none(found, "Count in whole units (`Money`, `Price`, microseconds); `Decimal` at the edges.");
}

/// Where a file names one of these crates: as the first part of a path, or alone after `use`.
fn naming(file: &File, crates: &[&str]) -> Vec<String> {
    let code = lexer::code(&file.text);
    let paths = crates.iter().flat_map(|name| {
        let path = format!("{name}::");
        let at = code.match_indices(&path).map(|(at, _)| at).collect::<Vec<_>>();
        // `::store::` is the crate too; `queries::store::` and `app.store` are not.
        at.into_iter().filter(|at| {
            let before = code[..*at].strip_suffix("::").unwrap_or(&code[..*at]);
            !before.ends_with(|before: char| before.is_alphanumeric() || "_.$>".contains(before))
        })
    });
    let mut lines: Vec<usize> = paths.map(|at| lexer::line_of(&code, at)).collect();
    let alone = crates.iter().flat_map(|name| [format!("use {name};"), format!("use {name} as")]);
    lines.extend(alone.flat_map(|text| lexer::lines_with(&code, &text)));
    lines.into_iter().map(|line| place(file, line)).collect()
}

fn places(file: &File, text: &str, word: &str) -> Vec<String> {
    lexer::lines_with(text, word).into_iter().map(|line| place(file, line)).collect()
}

/// A line of a file, as it is shown.
fn place(file: &File, line: usize) -> String {
    let text = file.text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
    format!("{}:{line}: {}", file.path, text.trim())
}
