//! KVM through libvirt.
