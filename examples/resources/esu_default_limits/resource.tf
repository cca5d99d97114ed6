# Copied to each client that registers itself; a later change reaches later registrations only.
resource "esu_default_limits" "demo" {
  partner = "demo"

  limits = {
    kvm1 = {
      servers   = 5
      volume_gb = 500
      ips       = 2
      ram_gb    = 32
      vcpu      = 16

      # 0 switches a kind off; what is left out has no limit.
      routers = 0
    }
  }
}
