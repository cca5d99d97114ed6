# Who may do what with a client.
data "esu_accesses" "acme" {
  client  = "acme"
  partner = "demo"
}

output "roles" {
  value = { for access in data.esu_accesses.acme.accesses : access.user => access.role }
}
