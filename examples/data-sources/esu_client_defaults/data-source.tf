# What clients begin with that register themselves.
data "esu_client_defaults" "demo" {
  partner = "demo"
}

output "plan_of_new_clients" {
  value = data.esu_client_defaults.demo.tariff_plan
}
