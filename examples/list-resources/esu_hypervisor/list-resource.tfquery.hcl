list "esu_hypervisor" "all" {
  provider = esu
}
