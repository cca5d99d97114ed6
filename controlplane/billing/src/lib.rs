//! Observations in, charges out: no clock, no database, no async.
//!
//! Three pure steps, each a function of its arguments alone, so that any of them can be dropped and done again
//! (P2, P9):
//!
//! 1. [`fold`](fold::fold) turns the observations of one resource into intervals of constant shape;
//! 2. [`rate`](rate::rate) turns the intervals of a contract's resources into charges by civil day;
//! 3. [`report`](report::report) turns charges into the rows that clients and accountants read.
//!
//! Money is exact: integers of 10^-7 rubles, `i128` products, checked everywhere; a result that does not fit is an
//! error, never a wrong number. The semantics, with the numbers that the comments here refer to, are told in
//! `docs/billing.md`.

#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::as_conversions,
        clippy::cast_possible_truncation,
        clippy::cast_possible_wrap,
        clippy::cast_sign_loss,
        clippy::expect_used,
        clippy::float_arithmetic,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::string_slice,
        clippy::unwrap_used,
    )
)]

pub mod fold;
pub mod observation;
pub mod quote;
pub mod rate;
pub mod report;
pub mod workload;

pub use schemas::period;
