//! Terraform's plugin protocol 6: server, exact values, framework.
