//! The contract on a simulated ESXi host.

crate::contract::contract!(crate::vsphere::Lab::shared("esxi"));
