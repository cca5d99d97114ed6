data "esu_tariff_plan" "basic" {
  code    = "basic"
  partner = "demo"
}

# Each change of the prices is a version of its own.
output "basic_version" {
  value = data.esu_tariff_plan.basic.version
}
