data "esu_tariff_plans" "demo" {
  partner = "demo"
}

output "plans" {
  value = data.esu_tariff_plans.demo.tariff_plans[*].code
}
