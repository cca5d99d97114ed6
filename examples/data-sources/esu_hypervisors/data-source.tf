data "esu_hypervisors" "all" {}

output "kvm_pools" {
  value = [for hypervisor in data.esu_hypervisors.all.hypervisors : hypervisor.code if hypervisor.type == "kvm"]
}
