//! Observations in, charges out: no clock, no database, no async.
