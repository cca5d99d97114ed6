//! The ESU control plane: API, rules, background tasks.
