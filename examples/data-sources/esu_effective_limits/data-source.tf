# What holds for a client, and how much of it is used.
data "esu_effective_limits" "acme" {
  client  = "acme"
  partner = "demo"
}

# Servers that may still be made, by hypervisor; null is any number.
output "servers_left" {
  value = { for hypervisor, limits in data.esu_effective_limits.acme.limits : hypervisor => limits.servers.left }
}
