//! The generated messages and clients.

#![allow(missing_docs, unreachable_pub, dead_code, clippy::all, clippy::too_many_lines)]

/// Terraform's protocol.
pub(super) mod tfplugin6 {
    tonic::include_proto!("tfplugin6");
}

/// The plugin runtime's services.
pub(super) mod plugin {
    tonic::include_proto!("plugin");
}
