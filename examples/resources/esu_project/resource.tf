# A second project of a client, beside the automatic one.
resource "esu_project" "web" {
  client  = "acme"
  partner = "demo"
  code    = "web"
  name    = "Web shop"
}

output "web_owner_tag" {
  description = "Machines that carry this tag are the project's, and are billed to its client."
  value       = esu_project.web.owner_tag
}
