# What one client may use of each hypervisor; what is left out has no limit of its own.
resource "esu_client_limits" "acme" {
  client  = "acme"
  partner = "demo"

  limits = {
    kvm1 = {
      servers   = 20
      volume_gb = 4000
      ram_gb    = 256
      vcpu      = 64
    }
  }
}
