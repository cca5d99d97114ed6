# The project that came with the client has the code default.
data "esu_project" "automatic" {
  code    = "default"
  client  = "acme"
  partner = "demo"
}

output "owner_tag" {
  value = data.esu_project.automatic.owner_tag
}
