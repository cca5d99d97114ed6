import {
  to = esu_hypervisor.kvm1
  identity = {
    code = "kvm1"
  }
}
