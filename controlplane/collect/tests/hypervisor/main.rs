//! Backends against real hypervisors.
//!
//! Each test has a private libvirtd, started by `examples/lib/libvirtd.sh`; what `virsh` says is the truth
//! that we are compared with.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "all of this is test code")]

mod contract;
mod faults;
mod hypervisor;
mod lab;
mod operations;
mod protocol;
mod qemu;
mod scale;
mod test_driver;
