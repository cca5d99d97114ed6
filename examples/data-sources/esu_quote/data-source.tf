# What a machine costs under a plan, before it is ordered.
data "esu_quote" "machine" {
  partner     = "demo"
  tariff_plan = "basic"

  platform  = "kvm"
  vcpu      = 4
  ram_gb    = 8
  hdd_gb    = 50
  disk_type = "ssd"
  machines  = 3

  quantities = { public_ip = 3 }
}

output "machine_per_month" {
  value = data.esu_quote.machine.per_month
}

# What a client has now.
data "esu_quote" "acme" {
  partner = "demo"
  client  = "acme"
}

output "acme_per_month" {
  value = data.esu_quote.acme.per_month
}
