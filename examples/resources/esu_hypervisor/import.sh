# By code, or by id.
terraform import esu_hypervisor.kvm1 kvm1
terraform import esu_hypervisor.kvm1 954fd467-a04d-4a39-9f2c-6b1d3c0f5e21
