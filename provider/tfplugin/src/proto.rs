//! The generated messages and services.

#![allow(missing_docs, unreachable_pub, dead_code, clippy::all, clippy::too_many_lines)]

/// Terraform's protocol.
pub(crate) mod tfplugin6 {
    tonic::include_proto!("tfplugin6");
}

/// The plugin runtime's services.
pub(crate) mod plugin {
    tonic::include_proto!("plugin");
}

/// The standard health check.
pub(crate) mod health {
    tonic::include_proto!("grpc.health.v1");
}
