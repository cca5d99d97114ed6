data "esu_hypervisor" "kvm1" {
  code = "kvm1"
}

output "kvm1_polled_every" {
  value = data.esu_hypervisor.kvm1.poll_interval
}
