//! The contract on libvirt's driver `test`.

crate::contract::contract!("test");
