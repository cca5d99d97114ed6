# What November would have cost, had the plan had these prices.
data "esu_plan_impact" "november" {
  partner     = "demo"
  tariff_plan = "basic"
  from        = "2021-11-01"
  to          = "2021-11-30"

  services = {
    kvm_cpu = { price = 6.5, period = "day", calendar = true }
    kvm_ram = { price = 5, period = "day", calendar = true }
  }
}

output "november_difference" {
  value = data.esu_plan_impact.november.difference
}

output "clients_who_would_pay_more" {
  value = [for client in data.esu_plan_impact.november.clients : client.client if try(client.difference > 0, false)]
}
