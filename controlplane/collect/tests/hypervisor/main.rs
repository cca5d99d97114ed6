//! Backends against real hypervisors.
//!
//! Each test has a private libvirtd, started by `examples/lib/libvirtd.sh`, or a simulator of an ESXi host or a vCenter,
//! started by `examples/lib/vcsim.sh`; what `virsh` and `govc` say is the truth that we are compared with.
//! The daemons want signs of life while a test waits for these tools: what gives them runs on a thread of its own.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "all of this is test code")]

mod contract;
mod esxi;
mod faults;
mod hypervisor;
mod kvm_operations;
mod lab;
mod operations;
mod protocol;
mod pyvmomi;
mod qemu;
mod scale;
mod test_driver;
mod tls;
mod vcenter;
mod vsphere;
mod vsphere_faults;
mod vsphere_proxy;
