//! `docs/rules.md`: one row for each rule of the partner guide, each with its proof, `planned`, or why there is none.

use crate::{none, tree};
use std::collections::BTreeMap;

const ADVICE: &str = "docs/rules.md has one row for each id of tests/tidy/rule_ids.txt: the id, the rule in short, and \
     the tests that prove it (path::name, separated by commas), `planned`, or why there is nothing to prove.";

/// The id and the proof of each row, with its line.
fn rows() -> Vec<(usize, &'static str, &'static str)> {
    let lines = tree::text("docs/rules.md").lines().zip(1..);
    let rows = lines.filter_map(|(line, number)| {
        let cells: Vec<&str> =
            line.strip_prefix("| ")?.strip_suffix(" |")?.split(" | ").map(str::trim).collect();
        let (id, proof) = (*cells.first()?, *cells.last()?);
        (id != "rule" && !id.starts_with('-')).then_some((
            number,
            id,
            if cells.len() == 3 { proof } else { "" },
        ))
    });
    rows.collect()
}

fn ids() -> Vec<&'static str> {
    tree::text("acceptance-tests/tests/tidy/rule_ids.txt").lines().collect()
}

#[test]
fn every_rule_has_one_row() {
    let mut count: BTreeMap<&str, usize> = ids().into_iter().map(|id| (id, 0)).collect();
    assert_eq!(count.len(), 289, "the guide has 289 rules");
    let mut wrong = Vec::new();
    for (line, id, _) in rows() {
        match count.get_mut(id) {
            Some(count) => *count += 1,
            None => wrong.push(format!("docs/rules.md:{line}: {id} is no rule of the guide")),
        }
    }
    let off = count.into_iter().filter(|(_, count)| *count != 1);
    wrong.extend(off.map(|(id, count)| format!("{id} has {count} rows")));
    none(wrong, ADVICE);
}

#[test]
fn every_proof_exists() {
    let mut wrong = Vec::new();
    for (line, id, proof) in rows() {
        if proof.is_empty() {
            wrong.push(format!("docs/rules.md:{line}: {id} has no third column"));
        }
        let missing = missing(proof);
        wrong.extend(
            missing.map(|test| format!("docs/rules.md:{line}: {id} is proven by {test}, which is not there")),
        );
    }
    none(wrong, ADVICE);
}

/// The tests that a proof names, as `path::name`.
pub(crate) fn tests(proof: &str) -> impl Iterator<Item = &str> {
    let words = proof.split([',', ' ']).map(|word| word.trim_matches(['`', '(', ')', '.', ';']));
    words.filter(|word| word.contains("::"))
}

/// Those of them that are not there.
pub(crate) fn missing(proof: &str) -> impl Iterator<Item = &str> {
    tests(proof).filter(|test| {
        let (path, name) = test.split_once("::").unwrap();
        let known = tree::files().iter().find(|file| file.path == path);
        let function = name.rsplit("::").next().unwrap_or(name);
        !known.is_some_and(|file| names(&file.text, function))
    })
}

/// Whether a text has a function of this name.
fn names(text: &str, function: &str) -> bool {
    ["fn ", "fn\t"].iter().any(|before| {
        let found = format!("{before}{function}");
        text.match_indices(&found).any(|(at, _)| {
            !text[at + found.len()..].starts_with(|after: char| after.is_alphanumeric() || after == '_')
        })
    })
}
