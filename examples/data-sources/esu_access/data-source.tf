# An access object has no code: the list finds it, its id reads it.
data "esu_accesses" "administrators" {
  client  = "acme"
  partner = "demo"
  role    = "client_admin"
}

data "esu_access" "administrator" {
  id = data.esu_accesses.administrators.accesses[0].id
}

output "administrator" {
  value = data.esu_access.administrator.name
}
