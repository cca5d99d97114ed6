//! A typed client of the ESU API.
