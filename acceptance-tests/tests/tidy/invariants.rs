//! `docs/invariants.md`: what must hold of every bill, each row with the tests that prove it.

use crate::{
    none,
    rules::{missing, tests},
    tree,
};

const PAGE: &str = "docs/invariants.md";

const ADVICE: &str = "docs/invariants.md has a row for each invariant, golden fact and fault; its last column names the \
     tests that prove it (path::name, separated by commas).";

/// The rows of the table under a heading, each as its cells.
fn rows(heading: &str) -> Vec<Vec<&'static str>> {
    let lines = tree::text(PAGE).lines().skip_while(|line| line.trim_start_matches('#').trim() != heading);
    let section = lines.skip(1).take_while(|line| !line.starts_with('#'));
    let rows = section.filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    rows.skip(1).map(|row| row.split(" | ").map(str::trim).collect()).collect()
}

#[test]
fn every_invariant_has_one_row() {
    let numbers: Vec<String> = rows("Invariants").iter().map(|cells| cells[0].to_owned()).collect();
    assert_eq!(numbers, (1..=18).map(|number| number.to_string()).collect::<Vec<_>>(), "{ADVICE}");
    assert_eq!(rows("Golden facts").len(), 7, "{ADVICE}");
    assert_eq!(rows("What others got wrong").len(), 8, "{ADVICE}");
}

#[test]
fn every_row_is_proven() {
    let rows = ["Invariants", "Golden facts", "What others got wrong"].into_iter().flat_map(rows);
    let wrong = rows.flat_map(|cells| {
        let proof = *cells.last().unwrap();
        let without = (tests(proof).count() == 0).then(|| format!("{PAGE}: \"{}\" has no test", cells[0]));
        let missing = missing(proof).map(|test| format!("{PAGE}: {test} is not there"));
        without.into_iter().chain(missing).collect::<Vec<_>>()
    });
    none(wrong, ADVICE);
}
