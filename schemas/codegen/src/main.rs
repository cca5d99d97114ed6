//! Writes what is generated from the schemas: OpenAPI, JSON Schemas, the provider's reference.

fn main() {}
