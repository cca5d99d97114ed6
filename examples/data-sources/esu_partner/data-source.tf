data "esu_partner" "demo" {
  code = "demo"
}

output "demo_time_zone" {
  value = data.esu_partner.demo.time_zone
}
