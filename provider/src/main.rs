//! The Terraform provider for ESU.

fn main() {}
