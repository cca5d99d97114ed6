# The domains in which clients register themselves.
data "esu_domains" "open" {
  partner              = "demo"
  registration_enabled = true
}

output "open_domains" {
  value = data.esu_domains.open.domains[*].name
}
