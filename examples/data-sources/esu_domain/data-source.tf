data "esu_domain" "cloud" {
  name = "cloud.demo.example.org"
}

output "may_register" {
  value = data.esu_domain.cloud.registration_enabled
}
