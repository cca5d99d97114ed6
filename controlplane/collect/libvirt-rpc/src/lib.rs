//! An async client of libvirt's RPC protocol in pure Rust.
