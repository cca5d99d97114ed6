# A partner that sells under its own brand, on one hypervisor, only what runs there.
resource "esu_partner" "demo" {
  code        = "demo"
  name        = "Demo Cloud"
  model       = "white_label"
  hypervisors = ["kvm1"]
  services    = ["kvm_cpu", "kvm_ram", "kvm_hdd_fast", "kvm_hdd_ultrafast", "public_ip"]

  time_zone = "Europe/Moscow"
  grace     = "24h"

  dns_ns          = ["ns1.demo.example.org", "ns2.demo.example.org"]
  dns_admin_email = "dns@demo.example.org"
}
