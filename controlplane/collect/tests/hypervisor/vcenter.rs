//! The contract on a simulated vCenter.

crate::contract::contract!(crate::vsphere::Lab::shared("vcenter"));
