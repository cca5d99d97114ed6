data "esu_projects" "acme" {
  client  = "acme"
  partner = "demo"
}

output "owner_tags" {
  value = data.esu_projects.acme.projects[*].owner_tag
}
