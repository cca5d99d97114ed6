# terraform apply -invoke=action.esu_collect_now.kvm1
action "esu_collect_now" "kvm1" {
  config {
    hypervisor = "kvm1"
    wait       = "2m"
  }
}
