//! The contract on libvirt's driver `test`.

crate::contract::contract!(crate::lab::Lab::shared("test"));
