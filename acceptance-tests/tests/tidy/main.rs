//! The rules of the tree, each one a test whose failure says what to do. `ARCHITECTURE.md` tells why they are rules.
//!
//! Nothing here builds or starts the server: the tree is read as text, and Cargo is asked for its crates.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "all of this is test code")]

mod crates;
mod dependencies;
mod documents;
mod invariants;
mod layout;
mod lexer;
mod reference;
mod rules;
mod source;
mod tree;

/// Passes where there are no offenders; else lists them, with what to do.
fn none(offenders: impl IntoIterator<Item = String>, advice: &str) {
    let offenders: Vec<String> = offenders.into_iter().collect();
    assert!(offenders.is_empty(), "\n{}\n\n{advice}\n", offenders.join("\n"));
}
